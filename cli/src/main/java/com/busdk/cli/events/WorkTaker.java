package com.busdk.cli.events;

import com.busdk.cli.command.Invocation;
import com.busdk.client.event.Delivery;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.LineBatch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Has something done for each event, one after the other: acknowledges the event when it was done, else gives it back to
 * its group with a delay that grows. Where there is no group a failure is only told.
 */
final class WorkTaker implements LineTaker {
    /** A third of the hub's default lease: a lease survives one renewal that is lost. */
    private static final Duration EXTEND_EVERY = Duration.ofSeconds(10);

    private final EventsSession session;
    private final Invocation invocation;
    private final Work work;
    private final @Nullable Acknowledger acknowledger;
    private final Duration extendEvery;
    private long failures;

    /** What is done for an event. */
    @FunctionalInterface
    interface Work {
        /**
         * Does it.
         *
         * @param envelope the line as it came, without its end
         * @return null when it was done, else a few words that say why not
         */
        @Nullable
        String run(byte[] envelope) throws IOException, InterruptedException;
    }

    /**
     * Makes one.
     *
     * @param acknowledger settles leases; null where there are none
     * @param lease how long a lease lasts, null for the hub's default
     */
    WorkTaker(
            EventsSession session,
            Invocation invocation,
            Work work,
            @Nullable Acknowledger acknowledger,
            @Nullable Duration lease) {
        this.session = session;
        this.invocation = invocation;
        this.work = work;
        this.acknowledger = acknowledger;
        this.extendEvery = lease == null ? EXTEND_EVERY : lease.dividedBy(3).plusMillis(1);
    }

    @Override
    public void take(LineBatch batch) throws IOException, InterruptedException {
        List<byte[]> lines = new ArrayList<>(batch.size());
        batch.forEach((bytes, from, count) -> {
            byte[] line = new byte[count];
            System.arraycopy(bytes, from, line, 0, count);
            lines.add(line);
        });
        for (byte[] line : lines) {
            one(line);
        }
    }

    @Override
    public long end() throws InterruptedException {
        if (acknowledger != null) {
            acknowledger.finish();
        }
        return failures;
    }

    private void one(byte[] line) throws IOException, InterruptedException {
        Envelope event = Envelope.parse(line);
        Delivery delivery = event.delivery();
        String token = delivery == null ? null : delivery.token();
        if (acknowledger == null || delivery == null || token == null) {
            String problem = work.run(line);
            if (problem != null) {
                failures++;
                invocation.note("event " + event.id() + " failed: " + problem);
            }
            return;
        }
        long timer = session.vertx().setPeriodic(extendEvery.toMillis(), _ -> acknowledger.extend(token));
        String problem;
        try {
            problem = work.run(line);
        } finally {
            session.vertx().cancelTimer(timer);
        }
        if (problem == null) {
            acknowledger.ack(List.of(token));
        } else {
            failures++;
            invocation.note("event " + event.id() + " failed: " + problem + "; given back (attempt "
                    + delivery.attempt() + ")");
            acknowledger.giveBack(token, delivery.attempt(), problem);
        }
    }
}
