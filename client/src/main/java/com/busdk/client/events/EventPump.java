package com.busdk.client.events;

import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Context;
import io.vertx.core.Future;

/** Gives events one by one; at most a window of them is at work. */
final class EventPump extends LinePump {
    private final EventHandler handler;
    private final int window;
    private int atWork;

    EventPump(Context context, EventHandler handler, int window) {
        super(context);
        this.handler = handler;
        this.window = window;
    }

    @Override
    boolean pump(LineSplitter splitter, Owner owner) {
        while (atWork < window) {
            LineSplitter.Line line = owner.isOver() ? null : splitter.next();
            if (line == null) {
                splitter.giveBack();
                return true;
            }
            if (line.notice()) {
                owner.notice(line);
            } else {
                give(line, owner);
            }
        }
        return false;
    }

    private void give(LineSplitter.Line line, Owner owner) {
        Envelope event;
        try {
            event = Envelope.parse(line.bytes(), line.from(), line.length());
        } catch (IllegalArgumentException e) {
            owner.failed(ApiException.of(
                    ErrorType.BAD_GATEWAY, "the stream has a line that is not an envelope: " + e.getMessage()));
            return;
        }
        owner.advance(event.id(), 1);
        Future<Void> work;
        try {
            work = handler.handle(event);
        } catch (RuntimeException e) {
            work = Future.failedFuture(e);
        }
        if (!work.succeeded()) {
            atWork++;
            whenDone(work, owner, () -> {
                atWork--;
                owner.ready();
            });
        }
    }
}
