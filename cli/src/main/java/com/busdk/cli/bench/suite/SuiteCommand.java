package com.busdk.cli.bench.suite;

import com.busdk.cli.ExitCode;
import com.busdk.cli.Signals;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.logging.Logs;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** {@code bus events bench suite}: everything there is to measure, beside a server that does nothing, as a table. */
public final class SuiteCommand extends Command {
    private static final List<String> WORKS = List.of(
            "publish",
            "listen",
            "history",
            "idle",
            "start",
            "durability",
            "slow-disk",
            "workers",
            "waiting",
            "whole",
            "accounts",
            "commands");

    private static final String FILE = "file";
    private static final String NATS = "nats";

    private final Argument<String> backend = option(
            "BACKEND",
            "file (default), or nats: one, two and three services before a nats-server that is started for it",
            "--backend");
    private final Argument<Boolean> quick =
            flag("everything once and small: shows that it runs, not how fast", "--quick");
    private final Argument<Boolean> full =
            flag("longer, with 10 M events in the history and a log of 10 GiB", "--full");
    private final Argument<List<String>> only =
            repeatable("WORK", "only this, of " + String.join(", ", WORKS) + "; may be repeated", "--only");
    private final Argument<String> results = option(
            "FILE",
            "write the figures to FILE as JSON, each as it comes, and keep those that are in it of other works",
            "--results");
    private final Argument<String> folder =
            option("DIR", "keep the logs of the services in DIR; default: a temporary folder", "--dir");
    private final Argument<String> serviceOptions =
            option("OPTIONS", "options for the JVM of the service, in one argument", "--service-jvm");

