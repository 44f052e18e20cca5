package com.busdk.broker.backend;

import io.netty.buffer.ByteBuf;

/**
 * Where the events of one stream go: a connection, seen from the hub. All methods on the connection's event loop.
 */
public interface EventSink {
    /** Whether more may be written now; if not, {@link #onWritable} tells when. */
    boolean writable();

    /** Bytes written here that the peer's connection has not taken yet. */
    long waitingBytes();

    /**
     * Calls {@code resume} once, on the connection's loop, when the connection has taken something that waits, or more
     * may be written again; never when the stream ends. The one who is called looks again whether there is room.
     */
    void onWritable(Runnable resume);

    /**
     * Writes framed events, takes over one reference of the buffer, and calls {@code taken} on this loop when the peer's
     * connection has taken the bytes ({@code true}) or never will.
     *
     * @param events how many end in these bytes
     * @param whole false where the last one goes on with the next write; until then nothing else is written
     */
    void write(ByteBuf framed, int events, boolean whole, Taken taken);

    /**
     * A control line, for those who asked for them: {@code truncated}, and of broadcast {@code caught_up}; the history of
     * a group is shared among its consumers, so that none of them could say when it is over.
     */
    void notice(String kind);

    /**
     * The stream is over from below: after this nothing is written. In the middle of an event only with
     * {@link Backend.EndReason#FAILED}.
     */
    void end(Backend.EndReason reason);

    /** Told what became of a write. */
    @FunctionalInterface
    interface Taken {
        void taken(boolean ok);
    }
}
