package com.busdk.workers.run;

import static com.busdk.workers.store.Hub.json;
import static com.busdk.workers.store.Hub.until;
import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.ListenOptions;
import com.busdk.client.events.RetryPolicy;
import com.busdk.workers.containers.ContainerRunOptions;
import com.busdk.workers.containers.ContainerWorkers;
import com.busdk.workers.containers.StaticContainers;
import com.busdk.workers.store.Hub;
import com.busdk.workers.vm.VmWorkerKind;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An events service in memory that is started again has another log: what was read of the one before is not so any more. */
@Timeout(120)
class AnotherLogTest {
    private static final String FACT = "example.fact";
    private static final String QUESTION = "example.ask.request";
    private static final String SCOPES =
            "events:send events:listen vm:read vm:write container:read container:run container:delete";
    private static final Map<String, String> SOON = Map.of("listener-retry-min", "10ms", "listener-retry-max", "50ms");

    private final Hub hub = new Hub();
    private final EventsClient client = hub.client("worker", SCOPES);
    private final EventsClient user = hub.user("alice", SCOPES);

    @AfterEach
    void close() {
        hub.close();
    }

    private void loseTheLog() {
        hub.goAway();
        hub.comeBack();
    }

    private Envelope published(String name, String payload) {
        await(client.publish(Envelope.builder(name).payload(payload).build()));
        List<Envelope> events = new CopyOnWriteArrayList<>();
        await(client.listen(ListenOptions.of(name).replay().snapshot().build(), event -> {
                    events.add(event);
                    return Future.succeededFuture();
                })
                .ended());
        return events.getLast();
    }

    @Test
    void shouldReadTheOtherLogFromItsBeginning() {
        List<String> read = new CopyOnWriteArrayList<>();
        RetryPolicy soon = new RetryPolicy(true, Duration.ofMillis(10), Duration.ofMillis(50), true);
        EventHistory history = new EventHistory(
                hub.vertx,
                client,
                List.of(FACT),
                List.of(QUESTION),
                soon,
                event -> read.add(event.payload()),
                read::clear);
        for (int i = 0; i < 5; i++) {
            published(FACT, "\"old\"");
        }
        await(history.start());

        hub.goAway();
        until("it has noticed", () -> !history.ready());
        hub.comeBack();
        published(FACT, "1");
        Envelope question = published(QUESTION, "2");

        await(history.upTo(question));
        assertEquals(List.of("1"), read);
        until("it is ready again", history::ready);
        assertFalse(history.broken().isComplete());
        published(FACT, "3");
        await(history.upTo(published(QUESTION, "4")));
        assertEquals(List.of("1", "3"), read);
        await(history.stop());
    }

    /** Its place in the log that was read is far behind, and yet what counts in the new one has not been read. */
    @Test
    void shouldNotAnswerFromTheOtherLogWhileItIsNotConnected() {
        EventHistory history = new EventHistory(
                hub.vertx,
                client,
                List.of(FACT),
                List.of(QUESTION),
                new RetryPolicy(true, Duration.ofMinutes(5), Duration.ofMinutes(5), true),
                ignored -> {},
                () -> {});
        for (int i = 0; i < 5; i++) {
            published(FACT, "\"old\"");
        }
        await(history.start());

        hub.goAway();
        until("it has noticed", () -> !history.ready());
        hub.comeBack();
        Future<Void> reached = history.upTo(published(QUESTION, "2"));

        assertFalse(reached.isComplete());
        await(history.stop());
    }

    @Test
    void shouldForgetWhatTheMachineWas() {
        WorkerContext context = hub.context("vm", SCOPES, SOON, Map.of());
        Hub.Started worker = hub.start(new VmWorkerKind(), context);
        assertEquals("starting", ask("bus.vm.start.request", "{}").path("state").asText());

        loseTheLog();
        becomesReady(worker, "bus.vm.status.request");

        assertEquals("stopped", ask("bus.vm.status.request", "{}").path("state").asText());
    }

    @Test
    void shouldForgetTheRuns() {
        WorkerContext context = hub.context("containers", SCOPES, SOON, Map.of());
        ContainerRunOptions options = ContainerRunOptions.read(Map.of(), Map.of());
        Hub.Started worker = hub.start(
                ContainerWorkers.create(context, new StaticContainers(context.vertx(), options), options, List.of(), 1),
                context);
        ask("bus.containers.run.request", "{\"profile\":\"codex\",\"command\":[\"true\"]}");
        assertEquals(2, ask("bus.containers.status.request", "{}").path("items").size());

        loseTheLog();
        becomesReady(worker, "bus.containers.status.request");
        becomesReady(worker, "bus.containers.run.request");

        assertEquals(1, ask("bus.containers.status.request", "{}").path("items").size(), "the runner alone");
    }

    /** As soon as one listens to it, the service takes that for somebody who answers, and the groups are gone as well. */
    @Test
    void shouldHaveTheGroupsMadeBeforeTheOtherLogIsRead() {
        WorkerContext context = hub.context("vm", SCOPES, SOON, Map.of());
        ContainerRunOptions options = ContainerRunOptions.read(Map.of(), Map.of());
        WorkerSet vms = new VmWorkerKind().create(context);
        WorkerSet runs =
                ContainerWorkers.create(context, new StaticContainers(context.vertx(), options), options, List.of(), 1);
        List<WorkerSet> made = new CopyOnWriteArrayList<>();
        published("bus.vm.start.response", "{}");
        published("bus.containers.run.response", "{}");
        for (WorkerSet set : List.of(vms, runs)) {
            for (WorkerResource resource : set.resources()) {
                resource.beforeAnotherLog(() -> {
                    made.add(set);
                    return Future.succeededFuture();
                });
                await(resource.start());
            }
        }

        loseTheLog();

        until("each has its groups made", () -> made.containsAll(List.of(vms, runs)));
        List.of(vms, runs).forEach(set -> set.resources().forEach(resource -> await(resource.stop())));
        await(context.vertx().close());
    }

    /** Its connections come back one by one: the history's, and that of the group, which is made anew. */
    private void becomesReady(Hub.Started worker, String request) {
        until(
                "the worker has its group again",
                () -> !await(client.groups(request)).path("groups").isEmpty());
        until("the worker is ready again", () -> worker.run().notReady().isEmpty());
        assertTrue(!worker.run().ended().isComplete(), "it lives");
    }

    private JsonNode ask(String name, String payload) {
        return json(await(user.request(Envelope.builder(name).payload(payload).build(), Duration.ofSeconds(40)))
                .payload());
    }
}