    @Override
    public String description() {
        return """
            Starts a service on the file backend, with a flush for every commit and tokens checked, and beside it a bare \
            Vert.x server; puts every kind of load on them in turn and prints the figures beside the goals. Takes about \
            twenty minutes, needs 2 GiB of disk (with --full 15 GiB) and a machine that does nothing else.\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of("bus events bench suite --quick", "bus events bench suite --only publish --only listen");
    }

    @Override
    public Set<Format> formats() {
        return Collections.unmodifiableSet(EnumSet.of(Format.TEXT, Format.JSON, Format.TSV));
    }

    @Override
    public void check() {
        if (quick.given() && full.given()) {
            throw CliException.usage("--quick and --full contradict each other: give one of them");
        }
        if (!List.of(FILE, NATS).contains(backend.or(FILE))) {
            throw CliException.usage("--backend is file or nats");
        }
        if (backend.or(FILE).equals(NATS) && only.given()) {
            throw CliException.usage("--only chooses works of the file backend; those of nats go together");
        }
        for (String work : only.or(List.of())) {
            if (!WORKS.contains(work)) {
                throw CliException.usage("there is no work of that name: --only takes " + String.join(", ", WORKS));
            }
        }
    }

    @Override
    public int run(Invocation invocation) throws IOException, InterruptedException {
        // Whoever ends it ends what it has started: an interrupt closes everything on the way out.
        Thread suite = Thread.currentThread();
        Signals.handle("INT", suite::interrupt);
        Signals.handle("TERM", suite::interrupt);
        String home = System.getProperty("bus.home");
        if (home == null || !Files.isExecutable(Path.of(home, "bin", "bus"))) {
            throw CliException.failed("this needs the distribution: start it with scripts/bench or an installed bus");
        }
        Logs.forClient(invocation);
        Scale scale = quick.given() ? Scale.QUICK : full.given() ? Scale.FULL : Scale.NORMAL;
        String given = folder.orNull();
        Path work = given == null
                ? Files.createTempDirectory("bus-bench")
                : Files.createDirectories(invocation.resolve(given));
        var report = new Report(scale);
        Path file = results.given() ? invocation.resolve(results.required()) : null;
        var saved = new Report(scale);
        if (file != null && Files.exists(file)) {
            saved.keep(Files.readString(file));
        }
        var rows = new Rows(row -> {
            invocation.note("  " + row.work() + ": " + row.measured());
            report.add(row);
            saved.add(row);
            if (file != null) {
                Files.writeString(file, saved.json());
            }
        });
        try (var bench = new Bench(Path.of(home), work, scale, serviceOptions.or(""), invocation::note)) {
            measure(bench, rows);
        } finally {
            if (given == null) {
                Bench.delete(work);
            }
        }
        print(invocation, rows.list(), report.json());
        return rows.failed() ? ExitCode.FAILED : ExitCode.OK;
    }

    private void measure(Bench bench, Rows rows) throws IOException, InterruptedException {
        if (backend.or(FILE).equals(NATS)) {
            new NatsWorks(bench).run(rows);
            return;
        }
        Set<String> chosen = new TreeSet<>(only.given() ? only.required() : WORKS);
        try (ServerProcess bare = bench.bareServer()) {
            if (chosen.contains("publish") || chosen.contains("listen")) {
                rows.addAll("live", () -> List.of(live(bench, bare, chosen, rows)));
            }
            if (chosen.contains("history")) {
                rows.addAll("history", () -> new HistoryWorks(bench).run(bare));
            }
        }
        var processes = new ProcessWorks(bench);
        if (chosen.contains("idle")) {
            rows.add("idle", processes::idleListeners);
        }
        if (chosen.contains("start")) {
            rows.add("start", processes::start);
        }
        if (chosen.contains("durability")) {
            rows.add("durability", processes::durability);
        }
        if (chosen.contains("slow-disk")) {
            rows.add("slow-disk", processes::slowDisk);
        }
        if (chosen.contains("workers")) {
            rows.add("workers", new WorkerWorks(bench)::computing);
        }
        if (chosen.contains("waiting")) {
            rows.add("waiting", new WorkerWorks(bench)::waiting);
        }
        if (chosen.contains("whole")) {
            var whole = new WholeRequestWork(bench);
            rows.add("whole", whole::processes);
            rows.add("whole, bus up", whole::stack);
        }
        if (chosen.contains("accounts")) {
            var accounts = new AccountWorks(bench);
            rows.add("token checks", new TokenWorks(bench)::checks);
            rows.add("entitlement checks", accounts::entitlements);
            rows.add("usage records on PostgreSQL", accounts::recordsOnPostgres);
            rows.add("usage records on SQLite", accounts::recordsOnSqlite);
        }
        if (chosen.contains("commands")) {
            rows.addAll("commands", processes::commands);
        }
    }

    private static Row live(Bench bench, ServerProcess bare, Set<String> chosen, Rows rows)
            throws IOException, InterruptedException {
        Path data = bench.newFolder();
        try (ServerProcess service = bench.service(data)) {
            var memory = new MemoryWatch(service);
            if (chosen.contains("publish")) {
                var publish = new PublishWorks(bench, service, bare);
                rows.add("single publish", publish::single);
                memory.look("single publish");
                rows.add("publish of lines", publish::lines);
                memory.look("publish of lines");
                rows.add("requests", publish::requests);
                memory.look("requests");
            }
            if (chosen.contains("listen")) {
                var listen = new ListenWorks(bench, service);
                rows.add("publish to listener", listen::idle);
                rows.add("broadcast", listen::broadcast);
                memory.look("broadcast");
                rows.add("group", listen::group);
                memory.look("group");
            }
            return memory.row();
        } finally {
            Bench.delete(data);
        }
    }

    private static void print(Invocation invocation, List<Row> rows, String json) {
        switch (invocation.common().format()) {
            case JSON -> invocation.out().print(json);
            case TSV -> table(rows).printTsv(invocation.out());
            case TEXT, TOKEN -> table(rows).printText(invocation.out(), invocation.style());
        }
    }

    private static Table table(List<Row> rows) {
        var table = new Table(
                Column.text("work"),
                Column.text("goal"),
                Column.text("then"),
                Column.text("reached"),
                Column.text("measured"));
        rows.forEach(row ->
                table.row(row.work(), row.goal(), row.then(), row.reached().word(), row.measured()));
        return table;
    }
}
