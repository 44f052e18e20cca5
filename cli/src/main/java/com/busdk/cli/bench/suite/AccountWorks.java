package com.busdk.cli.bench.suite;

import com.busdk.cli.bench.LoadResult;
import com.busdk.cli.bench.QuestionLoad;
import com.busdk.cli.bench.ReplayLoad;
import com.busdk.cli.bench.Target;
import com.busdk.cli.bench.Timing;
import com.busdk.cli.bench.suite.Row.Reached;
import com.busdk.cli.command.CliException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What accounts cost: whether an account may do something, asked through events as providers do, and records of usage as
 * they are stored. Events service, worker and PostgreSQL are processes of their own.
 */
final class AccountWorks {
    private static final String CHECK = "bus.billing.entitlement.check.";
    private static final String RECORD = "bus.usage.record.";
    private static final String REQUEST = "request";
    private static final String RESPONSE = "response";
    private static final String BILLING_SCOPES =
            "billing:read billing:setup billing:entitlement:check" + " billing:subscription:write billing:usage:export";
    private static final String USAGE_SCOPES = "usage:read usage:write usage:delete billing:usage:export";
    private static final String ACCOUNT = "6f1c2a34-0000-4000-8000-0123456789ab";
    private static final double CHECKS_PER_SECOND = 500;

    /** More than are under way at that rate: none waits for a connection. */
    private static final int CONNECTIONS = 32;

    private static final double MOST_CHECK_P99_MILLIS = 20;
    private static final double LEAST_RECORDS_PER_SECOND = 5_000;

    /** Two windows of one meter, as the plans that come with the program have. */
    private static final String QUOTAS = """
        {"plans":[{"id":"default","quotas":[
          {"feature":"container:run","meter_event_name":"bus_container_runtime_seconds","window":"day","limit":1000000},
          {"feature":"container:run","meter_event_name":"bus_container_runtime_seconds","window":"month","limit":1000000}
        ]}]}
        """;

    private final Bench bench;

    AccountWorks(Bench bench) {
        this.bench = bench;
    }

    /** Checks through events, the billing worker on SQLite. */
    Row entitlements() throws IOException, InterruptedException {
        bench.say("entitlement checks through events");
        Path data = bench.newFolder();
        Files.createDirectories(data);
        Path quotas = Files.writeString(data.resolve("quota.json"), QUOTAS);
        List<LoadResult> results = new ArrayList<>();
        try (ServerProcess service = bench.service(data.resolve("events"));
                ServerProcess worker = bench.part(
                        service,
                        BILLING_SCOPES,
                        Map.of("BUS_BILLING_DATABASE_URL", "sqlite:" + data.resolve("billing.db")),
                        List.of("integration", "billing", "--quota-config", quotas.toString()),
                        "--health-addr")) {
            Target target = bench.target(service, BILLING_SCOPES);
            var calls = new EventsCalls(target);
            calls.request(envelope("bus.billing.checkout_session.request", "null"));
            mustAllow(calls);
            // At the pace of the measurement it would take minutes until both sides have compiled what runs often.
            new QuestionLoad(
                            CONNECTIONS,
                            0,
                            check(),
                            Timing.of(Duration.ZERO, bench.scale().duration()))
                    .run(bench.client(), target);
            var load = new QuestionLoad(CONNECTIONS, CHECKS_PER_SECOND, check(), timing());
            for (int round = 0; round < bench.scale().rounds(); round++) {
                results.add(load.run(bench.client(), target));
            }
            mustAllow(calls);
            worker.stop(); // finishes what it has in hand before anything is counted
            checkAnsweredOnce(target, CHECK);
        } finally {
            Bench.delete(data);
        }
        return checks(results);
    }

    private static void mustAllow(EventsCalls calls) throws IOException, InterruptedException {
        String answer = calls.request(check());
        if (!answer.contains("\"allowed\":true")) {
            throw CliException.failed("an account that is set up is not allowed to run containers: " + answer);
        }
    }

    private static String check() {
        return envelope(CHECK + REQUEST, "{\"account_id\":\"" + ACCOUNT + "\",\"scope\":\"container:run\"}");
    }

    private static String envelope(String name, String payload) {
        return "{\"name\":\"" + name + "\",\"identityId\":\"" + ACCOUNT + "\",\"payload\":" + payload + "}";
    }

    private Row checks(List<LoadResult> results) {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("perSecond", Median.of(results, LoadResult::perSecond));
        figures.put("p50Millis", Median.of(results, result -> result.micros(50) / 1e3));
        figures.put("p99Millis", Median.of(results, result -> result.micros(99) / 1e3));
        figures.put("p999Millis", Median.of(results, result -> result.micros(99.9) / 1e3));
        long missing = results.stream().mapToLong(LoadResult::missing).sum();
        figures.put("missing", (double) missing);
        boolean reached = figures.get("p99Millis") < MOST_CHECK_P99_MILLIS && missing == 0;
        return new Row(
                String.format(Locale.ROOT, "entitlement checks through events, %.0f/s, SQLite", CHECKS_PER_SECOND),
                "p99 < 20 ms",
                "",
                String.format(
                        Locale.ROOT,
                        "%.0f/s; p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms; each answered once",
                        figures.get("perSecond"),
                        figures.get("p50Millis"),
                        figures.get("p99Millis"),
                        figures.get("p999Millis")),
                Reached.of(reached, reached),
                figures);
    }

