package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.suite.Report;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What was measured, as it is written to a file: the machine, the systems, a row for each system and work, a row for each
 * step of what grows, and the samples of a soak. A work is replaced as a whole, so that no two systems are compared that were not measured in
 * turn; all else stays, so that a run of one part does not take away the others. On the thread of the command.
 */
final class Results {
    private static final String MACHINE = "machine";
    private static final String PEERS = "peers";
    private static final String WORKS = "works";
    private static final String GROWTH = "growth";
    private static final String SOAK = "soak";
    private static final String SAMPLES = "samples";

    private JsonObject machine = new JsonObject();
    private List<JsonObject> peers = new ArrayList<>();
    private final List<JsonObject> works = new ArrayList<>();
    private final List<JsonObject> growth = new ArrayList<>();
    private final List<JsonObject> soak = new ArrayList<>();
    private final List<JsonObject> samples = new ArrayList<>();

    /** No results yet. */
    Results() {}

    /**
     * Results that were written before.
     *
     * @throws io.vertx.core.json.DecodeException when it is no JSON
     */
    static Results parse(String text) {
        JsonObject json = new JsonObject(text);
        var results = new Results();
        results.machine = json.getJsonObject(MACHINE, new JsonObject());
        results.peers = objects(json, PEERS);
        results.works.addAll(objects(json, WORKS));
        results.growth.addAll(objects(json, GROWTH));
        results.soak.addAll(objects(json, SOAK));
        results.samples.addAll(objects(json, SAMPLES));
        return results;
    }

    private static List<JsonObject> objects(JsonObject json, String name) {
        return json.getJsonArray(name, new JsonArray()).stream()
                .map(JsonObject.class::cast)
                .collect(Collectors.toCollection(ArrayList::new));
    }

    /** What is measured now is measured on this machine. */
    void machineIsThis() {
        machine = new JsonObject(Report.machine());
    }

    /** Says which systems there are. */
    void peersAre(List<JsonObject> all) {
        peers = new ArrayList<>(all);
    }

    /** Puts these rows in place of all of that work. */
    void replace(Work work, List<JsonObject> rows) {
        works.removeIf(row -> work.id().equals(row.getString("work")));
        works.addAll(rows);
        works.sort((one, other) -> Integer.compare(place(one), place(other)));
    }

    private static int place(JsonObject row) {
        return Work.of(row.getString("work")).map(Work::ordinal).orElse(Integer.MAX_VALUE);
    }

    /** Puts these rows in place of all that grew along that. */
    void replaceGrowth(String along, List<JsonObject> rows) {
        growth.removeIf(row -> along.equals(row.getString("along")));
        growth.addAll(rows);
    }

    /** A soak begins: those of another one go. */
    void soakBegins(JsonObject run) {
        samples.clear();
        soakIs(run);
    }

    /** What was done in the soak, and what came of it. */
    void soakIs(JsonObject run) {
        soak.clear();
        soak.add(run.copy().put(MACHINE, new JsonObject(Report.machine())));
    }

    /** What was seen at one moment of the soak. */
    void addSample(JsonObject sample) {
        samples.add(sample);
    }

    JsonObject machine() {
        return machine.copy();
    }

    /** What the soak ran on, which may be another one than all else. */
    JsonObject machineOfSoak() {
        return soak().map(run -> run.getJsonObject(MACHINE)).orElse(machine).copy();
    }

    List<JsonObject> peers() {
        return List.copyOf(peers);
    }

    /** The rows of that work, in the order of the systems. */
    List<JsonObject> of(Work work) {
        return works.stream()
                .filter(row -> work.id().equals(row.getString("work")))
                .toList();
    }

    /** The rows of what grew along that, from few to many. */
    List<JsonObject> growth(String along) {
        return growth.stream()
                .filter(row -> along.equals(row.getString("along")))
                .toList();
    }

    /** The soak, or nothing where there was none. */
    Optional<JsonObject> soak() {
        return soak.stream().findFirst();
    }

    /** What was seen in it, from the first moment to the last. */
    List<JsonObject> samples() {
        return List.copyOf(samples);
    }

    /** A row a line, so that a change of one is a change of one line. */
    String json() {
        Map<String, List<JsonObject>> lists =
                Map.of(PEERS, peers, WORKS, works, GROWTH, growth, SOAK, soak, SAMPLES, samples);
        StringBuilder json = new StringBuilder("{\n  \"machine\": ").append(machine.encode());
        for (String name : List.of(PEERS, WORKS, GROWTH, SOAK, SAMPLES)) {
            json.append(",\n  \"").append(name).append("\": [");
            String between = "\n    ";
            for (JsonObject row : lists.getOrDefault(name, List.of())) {
                json.append(between).append(row.encode());
                between = ",\n    ";
            }
            json.append("\n  ]");
        }
        return json.append("\n}\n").toString();
    }
}
