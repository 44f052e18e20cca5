package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.EventSink;

/**
 * The account of what the streams of one loop have been written and their connections have not taken yet. It says how
 * much a stream may be written now, so that listeners that do not read cost a bounded amount of memory, however many
 * they are and however large the events.
 *
 * <p>Below its limit a stream is written what is worth a write. Beyond it each is written one small piece at a time, and
 * the next when its connection has taken that one: who reads hardly notices, and who does not holds one small piece.
 *
 * <p>Thread: the loop's.
 */
final class OutgoingBytes {
    /** What one stream may have waiting at its connection: a larger write costs memory and saves nothing. */
    static final int MOST_OF_STREAM = 256 << 10;

    /** A piece while memory is short: less than the connection itself costs. */
    static final int LEAST_PIECE = 8 << 10;

    private final long limit;
    private long total;

    /** @param limit bytes from which on pieces are small */
    OutgoingBytes(long limit) {
        this.limit = limit;
    }

    /** Bytes that wait at connections now; those that several streams share count once. */
    long total() {
        return total;
    }

    /** The longest event that is written in one piece. */
    int mostInOnePiece() {
        return isShort() ? LEAST_PIECE : MOST_OF_STREAM;
    }

    /** How many more bytes a stream may be written that has so many waiting. */
    int room(long waiting) {
        if (isShort()) {
            return waiting == 0 ? LEAST_PIECE : 0;
        }
        return (int) Math.max(0, MOST_OF_STREAM - waiting);
    }

    /** Whether a stream that has so many waiting may be given so many bytes, which are in memory already. */
    boolean mayShare(long waiting, int bytes) {
        return !isShort() || waiting == 0 && bytes <= LEAST_PIECE;
    }

    private boolean isShort() {
        return total >= limit;
    }

    void add(long bytes) {
        total += bytes;
    }

    void remove(long bytes) {
        total -= bytes;
    }

    /** Counts a buffer from now on, until {@link Shared#release} and all streams it is given to have taken it. */
    Shared share(int bytes) {
        add(bytes);
        return new Shared(bytes);
    }

    /** A buffer that is given to one stream or to several of this loop. */
    final class Shared implements EventSink.Taken {
        private final int bytes;
        private int holders = 1;

        private Shared(int bytes) {
            this.bytes = bytes;
        }

        /** For one more stream. */
        Shared retain() {
            holders++;
            return this;
        }

        void release() {
            if (--holders == 0) {
                remove(bytes);
            }
        }

        @Override
        public void taken(boolean ok) {
            release();
        }
    }
}
