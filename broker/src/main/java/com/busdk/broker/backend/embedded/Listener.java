package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.EventSink;
import com.busdk.broker.backend.ListenRequest;
import com.busdk.broker.backend.log.LogCursor;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One broadcast stream: a cursor over the log. At the head it is pushed to; when its connection is full, or it starts
 * further back, it reads the log in chunks at its own pace until it is at the head again. An event that is larger than a
 * chunk is read and written in parts, the next when there is room for it; whoever ends the stream meanwhile waits for the
 * event's end.
 *
 * <pre>
 *   OPENED ─begin→ READING ─arrived→ LIVE
 *                  │    ↑             │ connection full, or the loop fell behind
 *                  │    └── BLOCKED ←─┘
 *                  └→ (any) ─close, end→ ENDED
 * </pre>
 *
 * <p>Thread: the loop of its connection.
 */
final class Listener implements Listening, Puller, HalfWritten.Stream {
    private enum State {
        OPENED,
        READING,
        /** Waits until the connection has taken what was written, or enough of it. */
        BLOCKED,
        /** Has everything; pushed to, or woken (a stream with a limit counts for itself). */
        LIVE,
        ENDED
    }

    private static final long NO_LIMIT = Long.MAX_VALUE;

    private final LiveFeed feed;
    private final Hub hub;
    private final EventSink sink;
    private final ListenRequest request;
    private final Audience.Key key;

    /** Where a stream that does not follow ends, exclusive; -1 for one that follows. */
    private final long snapshotEnd;

    private final boolean truncatedAtStart;
    private State state = State.OPENED;

    /** Null while live: the feed's position is its own. */
    private @Nullable LogCursor cursor;

    /** A reader thread has the cursor. */
    private boolean readingLater;

    /** How much of the cursor's event has been written, 0 between two. */
    private int begun;

    /** Why the stream is over with the event that is being written. */
    private @Nullable EndReason ending;

    private long remaining;
    private boolean caughtUpSaid;
    private boolean touched;

    /** Its place in its audience; the audience's own. */
    int place = -1;

    Listener(LiveFeed feed, ListenRequest request, EventSink sink, LogCursor from, boolean truncated, long head) {
        this.feed = feed;
        this.hub = feed.hub();
        this.sink = sink;
        this.request = request;
        this.key = new Audience.Key(EventFilter.of(request), request.framing());
        this.cursor = from;
        this.truncatedAtStart = truncated;
        this.snapshotEnd = request.follow() ? -1 : head;
        this.remaining = request.limit() == 0 ? NO_LIMIT : request.limit();
        feed.opened(this);
        hub.responders().add(request);
    }

    Audience.Key audienceKey() {
        return key;
    }

    @Override
    public boolean truncated() {
        return truncatedAtStart;
    }

    @Override
    public void begin() {
        if (state == State.OPENED) {
            state = State.READING;
            advance();
        }
    }

    @Override
    public void end() {
        end(EndReason.COMPLETE);
    }

    @Override
    public void close() {
        finish();
    }

    /** Ends the stream from below: in the middle of an event, with its end. */
    void end(EndReason reason) {
        if (state == State.ENDED) {
            return;
        }
        if (begun > 0 && reason != EndReason.FAILED) {
            ending = reason;
            return;
        }
        finish();
        sink.end(reason);
    }

    @Override
    public void breakOff() {
        end(EndReason.FAILED);
    }

    private void finish() {
        if (state == State.ENDED) {
            return;
        }
        if (state == State.LIVE) {
            leaveLive();
        }
        state = State.ENDED;
        if (cursor != null && !readingLater) {
            cursor.release();
        }
        cursor = null;
        feed.loop().halfWritten().remove(this);
        feed.closed(this);
        hub.responders().remove(request);
    }

    private void leaveLive() {
        if (remaining == NO_LIMIT) {
            feed.leave(this);
        } else {
            feed.remove(this, key.filter().names(), key.filter().wildcards());
        }
    }

    /** The feed's round: the same bytes for everybody of the audience. */
    void push(ByteBuf bytes, int events, LogCursor roundStart, OutgoingBytes.Shared shared) {
        if (sink.writable() && outgoing().mayShare(sink.waitingBytes(), bytes.capacity())) {
            sink.write(bytes.retainedDuplicate(), events, true, shared.retain());
        } else {
            fellBehind(roundStart);
        }
    }

