package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.backend.log.LogUnavailableException;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes: takes everything that waits, stages it, commits it with one flush, folds it into the
 * durable state, and hands each request back to its loop. Under load more waits when a commit ends, so flushes grow
 * rarer as load grows.
 *
 * <p>Threads: {@link #submit} from any event loop; everything else on the writer.
 */
final class LogWriter implements HubWriter {
    /** Requests that may wait: with one a connection, more than there are connections; a full queue is a 503. */
    static final int QUEUE_CAPACITY = 1 << 17;

    /** Bytes that may wait: sixteen commits. Beyond that the disk is far behind and publishers are told so. */
    static final long QUEUE_BYTES = 16L * EventLog.MAX_STAGED_BYTES;

    /** Requests in one commit at most, so that the first ones are not kept waiting for the last ones to be staged. */
    private static final int MAX_REQUESTS = 16_384;

    private static final long TICK_NANOS = 1_000_000_000L;
    private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);

    private final EventLog log;
    private final Progress progress;
    private final KeyTable keys;
    private final LongSupplier clockMicros;
    private final Loops loops;
    private final Thread thread = Thread.ofPlatform().name("bus-log-writer").unstarted(this::run);

    private final MpscAtomicArrayQueue<WriteRequest> queue = new MpscAtomicArrayQueue<>(QUEUE_CAPACITY);
    private final AtomicLong queuedBytes = new AtomicLong();
    private volatile boolean parked;

    /** Takes no more. */
    private volatile boolean stopping;

    /** Ends when nothing waits. */
    private volatile boolean ending;

    /** Why it takes no more although the service runs; empty while it does. */
    private volatile String brokenBecause = "";

    // writer only
    private final List<WriteRequest> batch = new ArrayList<>();
    private long lastMicros;
    private long nextTick;

    LogWriter(EventLog log, Progress progress, KeyTable keys, LongSupplier clockMicros, Loops loops) {
        this.log = log;
        this.progress = progress;
        this.keys = keys;
        this.clockMicros = clockMicros;
        this.loops = loops;
    }

    @Override
    public void start() {
        thread.start();
    }

    EventLog log() {
        return log;
    }

    Progress progress() {
        return progress;
    }

    KeyTable keys() {
        return keys;
    }

    /** Queues a request; false when there is no room or the writer stops: then it was not taken. */
    @Override
    public boolean submit(WriteRequest request) {
        int bytes = request.bytes();
        if (stopping || queuedBytes.addAndGet(bytes) > QUEUE_BYTES + bytes) {
            if (!stopping) {
                queuedBytes.addAndGet(-bytes);
            }
            return false;
        }
        return offer(request);
    }

    /** Behind the checks of {@link #submit}: the writer may have failed since then, and answers nevertheless. */
    boolean offer(WriteRequest request) {
        if (!queue.offer(request)) {
            queuedBytes.addAndGet(-request.bytes());
            return false;
        }
        // The offer must be visible before `parked` is read, or both sides could go to sleep.
        VarHandle.fullFence();
        if (parked) {
            LockSupport.unpark(thread);
        }
        return true;
    }

    /** Why nothing will be taken until the service is restarted, in words for a client; empty while all is well. */
    @Override
    public String brokenBecause() {
        return brokenBecause;
    }

    @Override
    public long queuedBytes() {
        return queuedBytes.get();
    }

    /** Writes what waits and ends; to be called off the event loops. */
    @Override
    public void stopAndWait() throws InterruptedException {
        stopping = true;
        ending = true;
        LockSupport.unpark(thread);
        if (thread.isAlive()) {
            thread.join();
        }
        // Whoever offered in the very moment the writer ended is answered too.
        giveUp("the service is shutting down");
    }

    private void run() {
        try {
            write();
        } catch (RuntimeException | Error broken) {
            // A defect, not an I/O error (those are values here). Memory and disk may differ: write no more.
            LOG.error("the log's writer failed and takes no more events; restart the service", broken);
            brokenBecause = "the log's writer failed; the service must be restarted";
            refuse();
        }
    }

    private void write() {
        nextTick = System.nanoTime() + TICK_NANOS;
        while (true) {
            WriteRequest first = queue.poll();
            if (first != null) {
                writeFrom(first);
            } else if (ending) {
                return;
            } else {
                park();
            }
            tick();
        }
    }

    /** Until the service ends, since somebody may have found the writer at work in the instant before it failed. */
    private void refuse() {
        giveUp(brokenBecause);
        while (!ending) {
            nextTick = System.nanoTime() + TICK_NANOS;
            park();
            giveUp(brokenBecause);
        }
    }

    private void park() {
        parked = true;
        if (queue.isEmpty() && !ending) {
            LockSupport.parkNanos(this, Math.max(1, nextTick - System.nanoTime()));
        }
        parked = false;
    }

    private void tick() {
        if (System.nanoTime() - nextTick >= 0) {
            nextTick = System.nanoTime() + TICK_NANOS;
            log.tick(now());
        }
    }

    /** Stages requests from the first one on, as many as fit, and commits them. */
    private void writeFrom(WriteRequest first) {
        long now = now();
        WriteRequest request = first;
        try {
            while (true) {
                batch.add(request);
                request.stage(this, now);
                if (batch.size() == MAX_REQUESTS) {
                    break;
                }
                WriteRequest next = queue.peek();
                if (next == null || log.stagedBytes() + next.bytes() > EventLog.MAX_STAGED_BYTES) {
                    break;
                }
                request = queue.poll();
            }
            log.commit();
            keys.commit();
            for (int i = 0; i < batch.size(); i++) {
                batch.get(i).committed(this);
            }
        } catch (LogUnavailableException e) {
            log.rollback();
            keys.rollback();
            for (WriteRequest failed : batch) {
                failed.failure = e;
                failed.rolledBack(this);
            }
        }
        handBack();
    }

    private void handBack() {
        long bytes = 0;
        for (int i = 0; i < batch.size(); i++) {
            WriteRequest request = batch.get(i);
            bytes += request.bytes();
            request.loop.finished(request);
        }
        queuedBytes.addAndGet(-bytes);
        batch.clear();
        loops.headMoved();
    }

    private void giveUp(String why) {
        stopping = true;
        LogUnavailableException failure = new LogUnavailableException(why);
        for (WriteRequest waiting = queue.poll(); waiting != null; waiting = queue.poll()) {
            batch.add(waiting);
        }
        for (WriteRequest failed : batch) {
            failed.failure = failure;
        }
        handBack();
    }

    /** Now, never before the time of an earlier event: a clock that is set back does not reorder the history. */
    private long now() {
        lastMicros = Math.max(lastMicros, clockMicros.getAsLong());
        return lastMicros;
    }
}
