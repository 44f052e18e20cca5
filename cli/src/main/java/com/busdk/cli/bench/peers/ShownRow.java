package com.busdk.cli.bench.peers;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;

/**
 * A row of the results in words, for the table and the page alike.
 *
 * @param work what was done
 * @param row of one system
 * @param rows of all systems
 * @param results where the systems have their names
 */
record ShownRow(Work work, JsonObject row, List<JsonObject> rows, Results results) {
    String id() {
        return row.getString("peer");
    }

    /** Whether it is this hub. */
    boolean isOwn() {
        return List.of(HubPeer.ALWAYS.id(), HubPeer.NEVER.id()).contains(id());
    }

    /** Why there are no figures, or nothing. */
    String trouble() {
        return row.getString("failed", "");
    }

    boolean failed() {
        return row.containsKey("failed");
    }

    String title() {
        return ofPeer("title", id());
    }

    String promise() {
        return failed() ? "failed: " + trouble() : ofPeer("promise", "");
    }

    private String ofPeer(String field, String otherwise) {
        return results.peers().stream()
                .filter(peer -> id().equals(peer.getString("peer")))
                .map(peer -> peer.getString(field, otherwise))
                .findFirst()
                .orElse(otherwise);
    }

    String median() {
        return failed() ? "" : Figures.of(medianValue(), work);
    }

    String least() {
        return failed() ? "" : Figures.of(leastValue(), work);
    }

    String most() {
        return failed() ? "" : Figures.of(mostValue(), work);
    }

    double medianValue() {
        return row.getDouble("median", 0.0);
    }

    double leastValue() {
        return rounds().stream().mapToDouble(Double::doubleValue).min().orElse(0);
    }

    double mostValue() {
        return rounds().stream().mapToDouble(Double::doubleValue).max().orElse(0);
    }

    private List<Double> rounds() {
        return row.getJsonArray("rounds", new JsonArray()).stream()
                .map(value -> ((Number) value).doubleValue())
                .toList();
    }

    /** The figure of that hub divided by this one; nothing where one of them is not known. */
    String ratio(Peer hub) {
        return rows.stream()
                .filter(one -> hub.id().equals(one.getString("peer")) && !one.containsKey("failed"))
                .filter(_ -> medianValue() > 0)
                .map(one -> Figures.of(one.getDouble("median", 0.0) / medianValue()))
                .findFirst()
                .orElse("");
    }

    String p99() {
        return failed() ? "" : Figures.of(row.getDouble("p99Millis", 0.0));
    }

    String processor() {
        return failed() ? "" : Figures.of(row.getDouble("processorSecondsPerMillion", 0.0));
    }

    String peak() {
        return failed() ? "" : Figures.of(row.getDouble("peakMib", 0.0));
    }

    /** How many events did not come, in words; nothing where all did. */
    String missing() {
        long missing = row.getLong("missing", 0L);
        return missing == 0 ? "" : String.format(Locale.ROOT, " (%,d missing)", missing);
    }
}
