package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.log.LogUnavailableException;
import org.jspecify.annotations.Nullable;

/**
 * Something to be written to the log, on its way from an event loop to the writer and back: made on a loop, staged and
 * committed by the writer, settled on the same loop. Each side touches it only while it has it.
 */
public abstract class WriteRequest {
    final Loop loop;

    /** Why it was not stored; set by the writer before it comes back. */
    @Nullable
    LogUnavailableException failure;

    WriteRequest(Loop loop) {
        this.loop = loop;
    }

    /** Writer: it was not stored, for that reason. */
    public void failed(LogUnavailableException why) {
        failure = why;
    }

    /** About how much it stages, and what it holds in memory until it is written. */
    public abstract int bytes();

    /**
     * Writer: stage it in the log. One that sets {@link #failure} instead has staged nothing; where this throws, all that
     * is staged goes with it.
     */
    abstract void stage(LogWriter writer, long nowMicros) throws LogUnavailableException;

    /** Writer: what was staged is durable now. */
    abstract void committed(LogWriter writer);

    /** Writer: what was staged has been forgotten. */
    void rolledBack(LogWriter writer) {}

    /** Loop: tell whoever waits. */
    abstract void settle();
}