    /** Records on PostgreSQL, or a row that says why not. */
    Row recordsOnPostgres() throws IOException, InterruptedException {
        Optional<Path> programs = PostgresProcess.programs();
        if (programs.isEmpty()) {
            return new Row(
                    "usage records, PostgreSQL",
                    "≥ 5,000/s",
                    "",
                    "no PostgreSQL on this machine: install postgresql",
                    Reached.MISSED,
                    Map.of());
        }
        try (PostgresProcess server = PostgresProcess.start(programs.get())) {
            return records("PostgreSQL", "postgres", _ -> server.url(), "≥ 5,000/s");
        }
    }

    /** Records on SQLite, for which there is no goal. */
    Row recordsOnSqlite() throws IOException, InterruptedException {
        return records("SQLite", "sqlite", data -> "sqlite:" + data.resolve("usage.db"), "");
    }

    private interface Place {
        String in(Path data);
    }

    /** A backlog of records, from its publication until the last of them is stored and answered. */
    private Row records(String database, String backend, Place place, String goal)
            throws IOException, InterruptedException {
        bench.say("usage records on " + database);
        Path data = bench.newFolder();
        Files.createDirectories(data);
        int count = (int)
                (LEAST_RECORDS_PER_SECOND * Math.max(1, bench.scale().duration().toSeconds()));
        List<Double> seconds = new ArrayList<>();
        List<Double> workerMicros = new ArrayList<>();
        List<Double> serviceMicros = new ArrayList<>();
        try (ServerProcess service = bench.service(data.resolve("events"));
                ServerProcess worker = bench.part(
                        service,
                        USAGE_SCOPES,
                        Map.of("BUS_USAGE_DATABASE_URL", place.in(data)),
                        List.of("integration", "usage", "--usage-backend", backend),
                        "--health-addr")) {
            Target target = bench.target(service, USAGE_SCOPES);
            var calls = new EventsCalls(target);
            drain(calls, 0, count); // both sides compile what runs often
            for (int round = 1; round <= bench.scale().rounds(); round++) {
                Duration ofWorker = worker.processorTime();
                Duration ofService = service.processorTime();
                seconds.add(drain(calls, round, count));
                workerMicros.add(micros(worker.processorTime().minus(ofWorker), count));
                serviceMicros.add(micros(service.processorTime().minus(ofService), count));
            }
            worker.stop();
            checkAnsweredOnce(target, RECORD);
        } finally {
            Bench.delete(data);
        }
        return records(database, goal, count, seconds, workerMicros, serviceMicros);
    }

    private static Row records(
            String database,
            String goal,
            int count,
            List<Double> seconds,
            List<Double> workerMicros,
            List<Double> serviceMicros) {
        double rate = count / Median.of(seconds, Double::doubleValue);
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("perSecond", rate);
        figures.put("workerMicrosPerRecord", Median.of(workerMicros, Double::doubleValue));
        figures.put("serviceMicrosPerRecord", Median.of(serviceMicros, Double::doubleValue));
        figures.put("processors", (double) Runtime.getRuntime().availableProcessors());
        boolean reached = rate >= LEAST_RECORDS_PER_SECOND;
        return new Row(
                "usage records, " + database,
                goal,
                "",
                String.format(
                        Locale.ROOT,
                        "%,.0f/s stored and answered once; processor time of a record: worker %.0f µs, events service"
                                + " %.0f µs",
                        rate,
                        figures.get("workerMicrosPerRecord"),
                        figures.get("serviceMicrosPerRecord")),
                goal.isEmpty() ? Reached.NONE_SET : Reached.of(reached, reached),
                figures);
    }

    private static double micros(Duration time, int of) {
        return time.toNanos() / 1e3 / of;
    }

    /** Publishes records, and waits until the group has done all of them. Returns the seconds that took. */
    private static double drain(EventsCalls calls, int round, int count) throws IOException, InterruptedException {
        long before = System.nanoTime();
        calls.publish(count, number -> record(round, number));
        calls.awaitDone(RECORD + REQUEST);
        return (System.nanoTime() - before) / 1e9;
    }

    private static String record(int round, int number) {
        return "{\"name\":\"" + RECORD + REQUEST + "\",\"identityId\":\"" + ACCOUNT
                + "\",\"payload\":{\"event_type\":\"runtime_start_finished\",\"event_id\":\"bench-" + round + "-"
                + number + "\",\"account_id\":\"" + ACCOUNT
                + "\",\"occurred_at\":\"2026-01-01T00:00:00Z\",\"data\":{\"state\":\"ready\",\"duration_ms\":1200}}}\n";
    }

    private Timing timing() {
        return Timing.of(bench.scale().warmup(), bench.scale().duration());
    }

    private void checkAnsweredOnce(Target target, String name) throws InterruptedException {
        long requests = stored(target, name + REQUEST);
        long responses = stored(target, name + RESPONSE);
        if (requests == 0 || requests != responses) {
            throw CliException.failed("the worker answered " + requests + " requests with " + responses
                    + " responses: that is a defect, whatever the rate");
        }
    }

    private long stored(Target target, String name) throws InterruptedException {
        return new ReplayLoad(1, List.of(name), 0, 1)
                .run(bench.client(), target)
                .count();
    }
}
