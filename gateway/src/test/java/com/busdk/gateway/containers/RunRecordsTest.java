package com.busdk.gateway.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenMinter.Grant;
import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.gateway.http.Json;
import com.busdk.gateway.usage.EventsUsage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which ends a provider writes itself, and which it leaves to the sweep, before an events service that tests play. */
@Timeout(60)
class RunRecordsTest {
    private static final String SECRET = "a-secret-of-the-tests-that-is-long-enough-for-hs256";
    private static final String ALICE = "11111111-1111-4111-8111-111111111111";

    private final Vertx vertx = Vertx.vertx();
    private final List<String> records = new CopyOnWriteArrayList<>();

    /** What becomes of the request for a run, given its body; unless a test says otherwise nobody answers it. */
    private volatile BiConsumer<HttpServerRequest, Envelope> asked = (request, event) -> {};

    private HttpServer events;
    private ContainersProvider provider;

    @BeforeEach
    void start() throws Exception {
        events = await(vertx.createHttpServer().requestHandler(this::came).listen(0, "127.0.0.1"));
        Map<String, String> environment = Map.of(
                "BUS_API_JWT_SECRET",
                SECRET,
                "BUS_API_TOKEN",
                token("provider", "container:run container:delete usage:write", true),
                "BUS_EVENTS_API_URL",
                "http://127.0.0.1:" + events.actualPort());
        Map<String, String> flags =
                Map.of("addr", "127.0.0.1:0", "usage-backend", "events", "run-timeout", "1s", "run-slack", "0s");
        provider = await(ContainersProvider.start(vertx, ContainersProviderOptions.read(flags, environment)));
    }

    @AfterEach
    void stop() throws Exception {
        await(events.close());
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private static String token(String subject, String scopes, boolean service) {
        return new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC())
                .mint(new Grant(subject, Scopes.AUDIENCE_API, Scopes.parse(scopes), Duration.ofHours(1), service));
    }

    private void came(HttpServerRequest request) {
        if (!request.method().equals(HttpMethod.POST)) {
            request.response()
                    .setChunked(true)
                    .putHeader("Content-Type", "application/x-ndjson")
                    .write("{\"notice\":\"caught_up\"}\n");
            return;
        }
        request.body().onSuccess(body -> {
            Envelope event = Envelope.parse(body.getBytes());
            if (request.path().endsWith("/request")) {
                asked.accept(request, event);
                return;
            }
            if (event.name().equals(EventsUsage.REQUEST)) {
                records.add(Json.payload(event.payload())
                        .orElseThrow()
                        .path("event_type")
                        .asText());
            }
            answer(request, 202, "{\"accepted\":true,\"id\":\"evt_1\",\"name\":\"n.n\",\"sequence\":1}");
        });
    }

    private static void answer(HttpServerRequest request, int status, String json) {
        request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .end(Buffer.buffer(json));
    }

    private static void refuse(HttpServerRequest request, int status, String type) {
        answer(request, status, "{\"error\":{\"type\":\"" + type + "\",\"message\":\"no\"}}");
    }

    /** Runs something; the status of the answer. All records have been sent, or nothing is left to send, when it is here. */
    private int run() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(provider.url() + "/api/v1/containers/runs"))
                .header("Authorization", "Bearer " + token(ALICE, "container:run", false))
                .POST(BodyPublishers.ofString("{\"profile\":\"codex\",\"args\":[\"true\"]}"))
                .build();
        int status;
        try (HttpClient http = HttpClient.newHttpClient()) {
            status = http.send(request, BodyHandlers.ofString()).statusCode();
        }
        await(provider.close());
        return status;
    }

    @Test
    void shouldWriteNoEndOfARunThatMayStillGoOnWhenItStopsWaiting() throws Exception {
        assertEquals(504, run());
        assertEquals(List.of("container_run_requested"), records);
    }

    /** After a fault of the service nobody knows whether the request is in its log, from which a worker gets it. */
    @Test
    void shouldWriteNoEndOfARunThatMayHaveBeenAskedFor() throws Exception {
        asked = (request, event) -> refuse(request, 500, "internal");
        assertEquals(502, run());
        assertEquals(List.of("container_run_requested"), records);
    }

    @ParameterizedTest
    @CsvSource({"503, no_responders, 503", "403, insufficient_access, 503", "413, payload_too_large, 413"})
    void shouldEndARunThatNoWorkerEverGets(int refused, String type, int status) throws Exception {
        asked = (request, event) -> refuse(request, refused, type);
        assertEquals(status, run());
        assertEquals(List.of("container_run_requested", "container_run_failed"), records);
    }

    @Test
    void shouldEndARunAsItsResponseSays() throws Exception {
        asked = (request, event) -> answer(
                request,
                200,
                Envelope.builder(RunBook.RESPONSE)
                        .id("evt_2")
                        .identityId(event.identityId())
                        .correlationId(event.correlationId())
                        .payload("null")
                        .error(new EventError("timeout", "too long"))
                        .build()
                        .toJson());
        assertEquals(504, run());
        assertEquals(List.of("container_run_requested", "container_run_failed"), records);
    }
}
