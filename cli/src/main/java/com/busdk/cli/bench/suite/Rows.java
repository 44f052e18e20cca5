package com.busdk.cli.bench.suite;

import com.busdk.cli.bench.suite.Row.Reached;
import com.busdk.cli.command.CliException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What was measured. A work that fails is a row that says so, and each row is handed on as it comes: what the others
 * gave is lost neither with a work that fails nor with a run that is broken off. On the command's thread.
 */
final class Rows {
    private final List<Row> rows = new ArrayList<>();
    private final Taker taker;
    private boolean failed;

    /** @param taker gets each row when it is there */
    Rows(Taker taker) {
        this.taker = taker;
    }

    /** Does something with a row. */
    @FunctionalInterface
    interface Taker {
        void take(Row row) throws IOException;
    }

    /** Measures something. */
    @FunctionalInterface
    interface Work {
        List<Row> run() throws IOException, InterruptedException;
    }

    /** Measures one thing. */
    @FunctionalInterface
    interface SingleWork {
        Row run() throws IOException, InterruptedException;
    }

    void add(String what, SingleWork work) throws IOException, InterruptedException {
        addAll(what, () -> List.of(work.run()));
    }

    void addAll(String what, Work work) throws IOException, InterruptedException {
        List<Row> measured;
        try {
            measured = work.run();
        } catch (CliException | IOException e) {
            failed = true;
            measured = List.of(new Row(what, "", "", "failed: " + e.getMessage(), Reached.MISSED, Map.of()));
        }
        for (Row row : measured) {
            rows.add(row);
            taker.take(row);
        }
    }

    List<Row> list() {
        return List.copyOf(rows);
    }

    boolean failed() {
        return failed;
    }
}
