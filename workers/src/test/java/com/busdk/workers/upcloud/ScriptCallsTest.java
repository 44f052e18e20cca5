package com.busdk.workers.upcloud;

import static com.busdk.workers.upcloud.testing.Await.await;
import static com.busdk.workers.upcloud.testing.Await.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.RetryPolicy;
import com.busdk.client.http.ApiException;
import com.busdk.workers.containers.EndedRun;
import com.busdk.workers.containers.RunRequest;
import com.busdk.workers.containers.RunResult;
import com.busdk.workers.upcloud.api.CloudTime;
import com.busdk.workers.upcloud.api.UpCloudClient;
import com.busdk.workers.upcloud.options.ApiToken;
import com.busdk.workers.upcloud.options.RunnerOptions;
import com.busdk.workers.upcloud.options.UpCloudOptions;
import com.busdk.workers.upcloud.runner.RunnerManager;
import com.busdk.workers.upcloud.testing.HeldTime;
import com.busdk.workers.upcloud.testing.StubCloud;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What scripts ask of a hub that is played: how far they look back, and what they do when it says no. */
@Timeout(60)
class ScriptCallsTest {
    private static final Instant LONG_AGO = Instant.parse("2026-11-05T10:00:00Z");
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final RunRequest RUN =
            new RunRequest("run_1", "acc-1", "image", List.of("true"), Duration.ofMinutes(1), LONG_AGO);

    private final Vertx vertx = Vertx.vertx();

    /** How the next publishes are answered; those behind them are taken. */
    private final Queue<Integer> refusals = new ConcurrentLinkedQueue<>();

    /** Whether a script has no answer before it is cancelled. */
    private volatile boolean silent;

    /** The error of a script that was ended. */
    private volatile String error = "cancelled";

    /** The removal of a container is answered behind this. */
    private volatile Future<Void> held = Future.succeededFuture();

    private final Promise<Void> removal = Promise.promise();

    private volatile @Nullable HttpServerResponse listening;
    private final Promise<Void> listened = Promise.promise();

    private final List<String> published = new CopyOnWriteArrayList<>();
    private final List<String> sinces = new CopyOnWriteArrayList<>();
    private final HttpServer hub = vertx.createHttpServer().requestHandler(this::received);
    private final ScriptCalls scripts;

    ScriptCallsTest() {
        await(hub.listen(0, "127.0.0.1"));
        EventsClient client = EventsClient.create(
                vertx, URI.create("http://127.0.0.1:" + hub.actualPort()), TokenSource.fixed("a-token-of-tests"));
        scripts = new ScriptCalls(
                vertx, client, new RetryPolicy(true, Duration.ofMillis(1), Duration.ofMillis(2), false));
    }

    @AfterEach
    void close() {
        await(vertx.close());
    }

    private void received(HttpServerRequest request) {
        if (request.path().endsWith("/stream")) {
            sinces.add(request.getParam("since"));
            boolean asked = String.valueOf(request.getParam("name")).equals(ScriptCalls.RUN);
            if (silent && !asked && request.getParam("follow") == null) {
                listening = request.response().setChunked(true).putHeader("Content-Type", "application/x-ndjson");
                listening.writeHead();
                listened.tryComplete();
                return;
            }
            Envelope event = (asked ? Envelope.builder(ScriptCalls.RUN) : Envelope.builder(ScriptCalls.ANSWER))
                    .id("evt_1")
                    .correlationId("run_1")
                    .payload("{\"exit_code\":0}")
                    .build();
            request.response().putHeader("Content-Type", "application/x-ndjson").end(event.toJson() + "\n");
            return;
        }
        request.body().onSuccess(body -> {
            published.add(body.toString());
            sayEnded();
            if (body.toString().contains("\"correlationId\":\"run_1.end\"")) {
                removal.tryComplete();
                held.onComplete(ignored -> answer(request.response()));
            } else {
                answer(request.response());
            }
        });
    }

