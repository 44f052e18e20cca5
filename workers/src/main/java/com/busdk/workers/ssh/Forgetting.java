package com.busdk.workers.ssh;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes away what machines keep of requests whose answer has arrived. As well as it can: what stays behind is taken away
 * when it is two days old, together with the next that is forgotten there.
 *
 * <p>Any thread; guarded by its monitor, which nobody holds for long. The machines are asked on a few virtual threads.
 */
final class Forgetting {
    /** Requests that were answered and whose acknowledgement is on its way: as many as the worker's runtime remembers. */
    static final int MAX_ANSWERED = 10_000;

    /** Requests that wait for their turn to be forgotten: some seconds' worth. */
    static final int MAX_WAITING = 1_000;

    /** So many are forgotten at a time: this has to keep up with scripts, and must not keep them from their machines. */
    static final int AT_A_TIME = 4;

    /** How long one machine may take for one request, connection included. */
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static final Logger LOG = LoggerFactory.getLogger(Forgetting.class);

    private final Remover remover;
    private final Map<String, List<Endpoint>> answered = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, List<Endpoint>> eldest) {
            return size() > MAX_ANSWERED;
        }
    };
    private final Deque<Kept> waiting = new ArrayDeque<>();
    private final StopWish stop = new StopWish();
    private int active;

    Forgetting(Remover remover) {
        this.remover = remover;
    }

    /** Takes away what one machine keeps of a request. */
    interface Remover {
        /**
         * Blocks.
         *
         * @return whether nothing is left of it; else it is in use
         * @throws NotBegunException if the machine cannot be asked
         * @throws EndedEarlyException if that takes too long, or the end is asked for
         */
        boolean remove(Endpoint endpoint, Attempt attempt, Deadline deadline, StopWish stop)
                throws NotBegunException, EndedEarlyException, InterruptedException;
    }

    /** What is kept of a request. */
    private record Kept(String requestId, List<Endpoint> endpoints) {}

    /** A request is about to be answered, and so much is kept of it. */
    synchronized void keep(String requestId, List<Endpoint> endpoints) {
        if (!endpoints.isEmpty()) {
            answered.put(requestId, endpoints);
        }
    }

    /** Its answer has arrived for good: nobody will come for what is kept any more. Returns at once. */
    synchronized void forget(String requestId) {
        List<Endpoint> endpoints = answered.remove(requestId);
        if (endpoints == null || stop.isAsked()) {
            return;
        }
        if (waiting.size() >= MAX_WAITING) {
            LOG.info("run {} stays behind on its machine for two days: too many others are being forgotten", requestId);
            return;
        }
        waiting.add(new Kept(requestId, endpoints));
        if (active < AT_A_TIME) {
            active++;
            Thread.ofVirtual().name("ssh-forget").start(this::work);
        }
    }

    private synchronized @Nullable Kept next() {
        Kept next = stop.isAsked() ? null : waiting.poll();
        if (next == null) {
            active--;
            notifyAll();
        }
        return next;
    }

    private void work() {
        for (Kept kept = next(); kept != null; kept = next()) {
            for (Endpoint endpoint : kept.endpoints()) {
                forget(kept.requestId(), endpoint);
            }
        }
    }

    private void forget(String requestId, Endpoint endpoint) {
        Attempt attempt = Attempt.at(requestId);
        try {
            if (!remover.remove(endpoint, attempt, Deadline.in(LIMIT), stop)) {
                LOG.info("run {} stays behind on {}: it is in use", attempt.run(), endpoint.address());
            }
        } catch (NotBegunException | EndedEarlyException e) {
            LOG.info("run {} stays behind on {}: {}", attempt.run(), endpoint.address(), e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.warn("run {} stays behind on {}", attempt.run(), endpoint.address(), e);
        }
    }

    /** Waits until all is forgotten that was to be, or so long, and gives up the rest. */
    void close(Duration patience) throws InterruptedException {
        Deadline deadline = Deadline.in(patience);
        synchronized (this) {
            while (active > 0 && !deadline.passed()) {
                TimeUnit.NANOSECONDS.timedWait(this, Math.max(1_000_000, deadline.leftNanos()));
            }
        }
        stop.ask(StopWish.Reason.STOPPING);
    }
}
