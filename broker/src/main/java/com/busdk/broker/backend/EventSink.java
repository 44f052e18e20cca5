package com.busdk.broker.backend;

import io.netty.buffer.ByteBuf;

/**
 * Where the events of one stream go: a connection, seen from the hub. All methods on the connection's event loop.
 */
public interface EventSink {
    /** Whether more may be written now; if not, {@link #onWritable} tells when. */
    boolean writable();

    /** Calls {@code resume} once, on the connection's loop, when more may be written again (or the stream ended). */
    void onWritable(Runnable resume);

    /**
     * Writes whole framed events; takes over one reference of the buffer.
     *
     * @param events how many
     */
    void write(ByteBuf framed, int events);

    /**
     * Likewise, and calls {@code taken} on this loop when the peer's connection has taken the bytes ({@code true}) or
     * never will.
     */
    void write(ByteBuf framed, int events, Taken taken);

    /** A control line, for those who asked for them: {@code caught_up}, {@code truncated}. */
    void notice(String kind);

    /** The stream is over from below: after this nothing is written. */
    void end(Backend.EndReason reason);

    /** Told what became of a write. */
    @FunctionalInterface
    interface Taken {
        void taken(boolean ok);
    }
}
