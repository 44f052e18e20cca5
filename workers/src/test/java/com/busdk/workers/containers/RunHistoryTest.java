package com.busdk.workers.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.RetryPolicy;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the history makes of events; nothing is connected. */
class RunHistoryTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

    private final Vertx vertx = Vertx.vertx();
    private final RunHistory history = new RunHistory(
            vertx,
            EventsClient.create(vertx, URI.create("http://127.0.0.1:9/api/v1/events"), TokenSource.fixed("t")),
            RetryPolicy.NONE,
            ContainerRunOptions.DEFAULT,
            Clock.fixed(NOW, ZoneOffset.UTC));
    private long sequence;

    @AfterEach
    void close() {
        vertx.close();
    }

    private Envelope.Builder event(String name, String owner, String payload) {
        sequence++;
        return Envelope.builder(name)
                .identityId(owner)
                .payload(payload)
                .id("evt_" + String.format("%06d", sequence))
                .sequence(sequence)
                .createdAt(NOW);
    }

    /** A request; gives the run's id. */
    private String requested(String owner, String correlationId) {
        Envelope request = event(ContainerEvents.RUN, owner, "{\"profile\":\"codex\",\"command\":[\"true\"]}")
                .correlationId(correlationId)
                .build();
        history.apply(request);
        return ContainerEvents.runId(request);
    }

    private void finished(String owner, String runId, int exitCode) {
        history.apply(event(
                        "bus.containers.run.response",
                        owner,
                        "{\"run_id\":\"" + runId + "\",\"image\":\"example/image\",\"exit_code\":" + exitCode
                                + ",\"duration_ms\":12}")
                .build());
    }

    private void deleted(String owner, String runId) {
        history.apply(event("bus.containers.delete.response", owner, "{\"deleted\":true,\"run_id\":\"" + runId + "\"}")
                .build());
    }

    private List<String> states(String owner) {
        return history.runs(owner).stream()
                .map(run -> run.runId() + " " + run.state().word())
                .toList();
    }

    /** A request that gives its run an id. */
    private Envelope named(String owner, String runId) {
        Envelope request = event(ContainerEvents.RUN, owner, "{\"run_id\":\"" + runId + "\"}")
                .build();
        history.apply(request);
        return request;
    }

    @Test
    void shouldTakeTheIdThatARequestGives() {
        Envelope request = named("acc-1", "run_abc");

        assertEquals("run_abc", history.runIdOf(request));
        assertEquals(List.of("run_abc running"), states("acc-1"));
    }

    @Test
    void shouldNotTakeAnIdThatAnotherRunHasOrHad() {
        Envelope first = named("acc-1", "run_abc");
        Envelope others = named("acc-2", "run_abc");
        Envelope again = named("acc-1", "run_abc");
        deleted("acc-1", "run_abc");
        Envelope late = named("acc-2", "run_abc");

        assertEquals("run_000002", history.runIdOf(others));
        assertEquals("run_000003", history.runIdOf(again));
        assertEquals("run_000005", history.runIdOf(late));
        assertEquals("run_abc", history.runIdOf(first), "or it would be begun again under another name");
        assertEquals(List.of("run_000003 running"), states("acc-1"));
    }

    @Test
    void shouldNotTakeAnIdThatCouldNotBeOne() {
        assertEquals("run_000001", history.runIdOf(named("acc-1", "--privileged")));
    }

    @Test
    void shouldTellARunFromItsRequestToItsEnd() {
        String runId = requested("acc-1", "c-1");
        assertEquals(List.of(runId + " running"), states("acc-1"));

        finished("acc-1", runId, 3);

        assertEquals(
                "{\"id\":\"" + runId + "\",\"state\":\"finished\",\"owner_identity_id\":\"acc-1\",\"details\":{"
                        + "\"image\":\"example/image\",\"requested_at\":\"2026-01-01T12:00:00Z\","
                        + "\"ended_at\":\"2026-01-01T12:00:00Z\",\"exit_code\":3,\"duration_ms\":12}}",
                history.runs("acc-1").getFirst().toJson().toString());
    }

    @Test
    void shouldListNewestFirstAndOnlyTheOwners() {
        String first = requested("acc-1", "c-1");
        requested("acc-2", "c-2");
        String second = requested("acc-1", "c-3");

        assertEquals(List.of(second + " running", first + " running"), states("acc-1"));
        assertEquals(List.of(), states("acc-3"));
    }

    @Test
    void shouldKnowAFailureWithoutARunIdByItsCorrelation() {
        String runId = requested("acc-1", "c-1");
        history.apply(event("bus.containers.run.response", "acc-1", "null")
                .correlationId("c-1")
                .error(new EventError("timeout", "too slow"))
                .build());

        assertEquals(List.of(runId + " failed"), states("acc-1"));
    }

    @Test
    void shouldNotLetAnybodyAnswerForAnother() {
        String runId = requested("acc-1", "c-1");
        finished("acc-2", runId, 0);

        assertEquals(List.of(runId + " running"), states("acc-1"));
        assertEquals(List.of(), states("acc-2"));
    }

    @Test
    void shouldNotLetAnybodyDeleteForAnother() {
        String runId = requested("acc-1", "c-1");
        deleted("acc-2", runId);

        assertEquals(List.of(runId + " running"), states("acc-1"));
        assertFalse(history.wasDeleted(runId));
    }

    @Test
    void shouldTakeARequestForWhatItIsWhateverWasAnsweredBefore() {
        String next = "run_000002";
        finished("acc-2", next, 0);
        String runId = requested("acc-1", "c-1");

        assertEquals(next, runId);
        assertEquals(List.of(runId + " running"), states("acc-1"));
        assertEquals(List.of(), states("acc-2"));
    }

    @Test
    void shouldForgetADeletedRunAlsoWhenItsAnswerComesLater() {
        List<String> told = new ArrayList<>();
        history.onDeleted(told::add);
        String runId = requested("acc-1", "c-1");

        deleted("acc-1", runId);
        finished("acc-1", runId, 0);

        assertEquals(List.of(), states("acc-1"));
        assertTrue(history.wasDeleted(runId));
        assertEquals(List.of(runId), told);
    }

    @Test
    void shouldShowARunWhoseRequestIsNoLongerRetained() {
        finished("acc-1", "run_old", 0);

        assertEquals(List.of("run_old finished"), states("acc-1"));
    }

    @Test
    void shouldCallARunLostThatNobodyAnswersAnyMore() {
        history.apply(event(ContainerEvents.RUN, "acc-1", "{}")
                .createdAt(NOW.minusSeconds(60 * 60))
                .build());

        assertEquals("lost", history.runs("acc-1").getFirst().state().word());
    }

    @Test
    void shouldKeepTheNewestRunsOfAnOwner() {
        for (int i = 0; i < RunTable.MAX_RUNS_OF_OWNER + 5; i++) {
            requested("acc-1", null);
        }

        List<Run> runs = history.runs("acc-1");
        assertEquals(RunTable.MAX_RUNS_OF_OWNER, runs.size());
        assertEquals("run_" + String.format("%06d", sequence), runs.getFirst().runId());
        assertTrue(history.find("run_000005").isEmpty());
        assertTrue(history.find("run_000006").isPresent());
    }

    @Test
    void shouldBoundAllRunsTogether() {
        for (int i = 0; i < RunTable.MAX_RUNS + 3; i++) {
            requested("acc-" + i, null);
        }

        assertEquals(List.of(), states("acc-2"));
        assertEquals(1, states("acc-3").size());
    }

    @Test
    void shouldSkipWhatMakesNoSense() {
        for (String payload : List.of("null", "[]", "7", "\"x\"", "{\"run_id\":7}", "{\"run_id\":{}}")) {
            history.apply(event("bus.containers.run.response", "acc-1", payload).build());
            history.apply(
                    event("bus.containers.delete.response", "acc-1", payload).build());
            history.apply(event(ContainerEvents.RUN, "acc-1", payload).build());
        }

        assertEquals(6, states("acc-1").size(), "the requests are runs, whatever is in them");
    }
}
