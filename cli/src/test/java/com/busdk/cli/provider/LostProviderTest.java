package com.busdk.cli.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.worker.Reply;
import com.busdk.gateway.containers.ContainersProvider;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is recorded of a run whose provider dies in the middle of it. */
class LostProviderTest extends ContainersFixture {
    private static final String RECORD = "bus.usage.record.request";

    private final Promise<Reply> end = Promise.promise();

    /** Has a run begun by a provider that is cut off then: nothing is answered, drained or recorded by it. */
    private Envelope begunByOneThatDied() {
        worker(request -> {
            begun.complete(request);
            return end.future();
        });
        Vertx own = Vertx.vertx();
        ContainersProvider provider = platform.containers(own, "usage-backend", "events");
        var _ = platform.http.sendAsync(
                Platform.request("POST", provider.url() + RUNS, alice, CODEX), BodyHandlers.ofString());
        Envelope request = Platform.await(begun.future());
        Platform.await(own.close());
        return request;
    }

    /** The records so far: type, id, and what its data says of the outcome. */
    private List<String> records(List<Envelope> events) {
        return events.stream()
                .map(event -> {
                    assertEquals(ALICE, event.identityId());
                    JsonNode record = Platform.json(event.payload());
                    JsonNode data = record.path("data");
                    return record.path("event_type").asText() + " "
                            + record.path("event_id").asText() + " "
                            + data.path("duration_ms").asText()
                            + data.path("error").asText() + " "
                            + data.path("run_id").asText();
                })
                .toList();
    }

    @Test
    void shouldFinishTheRecordOfARunThatGoesOn() {
        Envelope request = begunByOneThatDied();
        String id = request.correlationId();
        ContainersProvider beside = platform.containers("usage-backend", "events");
        runs(beside, alice, list -> list.size() == 1); // it has read the history while the run goes on

        end.complete(Reply.of(result(request, ALICE, "late")));
        platform.historyOf(1, "bus.containers.run.response");
        platform.containers("usage-backend", "events");
        List<Envelope> records = platform.historyOf(2, RECORD);
        assertEquals(
                List.of(
                        "container_run_requested " + id + "-requested  " + id,
                        "container_run_finished " + id + "-ended 12 " + id),
                records(records));
        assertEquals(
                platform.history("bus.containers.run.response")
                        .getFirst()
                        .createdAt()
                        .toString(),
                Platform.json(records.getLast().payload()).path("occurred_at").asText(),
                "when it ended, not when somebody found out");
    }

    @Test
    void shouldFailTheRecordOfARunThatFailed() {
        String id = begunByOneThatDied().correlationId();
        end.complete(new Reply("{\"duration_ms\":4200}", new EventError("cancelled", "by its owner"), false));
        platform.historyOf(1, "bus.containers.run.response");
        platform.containers("usage-backend", "events");
        List<Envelope> records = platform.historyOf(2, RECORD);
        assertEquals(
                List.of(
                        "container_run_requested " + id + "-requested  " + id,
                        "container_run_failed " + id + "-ended 4200cancelled " + id),
                records(records));
    }
}
