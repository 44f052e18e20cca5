package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.suite.Bench;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** {@code bus events bench peers}: the same work on this hub and on the systems of others that are installed. */
public final class PeersCommand extends MeasuringCommand {
    private static final List<Peer> PEERS = List.of(
            HubPeer.ALWAYS,
            HubPeer.NEVER,
            JetStreamPeer.AS_IT_COMES,
            JetStreamPeer.FLUSHED,
            JetStreamPeer.PLAIN,
            RedisPeer.ALWAYS,
            RedisPeer.EVERY_SECOND,
            new NchanPeer(),
            KafkaPeer.asItComes(System.getenv()),
            KafkaPeer.flushed(System.getenv()));

    /** For the table of commands. */
    public PeersCommand() {
        super(Arrays.stream(Work.values()).map(Work::id).toList());
    }

    @Override
    public String description() {
        return """
            Starts this hub and beside it NATS JetStream, Redis, nginx with Nchan and Kafka, as far as they are there, gives \
            all of them the same to do in turn, and prints medians with what each of them promises. Takes about half an \
            hour, needs 30 GiB of disk and 12 GiB of memory, and a machine that does nothing else.\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of("bus events bench peers --quick", "bus events bench peers --only fanout-1000 --only replay");
    }

    @Override
    boolean measure(Bench bench, PeerScale scale, Set<String> chosen, Results results, Saving saving)
            throws IOException, InterruptedException {
        List<Peer> there = new ArrayList<>();
        List<JsonObject> known = new ArrayList<>();
        for (Peer peer : PEERS) {
            String missing = peer.missing();
            if (missing.isEmpty()) {
                there.add(peer);
            } else {
                bench.say(peer.title() + " is not measured: " + missing);
            }
            known.add(new JsonObject()
                    .put("peer", peer.id())
                    .put("title", peer.title())
                    .put("version", missing.isEmpty() ? peer.version() : "")
                    .put("promise", peer.promise())
                    .put("missing", missing));
        }
        results.peersAre(known);
        Set<Work> works = EnumSet.noneOf(Work.class);
        chosen.forEach(id -> works.add(Work.of(id).orElseThrow()));
        boolean[] complete = {true};
        new PeerWorks(bench, scale, (work, outcomes) -> {
                    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
                    for (Outcome outcome : outcomes) {
                        complete[0] &= !outcome.failed();
                        bench.say("  " + work.title() + ", " + outcome.peer().title() + ": " + outcome.words());
                    }
                    results.replace(
                            work,
                            outcomes.stream()
                                    .map(outcome -> outcome.toJson(scale.name(), now))
                                    .toList());
                    saving.save();
                })
                .run(there, works);
        return complete[0];
    }

    @Override
    Table table(Results results, Set<String> chosen) {
        var table = new Table(
                Column.text("work"),
                Column.text("system"),
                Column.number("median"),
                Column.text("unit"),
                Column.number("least"),
                Column.number("most"),
                Column.number("bus_ratio"),
                Column.number("cpu_s_per_million"),
                Column.number("peak_mib"),
                Column.text("survives"));
        for (Work work : Work.values()) {
            List<JsonObject> rows = chosen.contains(work.id()) ? results.of(work) : List.of();
            for (JsonObject row : rows) {
                var shown = new ShownRow(work, row, rows, results);
                table.row(
                        work.id(),
                        shown.title(),
                        shown.median(),
                        work.unit(),
                        shown.least(),
                        shown.most(),
                        shown.ratio(HubPeer.ALWAYS),
                        shown.processor(),
                        shown.peak(),
                        shown.promise());
            }
        }
        results.peers().stream()
                .filter(peer -> !peer.getString("missing", "").isEmpty())
                .forEach(peer -> table.row(
                        "",
                        peer.getString("title"),
                        "",
                        "",
                        "",
                        "",
                        "",
                        "",
                        "",
                        "not measured: " + peer.getString("missing")));
        return table;
    }
}
