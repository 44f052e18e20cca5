package com.busdk.cli.bench.peers;

/** Is told what comes of a {@link Conversation}. Called on the loop of its connection. */
interface Follower {
    /** The system has taken that many events more, in the order in which they were published. */
    default void acknowledged(int count) {}

    /** That many events more have arrived; where they are acknowledged, they have been. */
    default void delivered(int count, int bytes) {}

    /** More can be written again after the connection was full. */
    default void writable() {}
}
