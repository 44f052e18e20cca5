package com.busdk.client.events;

import io.vertx.core.Context;
import io.vertx.core.Future;

/** Gives lines many at a time; one batch is at work. */
final class BatchPump extends LinePump {
    private final LineBatchHandler handler;
    private boolean atWork;

    BatchPump(Context context, LineBatchHandler handler) {
        super(context);
        this.handler = handler;
    }

    @Override
    boolean pump(LineSplitter splitter, Owner owner) {
        while (!atWork) {
            if (owner.isOver()) {
                return true;
            }
            LineBatch batch = splitter.nextBatch();
            if (batch != null) {
                give(batch, splitter, owner);
                continue;
            }
            LineSplitter.Line control = splitter.next();
            if (control == null) {
                splitter.giveBack();
                return true;
            }
            owner.notice(control);
        }
        return false;
    }

    private void give(LineBatch batch, LineSplitter splitter, Owner owner) {
        Future<Void> work;
        try {
            owner.advance(batch.lastId(), batch.size());
            work = handler.handle(batch);
        } catch (RuntimeException e) {
            work = Future.failedFuture(e);
        }
        if (work.succeeded()) {
            return;
        }
        atWork = true;
        whenDone(work, owner, () -> {
            atWork = false;
            splitter.giveBack();
            owner.ready();
        });
    }
}
