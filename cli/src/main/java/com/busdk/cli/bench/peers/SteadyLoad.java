package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.LoadClient;
import com.busdk.cli.bench.Pace;
import com.busdk.cli.bench.Tally;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * The load of a soak that keeps up from the first event to the last: publishers, broadcast listeners, and the consumers of
 * a group that acknowledge each event. Opened, begun, ended and closed on the thread of the command.
 */
final class SteadyLoad implements AutoCloseable {
    static final int PUBLISHERS = 64;
    static final int LISTENERS = 20;
    static final int CONSUMERS = 4;

    /** For the acknowledgements of what was due before the end: a service that is that late does not keep up. */
    private static final long GRACE = TimeUnit.SECONDS.toNanos(120);

    /** Time to have all connections begin together. */
    private static final long LEAD = TimeUnit.MILLISECONDS.toNanos(20);

    private final HubServer server;
    private final Topic topic;
    private final Connections open;
    private final Latencies published = new Latencies();
    private final Latencies delivered = new Latencies();
    private final List<SteadyListener> listeners = new ArrayList<>();
    private final List<Tally> group = new ArrayList<>();
    private final List<NumberedPublisher> publishers = new ArrayList<>();
    private final List<Sender> senders = new ArrayList<>();
    private final List<Limit> limits = new ArrayList<>();
    private long end;

    /** A load of events of that topic's one name, which nobody else publishes. */
    SteadyLoad(LoadClient client, HubServer server, Topic topic) {
        this.server = server;
        this.topic = topic;
        this.open = new Connections(client, server.address());
    }

    /**
     * What came of it.
     *
     * @param published events that were acknowledged
     * @param unsent events that were due and could not be sent any more
     * @param missing events that did not come, or not in order, of all listeners
     * @param repeated events that came again, or after a later one, of all listeners
     * @param done events whose acknowledgement by the group was taken
     */
    record Totals(long published, long unsent, long missing, long repeated, long done) {
        /** What was lost, or came too often, in words; nothing where all is well. */
        List<String> faults() {
            List<String> faults = new ArrayList<>();
            add(faults, unsent, "events could not be sent in time: the service did not keep up");
            add(faults, missing, "events did not come to a listener, or not in order");
            add(faults, repeated, "events came to a listener again, or after a later one");
            add(faults, published - done, "acknowledged events were not done by the group, or done more than once");
            return faults;
        }

        private static void add(List<String> faults, long count, String what) {
            if (count != 0) {
                faults.add(count + " " + what);
            }
        }
    }

    /** Connects all of them, and returns when the service has accepted listeners and consumers. */
    void open() throws InterruptedException {
        for (int i = 0; i < LISTENERS; i++) {
            listeners.add(new SteadyListener(server.target(), topic.names().getFirst(), PUBLISHERS, delivered));
        }
        for (int i = 0; i < PUBLISHERS; i++) {
            publishers.add(new NumberedPublisher(server.target(), topic.lines(), i, PUBLISHERS, published));
        }
        List<Conversation> all = new ArrayList<>(listeners);
        for (int i = 0; i < CONSUMERS; i++) {
            Conversation consumer = server.consuming(topic, i);
            Tally tally = new Tally();
            group.add(tally);
            consumer.follow(new Follower() {
                @Override
                public void delivered(int count, int bytes) {
                    tally.add(count, bytes);
                }
            });
            all.add(consumer);
        }
        open.open(all);
        open.begin(all);
        open.open(publishers);
        open.begin(publishers);
    }

    /**
     * Begins to publish.
     *
     * @param rate events a second of all publishers, 0 for as many as it goes
     * @param nanos how long
     * @return the moment of the first event, as {@link System#nanoTime} gives it
     */
    long begin(double rate, long nanos) {
        long start = System.nanoTime() + LEAD;
        end = start + nanos;
        Pace pace = Pace.of(rate, start);
        listeners.forEach(listener -> listener.expect(pace));
        for (int i = 0; i < PUBLISHERS; i++) {
            publishers.get(i).expect(pace);
            var limit = new Limit(start, end, Long.MAX_VALUE, pace.share(i, PUBLISHERS), () -> Long.MAX_VALUE);
            limits.add(limit);
            senders.add(new Sender(publishers.get(i), 1, 1, limit));
        }
        senders.forEach(sender -> sender.loop().execute(sender::start));
        return start;
    }

    /** Latencies of the acknowledgements since this was asked last; one for each event. */
    Histogram published() {
        return published.interval();
    }

    /** Latencies of the deliveries to the listeners since this was asked last. */
    Histogram delivered() {
        return delivered.interval();
    }

    /** Throws what went wrong, if anything did. */
    void check() throws InterruptedException {
        open.check();
    }

    /** Waits until all that was due is acknowledged; returns how many those are. */
    long awaitPublished() throws InterruptedException {
        long count = 0;
        for (Sender sender : senders) {
            long left = Math.max(0, end - System.nanoTime());
            count += open.await(sender.done(), left + GRACE, "for the last event to be acknowledged");
        }
        return count;
    }

    /**
     * Waits until all of that has come, or nothing comes any more.
     *
     * @param count what {@link #awaitPublished} gave
     */
    Totals awaitDelivered(long count) throws InterruptedException {
        List<Tally> tallies = listeners.stream().map(SteadyListener::tally).toList();
        Tally.awaitEvents(tallies, count * LISTENERS);
        Tally.awaitEvents(group, count);
        open.check();
        long due = count;
        if (limits.getFirst().pace().isPaced()) {
            due = limits.stream().mapToLong(Limit::due).sum();
        }
        long missing = 0;
        long repeated = 0;
        for (SteadyListener listener : listeners) {
            missing += count - listener.numbers().inOrder();
            repeated += listener.numbers().repeated();
        }
        return new Totals(count, due - count, missing, repeated, Tally.events(group));
    }

    @Override
    public void close() {
        open.close();
    }
}