    /** Whoever waits for the script's answer hears that it was ended. */
    private void sayEnded() {
        HttpServerResponse stream = listening;
        if (stream != null) {
            Envelope answer = Envelope.builder(ScriptCalls.ANSWER)
                    .id("evt_2")
                    .correlationId("run_1")
                    .payload("{\"duration_ms\":4200}")
                    .error(new EventError(error, "it was ended"))
                    .build();
            stream.write(answer.toJson() + "\n");
        }
    }

    private void answer(HttpServerResponse response) {
        Integer refusal = refusals.poll();
        response.setStatusCode(refusal == null ? 202 : refusal)
                .putHeader("Content-Type", "application/json")
                .end(
                        refusal == null
                                ? "{\"id\":\"evt_1\",\"name\":\"n.n\",\"sequence\":1}"
                                : "{\"error\":{\"type\":\"e\",\"message\":\"m\"}}");
    }

    @Test
    void shouldLookForWhatAWorkerOfLongAgoHasSentFromTheRunsRequestOn() {
        Optional<Envelope> sent = await(scripts.sent("run_1", LONG_AGO));
        assertEquals(ScriptCalls.RUN, sent.orElseThrow().name());
        assertFrom(LONG_AGO);
    }

    @Test
    void shouldTakeTheAnswerOfLongAgoAndSendNothing() {
        Future<String> answer = scripts.run(
                "run_1",
                "acc-1",
                JsonNodeFactory.instance.objectNode(),
                Duration.ofMinutes(1),
                LONG_AGO,
                Promise.promise().future());
        assertEquals("{\"exit_code\":0}", await(answer));
        assertFrom(LONG_AGO);
        assertEquals(List.of(), published);
    }

    /** A little before it, for clocks that differ. */
    private void assertFrom(Instant request) {
        for (String since : sinces) {
            Instant from = Instant.parse(since);
            assertTrue(!from.isAfter(request) && from.isAfter(request.minus(Duration.ofMinutes(2))), since);
        }
        assertTrue(!sinces.isEmpty());
    }

    /** It was begun late, since all sessions were taken, and runs: it is ended, and its answer says for how long it did. */
    @Test
    void shouldEndAScriptThatIsNotAnsweredInTimeAndTakeItsLastWords() {
        silent = true;
        EndedRun end = failure(
                EndedRun.class,
                scripts.run(
                        "run_1",
                        "acc-1",
                        JsonNodeFactory.instance.objectNode(),
                        Duration.ofMillis(50).minus(ScriptCalls.GRACE),
                        LONG_AGO,
                        Promise.promise().future()));
        assertEquals("timeout", end.error().type(), "nobody else has ended it");
        assertEquals(Duration.ofMillis(4_200), end.ran());
        assertEquals(1, published.size(), published.toString());
        assertTrue(published.getFirst().contains("\"idempotencyKey\":\"cancel:run_1\""), published.getFirst());
    }

    /** It waits for its turn then, and nobody could send it again. */
    @Test
    void shouldSendAScriptThatHasToBeDoneUntilTheHubTakesIt() {
        refusals.addAll(List.of(429, 503));
        await(scripts.send("run_1.end", "acc-1", JsonNodeFactory.instance.objectNode()));
        assertEquals(3, published.size());
        assertEquals(1, published.stream().distinct().count(), "it is the same event");
        assertTrue(published.getFirst().contains("\"idempotencyKey\":\"script:run_1.end\""), published.getFirst());
        assertTrue(published.getFirst().contains("\"correlationId\":\"run_1.end\""), published.getFirst());
    }

