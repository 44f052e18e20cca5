package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.Arrivals;
import com.busdk.cli.bench.LoadClient;
import com.busdk.cli.bench.LoadResult;
import com.busdk.cli.bench.Pace;
import com.busdk.cli.bench.Tally;
import com.busdk.cli.bench.Timing.Span;
import com.busdk.cli.bench.Waiting;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * Puts loads on a server, and waits for their end. The same code for all systems; what differs are the conversations.
 * Lives on the thread of the command.
 */
final class Runs {
    /** Between the last event and its acknowledgement, or its arrival. */
    private static final long GRACE = TimeUnit.SECONDS.toNanos(120);

    /** Time to have all connections begin together. */
    private static final long LEAD = TimeUnit.MILLISECONDS.toNanos(20);

    private static final int POLL_MILLIS = 1;
    private static final double NANOS_PER_MILLI = 1e6;

    /** Events that a publisher may be ahead of what its listeners have got on average. */
    private static final int AHEAD = 1_000;

    private final LoadClient client;

    Runs(LoadClient client) {
        this.client = client;
    }

    /**
     * Publishes, and waits for the acknowledgement of all of it.
     *
     * @param connections publishers, a connection each
     * @param single each waits for the acknowledgement of an event before it publishes the next
     * @param nanos how long
     * @param most events at most, all publishers together
     */
    Measured publish(PeerServer server, Topic topic, int connections, boolean single, long nanos, long most)
            throws InterruptedException {
        try (var open = new Connections(client, server.address())) {
            List<Publishing> publishers = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                publishers.add(server.publishing(topic, single));
            }
            List<Conversation> conversations =
                    publishers.stream().map(Publishing::conversation).toList();
            open.open(conversations);
            open.begin(conversations);
            long start = System.nanoTime() + LEAD;
            List<Sender> senders = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                long share = most / connections + (i < most % connections ? 1 : 0);
                Limit limit = Limit.until(start, start + nanos, share);
                senders.add(sender(publishers.get(i), single, limit));
            }
            senders.forEach(Runs::start);
            long count = 0;
            long last = start;
            Histogram latency = LoadResult.histogram();
            for (Sender sender : senders) {
                count += open.await(sender.done(), nanos + GRACE, "for the last event to be acknowledged");
                last = Math.max(last, sender.lastAt());
                latency.add(sender.latency());
            }
            return measured(count / ((last - start) / 1e9), count, 0, latency);
        }
    }

    private static Sender sender(Publishing publishing, boolean single, Limit limit) {
        return new Sender(publishing, single ? 1 : PeerServer.WINDOW, single ? 1 : PeerServer.BATCH, limit);
    }

    private static void start(Sender sender) {
        sender.loop().execute(sender::start);
    }

    /**
     * Publishes over one connection to listeners. Without a rate the publisher is as fast as they are; with a rate
     * latency counts from when an event was due, for each listener.
     *
     * @param listener makes one
     * @param rate events a second, 0 for as many as it goes
     * @param single the publisher waits for the acknowledgement of each event
     * @param warmup nanoseconds before it is measured
     * @param nanos how long it is measured
     */
    Measured fanOut(
            PeerServer server,
            Topic topic,
            Supplier<Conversation> listener,
            int listeners,
            double rate,
            boolean single,
            long warmup,
            long nanos)
            throws InterruptedException {
        try (var open = new Connections(client, server.address())) {
            List<Conversation> all = Stream.generate(listener).limit(listeners).toList();
            open.open(all);
            var clock = new Arrivals.Clock();
            List<Tally> tallies = follow(all, clock);
            open.begin(all);
            Publishing publishing = server.publishing(topic, single);
            List<Conversation> publisher = List.of(publishing.conversation());
            open.open(publisher);
            open.begin(publisher);

            long start = System.nanoTime() + LEAD;
            var span = new Span(start, start + warmup, start + warmup + nanos);
            Pace pace = Pace.of(rate, start);
            clock.set(pace, span);
            var limit = new Limit(
                    start,
                    span.to(),
                    Long.MAX_VALUE,
                    pace,
                    () -> pace.isPaced() ? Long.MAX_VALUE : Tally.events(tallies) / listeners + AHEAD);
            Sender sender = sender(publishing, single, limit);
            start(sender);
            Waiting.until(span.from());
            long before = Tally.events(tallies);
            long from = System.nanoTime();
            Waiting.until(span.to());
            long events = Tally.events(tallies) - before;
            double seconds = (System.nanoTime() - from) / 1e9;
            long published = open.await(sender.done(), GRACE, "for the last event to be acknowledged");
            Tally.awaitEvents(tallies, published * listeners);
            open.check();
            var latency = LoadResult.histogram();
            tallies.forEach(tally -> latency.add(tally.latency()));
            long due = pace.isPaced() ? limit.due() : published;
            long came = Tally.events(tallies);
            return measured(events / seconds, came, due * listeners - came, latency);
        }
    }

    /**
     * Reads history over one connection that stands already.
     *
     * @param events how many there are
     */
    Measured replay(PeerServer server, Topic topic, int name, long events) throws InterruptedException {
        try (var open = new Connections(client, server.address())) {
            Conversation reader = server.replaying(topic, name, events);
            open.open(List.of(reader));
            var arrivals = new Awaited(events);
            reader.follow(arrivals);
            long before = System.nanoTime();
            open.begin(List.of(reader));
            open.await(arrivals.all, GRACE, "for the end of a replay");
            return Measured.rate(events / ((arrivals.at - before) / 1e9), events, 0);
        }
    }

    /**
     * Has the consumers of a group that is open share a backlog and acknowledge each event of it.
     *
     * @param events of the backlog, which is published already
     */
    Measured consume(PeerServer server, Topic topic, int consumers, long events) throws InterruptedException {
        try (var open = new Connections(client, server.address())) {
            List<Conversation> all = new ArrayList<>();
            for (int i = 0; i < consumers; i++) {
                all.add(server.consuming(topic, i));
            }
            open.open(all);
            List<Tally> tallies = follow(all, new Arrivals.Clock());
            long before = System.nanoTime();
            open.begin(all);
            awaitAll(open, tallies, events);
            server.awaitDone(topic);
            double seconds = (System.nanoTime() - before) / 1e9;
            long done = Tally.events(tallies);
            return Measured.rate(done / seconds, done, events - done);
        }
    }

    /** Has what arrives counted, for each loop apart. */
    private static List<Tally> follow(List<Conversation> conversations, Arrivals.Clock clock) {
        Map<EventLoop, Tally> byLoop = new HashMap<>();
        for (Conversation one : conversations) {
            var arrivals = new Arrivals(byLoop.computeIfAbsent(one.loop(), _ -> new Tally()), clock);
            one.follow(new Follower() {
                @Override
                public void delivered(int count, int bytes) {
                    arrivals.add(count, bytes);
                }
            });
        }
        return List.copyOf(byLoop.values());
    }

    private static Measured measured(double perSecond, long events, long missing, Histogram latency) {
        boolean known = latency.getTotalCount() > 0;
        return new Measured(
                perSecond,
                events,
                missing,
                known ? latency.getValueAtPercentile(50) / NANOS_PER_MILLI : 0,
                known ? latency.getValueAtPercentile(99) / NANOS_PER_MILLI : 0);
    }

    private static void awaitAll(Connections open, List<Tally> tallies, long events) throws InterruptedException {
        long end = System.nanoTime() + GRACE;
        while (Tally.events(tallies) < events && System.nanoTime() - end < 0) {
            open.check();
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** Waits for a number of events. On the loop of its connection; the moment may be read when all are there. */
    private static final class Awaited implements Follower {
        private final long wanted;
        private final CompletableFuture<Void> all = new CompletableFuture<>();
        private long received;
        private volatile long at;

        Awaited(long wanted) {
            this.wanted = wanted;
        }

        @Override
        public void delivered(int count, int bytes) {
            received += count;
            if (received >= wanted) {
                at = System.nanoTime();
                all.complete(null);
            }
        }
    }
}
