package com.busdk.cli.bench.suite;

import com.busdk.cli.bench.suite.Row.Reached;
import com.busdk.cli.command.CliException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What was measured. A work that fails is a row that says so: what the others gave is not lost with it. */
final class Rows {
    private final List<Row> rows = new ArrayList<>();
    private boolean failed;

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

    void add(String what, SingleWork work) throws InterruptedException {
        addAll(what, () -> List.of(work.run()));
    }

    void addAll(String what, Work work) throws InterruptedException {
        try {
            rows.addAll(work.run());
        } catch (CliException | IOException e) {
            failed = true;
            rows.add(new Row(what, "", "", "failed: " + e.getMessage(), Reached.MISSED, Map.of()));
        }
    }

    List<Row> list() {
        return List.copyOf(rows);
    }

    boolean failed() {
        return failed;
    }
}
