package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.backend.log.LogCursor;
import com.busdk.broker.backend.log.LogRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The live listeners of one loop that want the same events in the same framing: what is new is put together once and
 * written to each of them as the same bytes. One event loop.
 */
final class Audience {
    /** Same filter, same framing, same bytes. */
    record Key(EventFilter filter, Framing framing) {}

    private final Key key;

    /** Null where one has left while a round is being written; closed up behind it. */
    private final List<@Nullable Listener> listeners = new ArrayList<>();

    private int live;
    private boolean writing;

    /** The round brings more than is put together for all: each reads it for itself. */
    private boolean leftOut;

    private @Nullable ByteBuf gathered;
    private int events;

    Audience(Key key) {
        this.key = key;
    }

    Key key() {
        return key;
    }

    boolean isEmpty() {
        return live == 0;
    }

    /** Not while a round is written: the newcomer has read for itself what the round holds. */
    void join(Listener listener) {
        if (writing) {
            throw new IllegalStateException("a listener joins between rounds");
        }
        listener.place = listeners.size();
        listeners.add(listener);
        live++;
    }

    void leave(Listener listener) {
        live--;
        if (writing) {
            listeners.set(listener.place, null);
        } else {
            removeAt(listener.place);
        }
        listener.place = -1;
    }

    private void removeAt(int place) {
        Listener last = listeners.removeLast();
        if (place < listeners.size()) {
            listeners.set(place, last);
            if (last != null) {
                last.place = place;
            }
        }
    }

    /** Adds an event to what this round brings; true when it is the round's first here. */
    boolean gather(LogRecord event, LineFormat format) {
        if (leftOut) {
            return false;
        }
        ByteBuf to = gathered;
        boolean first = to == null;
        int room = LineFormat.framedLength(key.framing(), event);
        if (to == null) {
            to = PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(1024, room));
            gathered = to;
        }
        format.append(key.framing(), event, to);
        events++;
        return first;
    }

    /** This round is too large to be put together here; true when it is the round's first word here. */
    boolean leaveOut() {
        boolean first = gathered == null && !leftOut;
        discard();
        leftOut = true;
        return first;
    }

    /** Bytes of this round so far. */
    int gatheredBytes() {
        return gathered == null ? 0 : gathered.readableBytes();
    }

    /**
     * Writes the round to every listener that has room; the others begin to read for themselves from where the round
     * began.
     *
     * @return to how many
     */
    int flush(LogCursor roundStart, OutgoingBytes outgoing) {
        if (leftOut) {
            leftOut = false;
            listeners().forEach(listener -> listener.fellBehind(roundStart));
            return 0;
        }
        ByteBuf bytes = gathered;
        if (bytes == null) {
            return 0;
        }
        gathered = null;
        int count = events;
        events = 0;
        writing = true;
        OutgoingBytes.Shared shared = outgoing.share(bytes.capacity());
        try {
            for (int i = 0; i < listeners.size(); i++) {
                Listener listener = listeners.get(i);
                if (listener != null) {
                    listener.push(bytes, count, roundStart, shared);
                }
            }
        } finally {
            writing = false;
            bytes.release();
            shared.release();
        }
        int reached = live;
        if (live < listeners.size()) {
            closeUp();
        }
        return reached;
    }

    private void closeUp() {
        for (int place = listeners.size() - 1; place >= 0; place--) {
            if (listeners.get(place) == null) {
                removeAt(place);
            }
        }
    }

    /** Forgets the round: its listeners will read it themselves. */
    void discard() {
        leftOut = false;
        if (gathered != null) {
            gathered.release();
            gathered = null;
            events = 0;
        }
    }

    /** A copy of who is live here. */
    List<Listener> listeners() {
        List<Listener> copy = new ArrayList<>(live);
        for (Listener listener : listeners) {
            if (listener != null) {
                copy.add(listener);
            }
        }
        return copy;
    }
}
