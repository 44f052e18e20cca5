package com.busdk.broker.backend.embedded;

/** Takes what is to be stored, on a thread of its own, and hands each request back to its loop. */
public interface HubWriter {
    /** Begins; before that it takes nothing. */
    void start();

    /** Queues a request; false when there is no room or the writer stops: then it was not taken. Any event loop. */
    boolean submit(WriteRequest request);

    /** Why nothing will be taken until somebody does something, in words for a client; empty while all is well. */
    String brokenBecause();

    /** Bytes that wait to be stored. Any thread. */
    long queuedBytes();

    /** Stores what waits and ends; to be called off the event loops. */
    void stopAndWait() throws InterruptedException;
}
