package com.busdk.cli.bench.peers;

import io.netty.buffer.ByteBuf;

/** The conversation of a publisher. Used on its loop. */
interface Publishing {
    /** The conversation itself; it reports what the system has taken, in order. */
    Conversation conversation();

    /** The bytes that publish events {@code from} and on; the caller's, who writes them. */
    ByteBuf events(long from, int count);

    /** Whether each event is acknowledged by itself; else all of them are after {@link #end}. */
    default boolean acknowledgesEach() {
        return true;
    }

    /** Before the first event. May be called again after the last event of the time before was acknowledged. */
    default void start() {}

    /** After the last event. */
    default void end() {}
}
