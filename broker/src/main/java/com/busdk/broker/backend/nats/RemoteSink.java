package com.busdk.broker.backend.nats;

import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.broker.backend.EventSink;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A connection of another process, as the hub writes to it: numbers what it is written, and keeps account of what the
 * peer's connection has not taken.
 *
 * <p>Thread: the loop of its {@link HostStream}.
 */
final class RemoteSink implements EventSink {
    /**
     * What may be out before it counts as full: as much as the hub leaves at a connection of its own, and at a round trip
     * of a millisecond still 250 MB/s for each stream.
     */
    static final int WINDOW_BYTES = 256 << 10;

    /** Messages that may be out: a window of the shortest events, many times over; who has more is not reading at all. */
    static final int MOST_OUT = 1 << 16;

    /** @param taken told when it is taken; null but for the last message of a write */
    private record Piece(long number, int bytes, @Nullable Taken taken) {}

    private final HostStream stream;

    /** What was sent and not taken, in order; at most {@link #MOST_OUT} and one write. */
    private final Queue<Piece> out = new ArrayDeque<>();

    private long last;
    private long waitingBytes;
    private @Nullable Runnable resume;

    /** Since when nothing that was out has been taken, or been asked about. */
    private long quietSince;

    /** Nothing is written any more, though what is out may still be taken. */
    private boolean ended;

    RemoteSink(HostStream stream) {
        this.stream = stream;
    }

    /** Number of the last message that was sent. */
    long last() {
        return last;
    }

    @Override
    public boolean writable() {
        return !ended && waitingBytes < WINDOW_BYTES;
    }

    @Override
    public long waitingBytes() {
        return waitingBytes;
    }

    @Override
    public void onWritable(Runnable again) {
        if (!ended) {
            resume = again;
        }
    }

    @Override
    public void write(ByteBuf framed, int events, boolean whole, Taken taken) {
        if (ended || out.size() >= MOST_OUT) {
            framed.release();
            taken.taken(false);
            breakOff(); // where it has not ended: the stream has a hole
            return;
        }
        try {
            int total = framed.readableBytes();
            int most = stream.maxMessageBytes() - MessageCodec.CHUNK_HEAD_BYTES;
            int sent = 0;
            while (total - sent > most) {
                sendPart(framed, sent, most, 0, false, null);
                sent += most;
            }
            sendPart(framed, sent, total - sent, events, whole, taken);
        } finally {
            framed.release();
        }
    }

    private void sendPart(ByteBuf from, int at, int length, int events, boolean whole, @Nullable Taken taken) {
        account(length, taken);
        stream.tell(
                new Message.Chunk(stream.id(), last, events, whole, from.nioBuffer(from.readerIndex() + at, length)));
    }

    @Override
    public void notice(String kind) {
        if (ended) {
            return;
        }
        if (out.size() >= MOST_OUT) {
            breakOff();
            return;
        }
        account(0, null);
        stream.tell(new Message.Notice(stream.id(), last, kind));
    }

    @Override
    public void end(EndReason reason) {
        if (ended) {
            return;
        }
        account(0, null);
        stop();
        stream.tell(new Message.Finish(stream.id(), last, reason));
    }

    private void breakOff() {
        if (!ended) {
            stop();
            stream.run(stream::breakOff); // not in the middle of what the hub does
        }
    }

    private void stop() {
        ended = true;
        resume = null;
    }

    /** One more message is out: the one whose number is then the last. */
    private void account(int bytes, @Nullable Taken taken) {
        if (out.isEmpty()) {
            quietSince = Pace.upMillis();
            stream.lookAt(nextProbe(quietSince));
        }
        last++;
        waitingBytes += bytes;
        out.add(new Piece(last, bytes, taken));
    }

    /** The peer's connection has taken all up to that number. */
    void takenUpTo(long number) {
        Piece first = out.peek();
        if (first == null || first.number() > number) {
            return;
        }
        quietSince = Pace.upMillis();
        for (Piece piece = first; piece != null && piece.number() <= number; piece = out.peek()) {
            drop(piece, true);
        }
        Runnable waiting = resume;
        resume = null;
        if (waiting != null) {
            waiting.run();
        }
    }

    private void drop(Piece piece, boolean ok) {
        var _ = out.remove();
        waitingBytes -= piece.bytes();
        Taken taken = piece.taken();
        if (taken != null) {
            taken.taken(ok);
        }
    }

    /** The connection is gone, or its process: what is out will not be taken any more. */
    void gone() {
        stop();
        for (Piece piece = out.peek(); piece != null; piece = out.peek()) {
            drop(piece, false);
        }
    }

    /** When to ask whether all came that is out; never where nothing is. */
    long nextProbe() {
        return out.isEmpty() ? Long.MAX_VALUE : nextProbe(quietSince);
    }

    private long nextProbe(long since) {
        return since + stream.pace().probe();
    }

    /** It is asked now. */
    void probing(long now) {
        quietSince = now;
    }
}