    /** From live to reading for itself, from there on. */
    void fellBehind(LogCursor from) {
        feed.leave(this);
        cursor = from.copy();
        if (room() > 0) {
            // The loop was held up, not the connection: nobody would tell when it may go on, since it may now.
            state = State.READING;
            feed.loop().eventLoop().execute(this::advance);
        } else {
            state = State.BLOCKED;
            sink.onWritable(this::resume);
        }
    }

    /** How much it may be written now. */
    private int room() {
        return sink.writable() ? outgoing().room(sink.waitingBytes()) : 0;
    }

    private OutgoingBytes outgoing() {
        return feed.loop().outgoing();
    }

    private void resume() {
        if (state == State.BLOCKED) {
            state = State.READING;
            advance();
        }
    }

    @Override
    public void moreToRead() {
        if (state == State.LIVE) {
            feed.remove(this, key.filter().names(), key.filter().wildcards());
            state = State.READING;
            advance();
        }
    }

    /** Goes on reading: now where that is safe on an event loop, else on the readers' pool. */
    private void advance() {
        LogCursor at = cursor;
        if (state != State.READING || at == null) {
            return;
        }
        int room = room();
        if (room == 0) {
            state = State.BLOCKED;
            sink.onWritable(this::resume);
            return;
        }
        long upTo = snapshotEnd >= 0 ? snapshotEnd : feed.position();
        if (at.next() >= upTo) {
            arrived(at);
            return;
        }
        int most = Math.min(room, feed.chunkBytes());
        ChunkRead read = new ChunkRead(hub.log(), at, upTo, key, most, remaining, begun);
        if (hub.log().isHot(at)) {
            read.run(feed.format());
            take(read);
        } else {
            readLater(read);
        }
    }

    private void readLater(ChunkRead read) {
        readingLater = true;
        try {
            hub.readers().execute(() -> {
                read.run(new LineFormat());
                feed.loop().run(() -> {
                    readingLater = false;
                    take(read);
                });
            });
        } catch (RejectedExecutionException e) {
            readingLater = false;
            end(EndReason.FAILED); // the log has been closed in the middle of an event
        }
    }

    private void take(ChunkRead read) {
        if (state != State.READING) {
            read.discard();
            return;
        }
        if (read.failure() != null) {
            read.discard();
            hub.reportDamage(read.failure());
            end(EndReason.FAILED);
            return;
        }
        if (read.truncated()) {
            if (begun > 0) {
                end(EndReason.FAILED); // the rest of the event is no longer retained
                return;
            }
            sink.notice("truncated");
            if (state != State.READING) {
                read.discard(); // the connection went away while it was told
                return;
            }
        }
        int events = read.events();
        reached(read.begun());
        ByteBuf bytes = read.takeBytes();
        if (bytes != null) {
            write(bytes, events);
            if (remaining != NO_LIMIT) {
                remaining -= events;
            }
        }
        EndReason over = remaining == 0 ? EndReason.COMPLETE : ending;
        if (over != null && begun == 0) {
            end(over);
        } else {
            // As a task of its own, so that one long history does not hold the loop.
            feed.loop().eventLoop().execute(this::advance);
        }
    }

    private void reached(int nowBegun) {
        if (begun == 0 && nowBegun > 0) {
            feed.loop().halfWritten().add(this);
        } else if (begun > 0 && nowBegun == 0) {
            feed.loop().halfWritten().remove(this);
        }
        begun = nowBegun;
    }

    private void write(ByteBuf bytes, int events) {
        OutgoingBytes.Shared account = outgoing().share(bytes.capacity());
        sink.write(bytes, events, begun == 0, account);
    }

    private void arrived(LogCursor at) {
        if (snapshotEnd >= 0) {
            end(EndReason.COMPLETE);
            return;
        }
        if (feed.inRound()
                || at.next() > feed.position()
                || at.next() < hub.log().firstSequence()) {
            // Ahead of the feed: what this loop has not served yet is behind this listener already, and would come
            // twice. Or the feed stands at what is dropped, and will go on behind that.
            feed.loop().lookSoon();
            feed.loop().eventLoop().execute(this::advance);
            return;
        }
        if (!caughtUpSaid) {
            caughtUpSaid = true;
            sink.notice("caught_up");
            if (state != State.READING) {
                return; // the connection went away while it was told
            }
        }
        state = State.LIVE;
        if (remaining == NO_LIMIT) {
            cursor = null;
            feed.join(this);
        } else {
            feed.add(this, key.filter().names(), key.filter().wildcards());
        }
    }

    @Override
    public boolean markTouched() {
        boolean first = !touched;
        touched = true;
        return first;
    }

    @Override
    public void clearTouched() {
        touched = false;
    }
}
