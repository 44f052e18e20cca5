package com.busdk.broker.backend.nats;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Messages on their way from a stream's tail to the writer: bounded by count and bytes, so that who brings them waits.
 *
 * <p>Threads: {@link #put} on the tail's, the rest on the writer's.
 */
final class Arrivals {
    /** Enough that neither side waits for the other while both are busy. */
    private static final int MOST_MESSAGES = 8_192;

    /** Some commits' worth. */
    private static final long MOST_BYTES = 16L << 20;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final ArrayDeque<Arrived> waiting = new ArrayDeque<>();
    private long bytes;
    private boolean closed;

    /** A message of a stream. Its body is not changed by who holds it. */
    static final class Arrived {
        private final long sequence;
        private final long timeMicros;
        private final String subject;
        private final byte[] body;

        /** @param timeMicros when the stream took it */
        Arrived(long sequence, long timeMicros, String subject, byte[] body) {
            this.sequence = sequence;
            this.timeMicros = timeMicros;
            this.subject = subject;
            this.body = body;
        }

        long sequence() {
            return sequence;
        }

        long timeMicros() {
            return timeMicros;
        }

        String subject() {
            return subject;
        }

        byte[] body() {
            return body;
        }
    }

    /** Waits until there is room. */
    void put(Arrived message) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed && !waiting.isEmpty() && (waiting.size() >= MOST_MESSAGES || bytes >= MOST_BYTES)) {
                room.await();
            }
            if (!closed) {
                waiting.add(message);
                bytes += message.body().length;
            }
        } finally {
            lock.unlock();
        }
    }

    boolean isEmpty() {
        lock.lock();
        try {
            return waiting.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Moves what waits to {@code to}: so many bytes at most, but for the last one. */
    void drain(List<Arrived> to, long mostBytes) {
        lock.lock();
        try {
            long taken = 0;
            while (!waiting.isEmpty() && taken < mostBytes) {
                Arrived next = waiting.remove();
                to.add(next);
                taken += next.body().length;
                bytes -= next.body().length;
            }
            if (taken > 0) {
                room.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Nobody takes any more: who waits goes on, and what comes is dropped. */
    void close() {
        lock.lock();
        try {
            closed = true;
            waiting.clear();
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
