package com.busdk.cli.bench.suite;

import com.busdk.cli.bench.GetLoad;
import com.busdk.cli.bench.LoadResult;
import com.busdk.cli.bench.Target;
import com.busdk.cli.bench.Timing;
import com.busdk.cli.bench.TokensLoad;
import com.busdk.cli.bench.suite.Row.Reached;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.identity.Audiences;
import com.busdk.client.identity.TokenSettings;
import com.busdk.client.identity.TokenVerifier;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What it costs to look at tokens: the check alone, in this process, and the processor time of the events service for
 * requests with one token and with many in turn, which a service that remembers tokens should not be able to tell apart.
 */
final class TokenWorks {
    private static final double RATE = 2_000;
    private static final int TOKENS = 2_000;
    private static final int CONNECTIONS = 16;
    private static final String PATH = "/groups?name=example.bench";
    private static final String SCOPES = "events:listen";

    /** Checks of one measurement: a second or so at the slowest. */
    private static final int CHECKS = 2_000_000;

    /** Less than what the processor time of two equal runs differs by. */
    private static final double MOST_PERCENT_OF_PROCESSOR = 1;

    private final Bench bench;

    TokenWorks(Bench bench) {
        this.bench = bench;
    }

    /** Measures all of it. */
    Row checks() throws IOException, InterruptedException {
        bench.say("token checks");
        List<String> tokens = bench.tokens(SCOPES, TOKENS);
        Map<String, Double> figures = new LinkedHashMap<>();
        double cached = alone(tokens, figures);
        inService(tokens, figures);
        double share = cached * RATE / 1e9 * 100;
        figures.put("percentOfProcessor", share);
        boolean reached = share < MOST_PERCENT_OF_PROCESSOR;
        return new Row(
                String.format(Locale.ROOT, "token checks, %,.0f/s", RATE),
                "nothing measurable (< 1 % of a processor)",
                "",
                String.format(
                        Locale.ROOT,
                        "a check %.0f ns (the first of a token %.1f µs): %.2f %% of a processor; events service, %,.0f"
                                + " requests/s: %.0f µs each with one token, %.0f µs with %,d in turn, %.0f µs for one"
                                + " that needs none",
                        figures.get("cachedNanos"),
                        figures.get("firstMicros"),
                        share,
                        RATE,
                        figures.get("oneTokenMicros"),
                        figures.get("manyTokensMicros"),
                        TOKENS,
                        figures.get("noTokenMicros")),
                Reached.of(reached, reached),
                figures);
    }

    /** Returns the nanoseconds of a check of a token that is remembered. */
    private double alone(List<String> tokens, Map<String, Double> figures) {
        Vertx vertx = Vertx.vertx();
        try {
            List<String> headers =
                    tokens.stream().map(token -> "Bearer " + token).toList();
            double first = Double.MAX_VALUE;
            double cached = Double.MAX_VALUE;
            // The best of several, since the first ones run uncompiled.
            for (int round = 0; round < 2 + bench.scale().rounds(); round++) {
                TokenVerifier verifier = TokenVerifier.create(
                                vertx,
                                new TokenSettings(List.of(Hs256Secret.parse(bench.secret())), null, Audiences.DEFAULT),
                                InstantSource.system())
                        .await();
                long before = System.nanoTime();
                headers.forEach(header -> verifier.verify(header).result());
                first = Math.min(first, (System.nanoTime() - before) / 1e3 / TOKENS);
                cached = Math.min(cached, cachedNanos(verifier, headers));
            }
            figures.put("firstMicros", first);
            figures.put("cachedNanos", cached);
            return cached;
        } finally {
            vertx.close().await();
        }
    }

    private static double cachedNanos(TokenVerifier verifier, List<String> headers) {
        long before = System.nanoTime();
        for (int i = 0; i < CHECKS; i++) {
            if (verifier.cached(headers.get(i % TOKENS)) == null) {
                throw new IllegalStateException("a token that was verified is not remembered");
            }
        }
        return (System.nanoTime() - before) / (double) CHECKS;
    }

    private void inService(List<String> tokens, Map<String, Double> figures) throws IOException, InterruptedException {
        Path data = bench.newFolder();
        Timing timing = Timing.of(Duration.ZERO, bench.scale().duration().dividedBy(2));
        List<Double> one = new ArrayList<>();
        List<Double> many = new ArrayList<>();
        List<Double> none = new ArrayList<>();
        try (ServerProcess service = bench.service(data)) {
            Target target = bench.target(service, SCOPES);
            var sameToken = new TokensLoad(CONNECTIONS, RATE, PATH, tokens.subList(0, 1), timing);
            var otherTokens = new TokensLoad(CONNECTIONS, RATE, PATH, tokens, timing);
            var noToken = new GetLoad(CONNECTIONS, RATE, "/healthz", timing);
            Target root = new Target(target.host(), target.port(), "", null);
            for (int round = 0; round <= bench.scale().rounds(); round++) {
                double sameTime = micros(service, () -> sameToken.run(bench.client(), target));
                double otherTime = micros(service, () -> otherTokens.run(bench.client(), target));
                double noTime = micros(service, () -> noToken.run(bench.client(), root));
                if (round > 0) { // the first is the warm-up
                    one.add(sameTime);
                    many.add(otherTime);
                    none.add(noTime);
                }
            }
        } finally {
            Bench.delete(data);
        }
        figures.put("oneTokenMicros", Median.of(one, Double::doubleValue));
        figures.put("manyTokensMicros", Median.of(many, Double::doubleValue));
        figures.put("noTokenMicros", Median.of(none, Double::doubleValue));
    }

    private interface Load {
        LoadResult run() throws InterruptedException;
    }

    /** Processor time that the service takes for each request of a load. */
    private static double micros(ServerProcess service, Load load) throws InterruptedException {
        Duration before = service.processorTime();
        LoadResult result = load.run();
        return service.processorTime().minus(before).toNanos() / 1e3 / Math.max(1, result.count());
    }
}
