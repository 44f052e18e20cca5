package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.suite.Bench;
import com.busdk.cli.bench.suite.WarmUp;
import com.busdk.cli.command.CliException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gives all systems the same to do. The servers of a stage run side by side, all but one of them with nothing to do; in
 * each round every one of them has its turn, and each round begins with another one, so that none has always the quiet
 * or the busy minute. Lives on the thread of the command.
 */
final class PeerWorks {
    /** No history takes longer to publish. */
    private static final Duration FILL_WITHIN = Duration.ofMinutes(10);

    /** From one name that is asked for to the next: all names come before one comes again. */
    private static final int NAME_STEP = 7;

    private static final double SLOW_RATE = 1_000;
    private static final int EVENT_BYTES = 200;
    private static final double MILLIS_PER_SECOND = 1e3;

    private final Bench bench;
    private final PeerScale scale;
    private final Runs runs;
    private final Taker taker;
    private int topics;
    private int questions;

    /** @param taker gets what was measured, work by work */
    PeerWorks(Bench bench, PeerScale scale, Taker taker) {
        this.bench = bench;
        this.scale = scale;
        this.runs = new Runs(bench.client());
        this.taker = taker;
    }

    /** Does something with the outcomes of a work. */
    @FunctionalInterface
    interface Taker {
        void take(Work work, List<Outcome> outcomes) throws IOException;
    }

    /** One measurement. */
    @FunctionalInterface
    private interface Task {
        Measured run(Meter meter) throws InterruptedException;
    }

    /** Looks at a server while something is measured, and not while that is prepared. */
    private static final class Meter {
        private final PeerServer server;
        private double seconds;
        private double peakMib;

        Meter(PeerServer server) {
            this.server = server;
        }

        /** Something that is measured. */
        @FunctionalInterface
        interface Part {
            Measured run() throws InterruptedException;
        }

        Measured measure(Part part) throws InterruptedException {
            try (Usage usage = Usage.of(server)) {
                Measured measured = part.run();
                seconds += usage.seconds();
                peakMib = Math.max(peakMib, usage.peakMib());
                return measured;
            }
        }
    }

    /** Does these works on those systems. */
    void run(List<Peer> peers, Set<Work> works) throws IOException, InterruptedException {
        for (Work.Stage stage : Work.Stage.values()) {
            List<Work> chosen = works.stream()
                    .filter(work -> work.stage() == stage)
                    .sorted()
                    .toList();
            if (!chosen.isEmpty()) {
                run(stage, peers, chosen);
            }
        }
    }

    private void run(Work.Stage stage, List<Peer> peers, List<Work> works) throws IOException, InterruptedException {
        Path folder = bench.newFolder();
        Map<Peer, PeerServer> servers = new LinkedHashMap<>();
        Map<Peer, String> failed = new HashMap<>();
        try {
            for (Work work : works) {
                for (Peer peer : peers) {
                    boolean starts = !servers.containsKey(peer) && !failed.containsKey(peer);
                    if (starts && works.stream().anyMatch(peer::takesPart)) {
                        try {
                            servers.put(peer, peer.start(bench, folder.resolve(peer.id()), history(stage)));
                        } catch (CliException e) {
                            failed.put(peer, e.text());
                        }
                    }
                }
                List<Turn> turns = turns(work, peers, servers, folder);
                measure(work, turns, servers, folder);
                List<Outcome> outcomes = new ArrayList<>();
                for (Peer peer : peers) {
                    turns.stream()
                            .map(Turn::outcome)
                            .filter(outcome -> outcome.peer().equals(peer))
                            .forEach(outcomes::add);
                    String why = failed.get(peer);
                    if (why != null && peer.takesPart(work)) {
                        outcomes.add(Outcome.failed(work, peer, connections(work), why));
                    }
                }
                taker.take(work, outcomes);
            }
        } finally {
            servers.values().forEach(PeerServer::close);
            Bench.delete(folder);
        }
    }

    /** Events that are in a server at the same time. */
    private long history(Work.Stage stage) {
        return stage == Work.Stage.HISTORY ? scale.history() : 0;
    }

    /**
     * What a system does in each round.
     *
     * @param outcome takes what it comes to
     * @param server that it is measured on
     * @param task one measurement, unless the warm-up has failed
     */
    private record Turn(Outcome outcome, PeerServer server, Task task) {
        void take() throws InterruptedException {
            if (!outcome.failed()) {
                var meter = new Meter(server);
                try {
                    Measured measured = task.run(meter);
                    outcome.add(measured, meter.seconds, meter.peakMib);
                } catch (CliException e) {
                    outcome.fail(e.text());
                }
            }
        }
    }

    private List<Turn> turns(Work work, List<Peer> peers, Map<Peer, PeerServer> servers, Path folder)
            throws IOException, InterruptedException {
        List<Turn> turns = new ArrayList<>();
        for (Peer peer : peers) {
            PeerServer server = servers.get(peer);
            if (server != null && peer.takesPart(work)) {
                bench.say(work.title() + ": " + peer.title() + " warms up");
                var outcome = new Outcome(work, peer, connections(work));
                Task task = _ -> Measured.rate(0, 0, 0);
                try {
                    task = warm(work, server);
                } catch (CliException e) {
                    outcome.fail(e.text());
                    end(peer, servers, folder);
                }
                turns.add(new Turn(outcome, server, task));
                settle(folder);
            }
        }
        return turns;
    }

    /**
     * A server that could not do a work may go on trying, and take the processors from those whose turn it is: it is ended,
     * and the next work begins with a new one.
     */
    private static void end(Peer peer, Map<Peer, PeerServer> servers, Path folder) throws IOException {
        PeerServer server = servers.remove(peer);
        if (server != null) {
            server.close();
            Bench.delete(folder.resolve(peer.id()));
        }
    }

