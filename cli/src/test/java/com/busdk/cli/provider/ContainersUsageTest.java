package com.busdk.cli.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.Scopes;
import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.worker.Reply;
import com.busdk.gateway.containers.ContainersProvider;
import com.busdk.gateway.requests.Requests;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may run, and what is recorded of it. */
class ContainersUsageTest extends ContainersFixture {
    @Test
    void shouldSendNothingForAnAccountThatMayNot() {
        honest();
        platform.worker(
                "billing",
                _ -> Future.succeededFuture(Reply.of("{\"allowed\":false,\"reason\":\"billing_required\"}")),
                "bus.billing.entitlement.check.request");
        ContainersProvider provider = platform.containers("billing-backend", "events", "usage-backend", "events");
        Platform.Reply denied = run(provider, alice, CODEX);
        assertEquals(402, denied.status());
        assertEquals("billing_required", denied.errorType());
        assertEquals(
                List.of(),
                platform.history(
                        "bus.usage.record.request", "bus.containers.run.request", "bus.containers.run.accepted"));
        assertEquals(400, run(provider, alice, "{}").status(), "what is wrong anyway asks nobody");
        assertEquals(
                1, platform.history("bus.billing.entitlement.check.request").size());
    }

    @Test
    void shouldRecordEachRunOnce() {
        honest();
        ContainersProvider provider = platform.containers("usage-backend", "events");
        String id = run(provider, alice, CODEX).json().path("run_id").asText();
        List<Envelope> records = platform.historyOf(2, "bus.usage.record.request");
        assertEquals(2, records.size());
        JsonNode finished = Platform.json(records.getLast().payload());
        assertEquals("container_run_finished", finished.path("event_type").asText());
        assertEquals(12, finished.path("data").path("duration_ms").asInt());
        assertEquals(id, finished.path("data").path("run_id").asText());
        assertEquals(id + "-ended", finished.path("event_id").asText());
        long requested = records.getFirst().sequence();
        long asked = platform.history("bus.containers.run.request").getFirst().sequence();
        assertTrue(requested < asked, "recorded before it is begun");
    }

    /** Else a run that its owner deletes just before its end, or whose time is over, could not be billed by any policy. */
    @ParameterizedTest
    @ValueSource(strings = {"cancelled", "timeout"})
    void shouldRecordHowLongAContainerRanThatWasEndedEarly(String error) {
        worker(_ -> Future.succeededFuture(
                new Reply("{\"duration_ms\":4200}", new EventError(error, "by the test"), false)));
        JsonNode data = failure();
        assertEquals(error, data.path("error").asText());
        assertEquals(4_200, data.path("duration_ms").asLong(-1));
    }

    /** Nobody pays for the time in which a machine was made ready. */
    @ParameterizedTest
    @ValueSource(strings = {"cancelled", "timeout"})
    void shouldRecordNoTimeInWhichNothingRan(String error) {
        worker(_ -> Future.succeededFuture(Reply.failed(error, "by the test")));
        JsonNode data = failure();
        assertEquals(error, data.path("error").asText());
        assertTrue(data.path("duration_ms").isMissingNode(), data.toString());
    }

    /** What the record says of a run that fails. */
    private JsonNode failure() {
        run(platform.containers("usage-backend", "events"), alice, CODEX);
        JsonNode failed = Platform.json(
                platform.historyOf(2, "bus.usage.record.request").getLast().payload());
        assertEquals("container_run_failed", failed.path("event_type").asText());
        return failed.path("data");
    }

    @Test
    void shouldNotBeginWhatItCannotRecord() {
        honest();
        var environment = new HashMap<>(platform.environment());
        environment.put("BUS_API_TOKEN", Platform.token("p", Scopes.AUDIENCE_API, SCOPES, true)); // no usage:write
        Platform.Reply reply = run(platform.containers(environment, "usage-backend", "events"), alice, CODEX);
        assertEquals(503, reply.status(), reply.text());
        assertEquals(List.of(), platform.history("bus.containers.run.request"));
        String announced = id(platform.history("bus.containers.run.accepted").getFirst());
        assertEquals(
                announced,
                id(platform.historyOf(1, "bus.containers.run.refused").getFirst()),
                "it is listed no more");
    }

    @Test
    void shouldEndTheRecordOfARunThatCannotBeAnnounced() {
        honest();
        var environment = new HashMap<>(platform.environment());
        String scopes = "container:read container:delete usage:write"; // no container:run
        environment.put("BUS_API_TOKEN", Platform.token("p", Scopes.AUDIENCE_API, scopes, true));
        Platform.Reply reply = run(platform.containers(environment, "usage-backend", "events"), alice, CODEX);
        assertEquals(503, reply.status(), reply.text());
        List<String> types = platform.historyOf(2, "bus.usage.record.request").stream()
                .map(event -> Platform.json(event.payload()).path("event_type").asText())
                .toList();
        assertEquals(List.of("container_run_requested", "container_run_failed"), types);
    }

    @Test
    void shouldKeepOneAccountsRunsFromClosingTheServiceToAnybody() {
        Promise<Reply> end = Promise.promise();
        worker(_ -> end.future());
        platform.worker(
                "status", _ -> Future.succeededFuture(Reply.of("{\"items\":[]}")), "bus.containers.status.request");
        ContainersProvider provider = platform.containers("usage-backend", "events");
        List<CompletableFuture<HttpResponse<String>>> held = new ArrayList<>();
        for (int i = 0; i < Requests.MAX_OWN_LONG; i++) {
            held.add(platform.http.sendAsync(
                    Platform.request("POST", provider.url() + RUNS, alice, CODEX), BodyHandlers.ofString()));
        }
        platform.historyOf(Requests.MAX_OWN_LONG, "bus.containers.run.request");

        Platform.Reply refused = run(provider, alice, CODEX);

        assertEquals(429, refused.status());
        assertEquals("rate_limited", refused.errorType());
        assertTrue(refused.message().contains("bus containers delete"), refused.message());
        assertEquals(List.of("10"), refused.headers().get("retry-after"));
        assertEquals(
                Requests.MAX_OWN_LONG,
                platform.history("bus.containers.run.accepted").size(),
                "what is refused is not announced");
        assertEquals(
                Requests.MAX_OWN_LONG,
                platform.history("bus.usage.record.request").size(),
                "nor recorded");
        assertEquals(
                200,
                platform.get(provider.url() + "/api/v1/containers/status", alice)
                        .status(),
                "what is quick has its own room");
        end.complete(Reply.failed("cancelled", "by the test"));
        held.forEach(answer -> assertEquals(409, answer.join().statusCode()));
        assertEquals(409, run(provider, alice, CODEX).status(), "asked of the worker, as there is room again");
    }

    private static String id(Envelope event) {
        return Platform.json(event.payload()).path("run_id").asText();
    }
}
