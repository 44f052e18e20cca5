package com.busdk.cli.bench;

import com.busdk.cli.bench.Timing.Span;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The consumers of a group share the events of one publisher. With a backlog the events are published first, and what
 * is measured is how fast the group gets through them. Else publisher and group work at the same time: at a rate, or
 * the publisher at most a window ahead.
 *
 * @param group name of the group
 * @param consumers how many; with explicit acknowledgement each has a second connection for it
 * @param explicit acknowledge deliveries; else they are done once they are sent
 * @param inFlight deliveries out at a consumer at most, 0 for the service's default
 * @param ackBatch tokens in an acknowledgement at most
 * @param backlog events to publish before the group begins, 0 to publish while it works
 * @param rate events a second, 0 for as many as the group takes
 * @param window how many events the publisher may be ahead where there is no rate
 * @param lines the events, all of one name, which nobody else publishes
 * @param timing how long
 */
public record GroupLoad(
        String group,
        int consumers,
        boolean explicit,
        int inFlight,
        int ackBatch,
        long backlog,
        double rate,
        int window,
        EventLines lines,
        Timing timing) {
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long LEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final int PUBLISH_BATCH = 256;

    /** Puts the load on, and waits for its end. */
    public LoadResult run(LoadClient client, Target target) throws InterruptedException {
        if (backlog > 0) {
            new NdjsonLoad(1, 0, PUBLISH_BATCH, lines, new Timing(Duration.ZERO, Duration.ofMinutes(10), backlog))
                    .run(client, target);
        }
        List<HttpConnection> open = new ArrayList<>();
        try {
            // Connections go round the loops in turn, so those of a consumer are made to be a whole round apart.
            open.addAll(client.connect(target, roundUp(consumers, client.threads()) * (explicit ? 2 : 1)));
            Map<EventLoop, Tally> tallies = new HashMap<>();
            open.forEach(connection -> tallies.computeIfAbsent(connection.loop(), _ -> new Tally()));
            List<Tally> all = List.copyOf(tallies.values());
            long before = System.nanoTime();
            List<Consumer> group = join(open, target, tallies);
            return backlog > 0 ? drain(all, before) : follow(client, open, target, group, all);
        } finally {
            client.close(open);
        }
    }

    private static int roundUp(int count, int multiple) {
        return (count + multiple - 1) / multiple * multiple;
    }

    private List<Consumer> join(List<HttpConnection> open, Target target, Map<EventLoop, Tally> tallies)
            throws InterruptedException {
        Completion opened = new Completion(consumers);
        List<HttpConnection> streams = open.subList(0, consumers);
        List<Consumer> members = new ArrayList<>();
        for (int i = 0; i < consumers; i++) {
            HttpConnection stream = open.get(i);
            HttpConnection acks = explicit ? open.get(open.size() / 2 + i) : stream;
            if (!stream.loop().equals(acks.loop())) {
                throw new IllegalStateException("the connections of a consumer are on different loops");
            }
            Tally tally = tallies.getOrDefault(stream.loop(), new Tally());
            members.add(new Consumer(acks, target, group, ackBatch, explicit, tally, opened));
        }
        LoadClient.onEach(
                streams,
                i -> streams.get(i).send(Requests.get(target, "/stream?" + query(i), Requests.NDJSON), members.get(i)));
        Waiting.on(opened.future(), GRACE_NANOS, "for the service to accept all consumers");
        return members;
    }

    private String query(int consumer) {
        return "name=" + lines.names().getFirst() + "&delivery=unicast&group=" + group + "&consumer=c" + consumer
                + (explicit ? "&ack=explicit" : "") + (inFlight > 0 ? "&max_in_flight=" + inFlight : "")
                + (backlog > 0 ? "&replay=true" : "");
    }

    private LoadResult drain(List<Tally> tallies, long before) throws InterruptedException {
        Tally.awaitEvents(tallies, backlog);
        return result(tallies, Tally.events(tallies), (System.nanoTime() - before) / 1e9, backlog, 0);
    }

    private LoadResult follow(
            LoadClient client, List<HttpConnection> open, Target target, List<Consumer> group, List<Tally> tallies)
            throws InterruptedException {
        HttpConnection publisher = client.connect(target, 1).getFirst();
        open.add(publisher);
        long start = System.nanoTime() + LEAD_NANOS;
        Span span = timing.span(start);
        Pace pace = Pace.of(rate, start);
        group.forEach(consumer -> consumer.expect(pace, span));
        long most = timing.count() == 0 ? Long.MAX_VALUE : timing.count();
        var sender = new LineStream(publisher, target, lines, PUBLISH_BATCH, pace.isPaced(), sent -> {
            long now = System.nanoTime();
            if (now - span.start() < 0) {
                return 0;
            }
            if (now - span.to() >= 0 || sent >= most) {
                return -1;
            }
            return Math.min(most, pace.isPaced() ? pace.countAt(now) : Tally.events(tallies) + window);
        });
        LoadClient.onEach(List.of(publisher), _ -> sender.begin());
        CompletableFuture<Long> sent = sender.accepted().thenApply(_ -> sender.sent());
        TimeUnit.NANOSECONDS.sleep(span.from() - System.nanoTime());
        boolean counted = timing.count() > 0;
        long eventsBefore = counted ? 0 : Tally.events(tallies);
        long from = System.nanoTime();
        if (!counted) {
            TimeUnit.NANOSECONDS.sleep(span.to() - from);
        } else {
            Tally.awaitEvents(tallies, Waiting.on(sent, span.to() - from + GRACE_NANOS, "for all to be published"));
        }
        long events = Tally.events(tallies) - eventsBefore;
        double seconds = (System.nanoTime() - from) / 1e9;
        long published = Waiting.on(sent, GRACE_NANOS, "for the last event to be published");
        Tally.awaitEvents(tallies, published);
        return result(tallies, events, seconds, published, rate);
    }

    private LoadResult result(List<Tally> tallies, long events, double seconds, long published, double paced) {
        var latency = LoadResult.histogram();
        tallies.forEach(tally -> latency.add(tally.latency()));
        long bytes = tallies.stream().mapToLong(Tally::bytes).sum();
        return new LoadResult(
                "group, " + consumers + (consumers == 1 ? " consumer" : " consumers")
                        + (explicit ? ", explicit acks" : "") + (backlog > 0 ? ", backlog" : ""),
                "events",
                events,
                seconds,
                bytes,
                published - Tally.events(tallies),
                paced > 0 ? latency : null);
    }
}
