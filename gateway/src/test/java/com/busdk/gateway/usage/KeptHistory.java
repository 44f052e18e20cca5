package com.busdk.gateway.usage;

import com.busdk.client.config.GoDuration;
import com.busdk.client.event.Envelope;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An events service that has a history: it takes events and gives snapshots of what it has, by name, correlation id, and
 * what comes behind an id or a time. Served on an event loop; a test may add and look from its own thread.
 */
final class KeptHistory {
    private static final String JSON = "application/json";

    private final HttpServer server;
    private final List<Envelope> events = new CopyOnWriteArrayList<>();

    private final List<String> reads = new CopyOnWriteArrayList<>();

    /** Whether what is published is refused, as by a service that has no room. */
    volatile boolean full;

    /** Whether ids are of another log, as after the data has been lost. */
    volatile boolean another;

    /** Whether ids are refused for another reason than that. */
    volatile boolean picky;

    /** What is published is refused for good where it contains this. */
    volatile String refused = "\0";

    KeptHistory(Vertx vertx) throws Exception {
        server = vertx.createHttpServer()
                .requestHandler(this::answer)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.actualPort());
    }

    /** Appends an event, which was created then. */
    Envelope add(Envelope.Builder event, Instant at) {
        Envelope stored =
                event.id("evt_%08d".formatted(events.size() + 1)).createdAt(at).build();
        events.add(stored);
        return stored;
    }

    /** Loses all that it has. */
    void lose() {
        events.clear();
        another = true;
    }

    List<Envelope> named(String name) {
        return events.stream().filter(event -> event.name().equals(name)).toList();
    }

    /** How often events of a name were asked for so far. */
    int reads(String name) {
        return Collections.frequency(reads, name);
    }

    private void answer(HttpServerRequest request) {
        reads.addAll(request.params().getAll("name"));
        if (request.method().equals(HttpMethod.POST)) {
            request.body().onSuccess(body -> {
                if (body.toString().contains(refused)) {
                    fail(request, 400, "bad_request");
                } else if (full) {
                    fail(request, 503, "unavailable");
                } else {
                    Envelope given = Envelope.parse(body.getBytes());
                    Envelope stored = add(
                            Envelope.builder(given.name())
                                    .payload(given.payload())
                                    .identityId(given.identityId())
                                    .correlationId(given.correlationId())
                                    .idempotencyKey(given.idempotencyKey()),
                            Instant.EPOCH);
                    request.response()
                            .setStatusCode(202)
                            .putHeader("Content-Type", JSON)
                            .end("{\"accepted\":true,\"id\":\"" + stored.id() + "\",\"name\":\"" + stored.name()
                                    + "\",\"sequence\":" + events.size() + "}");
                }
            });
        } else if (another && request.getParam("after") != null) {
            fail(request, 400, "bad_request\",\"code\":\"unknown_position");
        } else if (picky && request.getParam("after") != null) {
            fail(request, 400, "bad_request");
        } else {
            request.response().putHeader("Content-Type", "application/x-ndjson").end(lines(request));
        }
    }

    private String lines(HttpServerRequest request) {
        String after = request.getParam("after", "");
        boolean all = !after.isEmpty() || request.getParam("replay") != null;
        Instant since = all ? Instant.MIN : since(request.getParam("since"));
        String correlationId = request.getParam("correlationId");
        StringBuilder lines = new StringBuilder();
        for (Envelope event : events) {
            boolean wanted = request.params().getAll("name").contains(event.name())
                    && String.valueOf(event.id()).compareTo(after) > 0
                    && !Objects.requireNonNull(event.createdAt()).isBefore(since)
                    && (correlationId == null || correlationId.equals(event.correlationId()));
            if (wanted) {
                lines.append(event.toJson()).append('\n');
            }
        }
        return lines.toString();
    }

    /** A time, or how long ago; without either there is nothing but what is yet to come. */
    private static Instant since(@Nullable String given) {
        if (given == null) {
            return Instant.MAX;
        }
        return given.endsWith("Z") ? Instant.parse(given) : Instant.now().minus(GoDuration.parse(given));
    }

    private static void fail(HttpServerRequest request, int status, String type) {
        request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", JSON)
                .end("{\"error\":{\"type\":\"" + type + "\",\"message\":\"later\"}}");
    }

    Future<Void> stop() {
        return server.close();
    }
}
