package com.busdk.broker.http.stream;

import java.util.concurrent.atomic.LongAdder;

/** Counts what all streams do. Any thread. */
public final class StreamStats {
    private final LongAdder opened = new LongAdder();
    private final LongAdder closed = new LongAdder();
    private final LongAdder events = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LongAdder stalled = new LongAdder();

    void opened() {
        opened.increment();
    }

    void closed() {
        closed.increment();
    }

    void delivered(int count, int size) {
        events.add(count);
        bytes.add(size);
    }

    void stalled() {
        stalled.increment();
    }

    /** Streams that are open now. */
    public long open() {
        return opened.sum() - closed.sum();
    }

    /** Events written to streams. */
    public long events() {
        return events.sum();
    }

    /** Bytes of them. */
    public long bytes() {
        return bytes.sum();
    }

    /** Streams closed because they took nothing. */
    public long stalledCount() {
        return stalled.sum();
    }
}