    private void measure(Work work, List<Turn> turns, Map<Peer, PeerServer> servers, Path folder)
            throws IOException, InterruptedException {
        List<Turn> order = new ArrayList<>(turns);
        for (int round = 0; round < scale.rounds(); round++) {
            bench.say(work.title() + ": round " + (round + 1) + " of " + scale.rounds());
            for (Turn turn : order) {
                turn.take();
                if (turn.outcome().failed()) {
                    end(turn.outcome().peer(), servers, folder);
                }
                settle(folder);
            }
            Collections.rotate(order, 1);
        }
    }

    /** What one system has left to be written must not be written while the next one is measured. */
    private static void settle(Path folder) throws IOException, InterruptedException {
        var _ = Programs.run("sync", "-f", folder.toString());
    }

    private int connections(Work work) {
        return Math.min(work.connections(), scale.connections());
    }

    /** Prepares a work and does it until it goes no faster; what is returned is one measurement of it. */
    private Task warm(Work work, PeerServer server) throws InterruptedException {
        int connections = connections(work);
        return switch (work) {
            case SINGLE, BATCHED -> {
                boolean single = work == Work.SINGLE;
                var _ = best(() -> publish(server, connections, single, scale.piece(), unmetered(server)));
                yield meter -> publish(server, connections, single, scale.duration(), meter);
            }
            case FAN_OUT_1, FAN_OUT_100, FAN_OUT_1000 -> {
                var _ = best(() -> fanOut(server, connections, 0, false, scale.piece(), unmetered(server)));
                yield meter -> fanOut(server, connections, 0, false, scale.duration(), meter);
            }
            case LATENCY_1000 -> {
                var _ = best(() -> fanOut(server, connections, 0, true, scale.piece(), unmetered(server)));
                yield meter -> median(fanOut(server, connections, SLOW_RATE, true, scale.duration(), meter));
            }
            case LATENCY_HALF -> {
                double most = best(() -> fanOut(server, connections, 0, false, scale.piece(), unmetered(server)));
                double rate = Math.max(1, most / 2);
                yield meter -> median(fanOut(server, connections, rate, false, scale.duration(), meter));
            }
            case REPLAY -> {
                Topic topic = filled(server, 1, scale.history());
                var _ = best(() -> runs.replay(server, topic, 0, scale.history()));
                yield meter -> meter.measure(() -> runs.replay(server, topic, 0, scale.history()));
            }
            case FILTERED -> {
                Topic topic = filled(server, scale.names(), scale.history());
                // Less is faster here.
                var _ = WarmUp.best(
                        scale.pieces(), () -> 1 / filtered(server, topic).value());
                yield meter -> meter.measure(() -> filtered(server, topic));
            }
            case CONSUMERS -> {
                var _ = best(() -> consume(server, connections, unmetered(server)));
                yield meter -> consume(server, connections, meter);
            }
        };
    }

    private static Meter unmetered(PeerServer server) {
        return new Meter(server);
    }

    private double best(Meter.Part piece) throws InterruptedException {
        return WarmUp.best(scale.pieces(), () -> piece.run().value());
    }

    private Topic fresh(PeerServer server, int names) throws InterruptedException {
        Topic topic = Topic.of("r" + topics++, names, EVENT_BYTES);
        server.prepare(topic);
        return topic;
    }

    private Topic filled(PeerServer server, int names, long events) throws InterruptedException {
        Topic topic = fresh(server, names);
        fill(server, topic, events);
        return topic;
    }

    private void fill(PeerServer server, Topic topic, long events) throws InterruptedException {
        Measured filled = runs.publish(server, topic, 1, false, FILL_WITHIN.toNanos(), events);
        if (filled.events() != events) {
            throw CliException.failed("only " + filled.events() + " of " + events + " events could be published in "
                    + FILL_WITHIN.toMinutes() + " minutes");
        }
    }

    private Measured publish(PeerServer server, int connections, boolean single, Duration time, Meter meter)
            throws InterruptedException {
        Topic topic = fresh(server, 1);
        Measured measured =
                meter.measure(() -> runs.publish(server, topic, connections, single, time.toNanos(), scale.most()));
        server.forget(topic);
        return measured;
    }

    private Measured fanOut(PeerServer server, int listeners, double rate, boolean single, Duration time, Meter meter)
            throws InterruptedException {
        Topic topic = fresh(server, 1);
        Measured measured = meter.measure(() -> runs.fanOut(
                server,
                topic,
                () -> server.listening(topic),
                listeners,
                rate,
                single,
                scale.lead().toNanos(),
                time.toNanos()));
        server.forget(topic);
        return measured;
    }

    /** Of a measurement with a pace the time is what counts. */
    private static Measured median(Measured paced) {
        return new Measured(paced.p50(), paced.events(), paced.missing(), paced.p50(), paced.p99());
    }

    /** Several names, one after the other; the mean of their times. */
    private Measured filtered(PeerServer server, Topic topic) throws InterruptedException {
        long each = scale.history() / scale.names();
        double seconds = 0;
        for (int i = 0; i < scale.questions(); i++) {
            int name = (int) ((long) questions++ * NAME_STEP % scale.names());
            seconds += each / runs.replay(server, topic, name, each).value();
        }
        return Measured.rate(seconds / scale.questions() * MILLIS_PER_SECOND, each * scale.questions(), 0);
    }

    private Measured consume(PeerServer server, int consumers, Meter meter) throws InterruptedException {
        Topic topic = filled(server, 1, scale.backlog());
        server.openGroup(topic);
        Measured measured = meter.measure(() -> runs.consume(server, topic, consumers, scale.backlog()));
        server.forget(topic);
        return measured;
    }
}
