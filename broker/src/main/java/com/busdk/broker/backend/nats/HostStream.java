package com.busdk.broker.backend.nats;

import com.busdk.broker.backend.Backend.Listening;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Context;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A consumer of this process's hub whose connection ends in another process.
 *
 * <pre>
 *   JOINING ─joined→ OPEN ─close, gone, silent→ OVER
 *      └────refused, close, gone, silent────────↗
 * </pre>
 *
 * <p>Thread: its loop.
 */
final class HostStream extends StreamSide {
    /** Which stream: its edge numbers its own. */
    record Place(String edge, long id) {}

    private static final Logger LOG = LoggerFactory.getLogger(HostStream.class);

    private final RemoteStreams streams;
    private final Place place;
    private final RemoteSink sink = new RemoteSink(this);

    /** The hub's side; null until it has joined. */
    private @Nullable Listening listening;

    private boolean begun;
    private boolean ended;
    private boolean over;

    HostStream(RemoteStreams streams, Place place, Context loop) {
        super(streams.pace(), loop);
        this.streams = streams;
        this.place = place;
    }

    Place place() {
        return place;
    }

    long id() {
        return place.id();
    }

    int maxMessageBytes() {
        return streams.maxMessageBytes();
    }

    void tell(Message message) {
        streams.tell(place.edge(), message);
    }

    private void tellState(boolean asks) {
        tell(new Message.HostState(id(), asks, sink.last(), begun, ended));
    }

    void join(RemoteStreams.Host host, byte[] request) {
        if (over) {
            return;
        }
        lookAt(nextCheck());
        Future<Listening> joining;
        try {
            joining = host.join(request, sink);
        } catch (RuntimeException e) {
            joining = Future.failedFuture(e);
        }
        joining.onComplete(opened -> run(() -> joined(opened)), failure -> run(() -> refuse(failure)));
    }

    private void joined(Listening opened) {
        if (over) {
            opened.close(); // the edge went away meanwhile
            return;
        }
        listening = opened;
        answer(opened);
    }

    /** The edge has asked again: the question was lost, or the answer, or it is not known yet. */
    void answerAgain() {
        heard();
        Listening open = listening;
        if (open != null && !over) {
            answer(open);
        }
    }

    private void answer(Listening open) {
        tell(new Message.Joined(id(), open.truncated()));
    }

    private void refuse(Throwable failure) {
        if (over) {
            return;
        }
        leave();
        tell(new Message.Refused(id(), publicError(failure)));
    }

    private ApiException publicError(Throwable failure) {
        if (failure instanceof ApiException error) {
            return error;
        }
        LOG.error("a consumer of {} could not join", place.edge(), failure);
        return ApiException.of(
                ErrorType.INTERNAL, "the service failed to do this: try again, and tell its operator if it stays so");
    }

    /** The edge says where it stands. */
    void heard(Message.EdgeState state) {
        if (over) {
            return;
        }
        heard();
        sink.takenUpTo(state.taken());
        Listening open = listening;
        if (open != null && !over) {
            if (state.begun() && !begun) {
                begun = true;
                open.begin();
            }
            if (state.ended() && !ended) {
                ended = true;
                open.end();
            }
        }
        if (state.asks() && !over) {
            tellState(false);
        }
    }

    /** The edge has closed it. */
    void closed(Message.Close close) {
        if (!over) {
            sink.takenUpTo(close.taken());
            leave();
        }
    }

    /** The edge's process is dead. */
    void edgeGone() {
        leave();
    }

    /** What the hub has written cannot reach the peer whole any more. */
    void breakOff() {
        if (!over) {
            leave();
            tell(new Message.HostGone(id()));
        }
    }

    private void leave() {
        if (over) {
            return;
        }
        over = true;
        streams.left(this);
        Listening open = listening;
        try {
            if (open != null) {
                open.close(); // first: what comes back untaken is not to be written here again
            }
        } finally {
            sink.gone();
        }
    }

    @Override
    void look() {
        if (over) {
            return;
        }
        long now = Pace.upMillis();
        if (now >= nextCheck()) {
            if (silent()) {
                breakOff();
                return;
            }
            checking(now);
            tellState(true);
        } else if (now >= sink.nextProbe()) {
            sink.probing(now);
            tellState(true);
        }
        lookAt(Math.min(nextCheck(), sink.nextProbe()));
    }
}