    /** A worker that stops has no more time for what it has in hand. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldWaitUntilTheHubHasTheRemovalOfAContainer(boolean taken) {
        HeldTime time = new HeldTime();
        UpCloudContainers containers = containers(time, Map.of());
        Promise<Void> kept = Promise.promise();
        held = kept.future();
        Future<Void> discarded = containers.discard(RUN);
        await(removal.future());
        Future<Void> told = containers.told(LIMIT);
        await(scripts.sent("run_1", LONG_AGO)); // any answer of the hub
        assertFalse(told.isComplete());
        assertFalse(discarded.isComplete(), "nobody sends it for a run that is answered");
        if (taken) {
            kept.complete();
        } else {
            time.release(LIMIT);
        }
        await(told);
        kept.tryComplete();
        await(discarded);
    }

    /** Nobody sends it for a run that is answered, should the worker be killed in between. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNotAnswerARunBeforeTheHubHasTheRemovalOfItsContainer(boolean deleted) {
        silent = true;
        try (StubCloud cloud = StubCloud.start(vertx)) {
            cloud.machine("runner", "started");
            UpCloudContainers containers = containers(
                    CloudTime.real(vertx),
                    Map.of("upcloud-api-url", cloud.url().toString(), "container-ssh-target", "root@127.0.0.1"));
            Promise<Void> kept = Promise.promise();
            held = kept.future();
            Future<RunResult> run = containers.run(RUN);
            await(listened.future());
            if (deleted) {
                containers.cancel("run_1");
            } else {
                sayEnded();
            }
            await(removal.future());
            await(scripts.sent("run_1", LONG_AGO)); // any answer of the hub
            assertFalse(run.isComplete());
            kept.complete();
            EndedRun end = failure(EndedRun.class, run);
            assertEquals("cancelled", end.error().type());
            assertEquals(Duration.ofMillis(4_200), end.ran());
        }
    }

    /** A hub that has no time for that has none for as long as whoever ends a run waits, and longer. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldSayHowLongADeletedRunRanHoweverLateTheHubHasTheRemovalOfItsContainer(boolean waiting) {
        silent = true;
        HeldTime time = new HeldTime();
        try (StubCloud cloud = StubCloud.start(vertx)) {
            cloud.machine("runner", waiting ? "maintenance" : "started");
            UpCloudContainers containers = containers(
                    time, Map.of("upcloud-api-url", cloud.url().toString(), "container-ssh-target", "root@127.0.0.1"));
            Promise<Void> kept = Promise.promise();
            held = kept.future();
            Future<RunResult> run = containers.run(RUN);
            if (waiting) { // for the runner, behind a worker that has begun it
                containers.cancel("run_1");
            } else {
                error = "timeout";
            }
            await(listened.future());
            sayEnded();
            await(removal.future());
            if (!waiting) {
                containers.cancel("run_1");
            }
            time.release(UpCloudContainers.CANCELLED_WITHIN);
            await(scripts.sent("run_1", LONG_AGO)); // any answer of the hub
            assertFalse(run.isComplete());
            kept.complete();
            EndedRun end = failure(EndedRun.class, run);
            assertEquals(error, end.error().type());
            assertEquals(Duration.ofMillis(4_200), end.ran());
        }
    }

    private UpCloudContainers containers(CloudTime time, Map<String, String> more) {
        Map<String, String> flags =
                new HashMap<>(Map.of("container-runner-name", "runner", "container-ssh-keys", "/dev/null"));
        flags.putAll(more);
        UpCloudOptions options = UpCloudOptions.read(flags, Map.of("UPCLOUD_TOKEN", StubCloud.TOKEN));
        RunnerOptions runner = Objects.requireNonNull(options.runner());
        RunnerManager manager = new RunnerManager(
                vertx,
                new UpCloudClient(vertx, options.apiUrl(), ApiToken.of(StubCloud.TOKEN), time),
                time,
                runner,
                options.policy(),
                (host, port) -> Future.succeededFuture(true),
                Duration.ofHours(1));
        return new UpCloudContainers(manager, scripts, options.run(), options.policy(), runner.name(), time);
    }

    @Test
    void shouldAskAgainToEndAScriptWhereTheHubHasNoTime() {
        refusals.addAll(List.of(429, 503));
        await(scripts.cancel("run_1", "acc-1"));
        assertEquals(3, published.size());
        assertEquals(1, published.stream().distinct().count(), "it is the same event");
        assertTrue(published.getFirst().contains("\"idempotencyKey\":\"cancel:run_1\""), published.getFirst());
    }

    @Test
    void shouldNotAskAgainToEndAScriptThatItMayNotEnd() {
        refusals.add(403);
        assertEquals(
                403,
                failure(ApiException.class, scripts.cancel("run_1", "acc-1")).status());
        assertEquals(1, published.size());
    }
}
