package com.busdk.cli.workers;

import static com.busdk.cli.workers.WorkerStack.CONTAINERS;
import static com.busdk.cli.workers.WorkerStack.ask;
import static com.busdk.cli.workers.WorkerStack.asking;
import static com.busdk.cli.workers.WorkerStack.await;
import static com.busdk.cli.workers.WorkerStack.json;
import static com.busdk.cli.workers.WorkerStack.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.workers.containers.ContainerRunOptions;
import com.busdk.workers.containers.ContainerWorkers;
import com.busdk.workers.containers.StaticContainers;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerSet;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Container workers with the pretended runner, beside an events service. */
class ContainersWorkerTest {
    private static final String RUN = "bus.containers.run.request";
    private static final String STATUS = "bus.containers.status.request";
    private static final String DELETE = "bus.containers.delete.request";
    private static final String RESPONSE = "bus.containers.run.response";
    private static final String SLEEP = "{\"profile\":\"codex\",\"command\":[\"sleep\",\"600\"]}";

    private WorkerStack stack;
    private EventsClient user;

    @BeforeEach
    void begin() throws Exception {
        stack = WorkerStack.start();
        user = stack.user("acc-1", CONTAINERS);
    }

    @AfterEach
    void end() throws Exception {
        stack.close();
    }

    private WorkerStack.Started worker() throws Exception {
        return stack.worker("containers", CONTAINERS, ContainersWorkerTest::create);
    }

    private static WorkerSet create(WorkerContext context) {
        ContainerRunOptions options = ContainerRunOptions.DEFAULT;
        return ContainerWorkers.create(context, new StaticContainers(context.vertx(), options), options, List.of(), 4);
    }

    private static List<String> items(EventsClient client) throws Exception {
        List<String> items = new ArrayList<>();
        for (JsonNode item : json(ask(client, STATUS, "{}")).path("items")) {
            items.add(item.path("id").asText() + " " + item.path("state").asText());
        }
        return items;
    }

    private static String errorType(Envelope answer) {
        return answer.error() == null ? "none" : answer.error().type();
    }

    @Test
    void shouldAnswerARunAndShowItToItsOwnerAlone() throws Exception {
        worker();

        Envelope answer = ask(user, RUN, "{\"profile\":\"codex\",\"command\":[\"sh\",\"-c\",\"printf OK\"]}");

        JsonNode result = json(answer);
        assertEquals("OK", result.path("stdout").asText());
        assertEquals(0, result.path("exit_code").asInt(-1));
        assertEquals("acc-1", result.path("owner_identity_id").asText());
        assertEquals("acc-1", answer.identityId());
        String runId = result.path("run_id").asText();
        assertEquals(List.of("static ready", runId + " finished"), items(user));
        assertEquals(List.of("static ready"), items(stack.user("acc-2", CONTAINERS)));
    }

    @Test
    void shouldKeepToTheIdAndTheOutputThatARequestAsksFor() throws Exception {
        worker();

        JsonNode result = json(ask(
                user,
                RUN,
                "{\"run_id\":\"run_mine\",\"profile\":\"codex\",\"args\":[\"printf\",\"12345\"],"
                        + "\"output_limit\":3}"));

        assertEquals("run_mine", result.path("run_id").asText());
        assertEquals("123", result.path("stdout").asText());
        assertEquals(true, result.path("stdout_truncated").asBoolean());
        assertNull(ask(user, DELETE, "{\"run_id\":\"run_mine\"}").error());
    }

    @Test
    void shouldShowRunsAfterARestart() throws Exception {
        WorkerStack.Started first = worker();
        ask(user, RUN, "{\"image\":\"example/i\",\"command\":[\"false\"]}");
        List<String> before = items(user);
        await(first.run().stop());

        worker();

        assertEquals(before, items(user));
    }

    @Test
    void shouldDeleteOnlyTheOwnersRun() throws Exception {
        worker();
        String runId = json(ask(user, RUN, "{\"profile\":\"codex\",\"command\":[\"true\"]}"))
                .path("run_id")
                .asText();
        String payload = "{\"run_id\":\"" + runId + "\"}";

        assertEquals("not_found", errorType(ask(stack.user("acc-2", CONTAINERS), DELETE, payload)));
        assertEquals(
                "{\"deleted\":true,\"run_id\":\"" + runId + "\",\"owner_identity_id\":\"acc-1\"}",
                ask(user, DELETE, payload).payload());
        assertEquals("not_found", errorType(ask(user, DELETE, payload)));
        assertEquals(List.of("static ready"), items(user));
    }

    @Test
    void shouldEndADeletedRunWhicheverWorkerHasIt() throws Exception {
        worker();
        worker();
        for (int i = 0; i < 4; i++) {
            Future<Envelope> run = asking(user, RUN, SLEEP);
            until(() -> items(user).size() == 2);
            String runId = items(user).get(1).split(" ", -1)[0];

            assertNull(ask(user, DELETE, "{\"run_id\":\"" + runId + "\"}").error());

            assertEquals("cancelled", errorType(await(run)));
            assertEquals(List.of("static ready"), items(user));
        }
    }

    @Test
    void shouldLetAnotherWorkerFinishWhatOneGaveBack() throws Exception {
        WorkerStack.Started first = worker();
        Future<Envelope> run = asking(user, RUN, "{\"profile\":\"codex\",\"command\":[\"sleep\",\"2\"]}");
        until(() -> first.run().statuses().stream().anyMatch(status -> status.inHand() > 0));

        worker();
        await(first.run().stop());

        JsonNode result = json(await(run));
        assertEquals(0, result.path("exit_code").asInt(-1));
        assertEquals(1, stack.history(user, RESPONSE).size());
    }

    @Test
    void shouldNotBeginAgainWhatWasAnswered() throws Exception {
        WorkerStack.Started first = worker();
        await(first.run().stop());
        Envelope request =
                Envelope.builder(RUN).payload(SLEEP).correlationId("c-1").build();
        String runId = "run_" + await(user.publish(request)).id().substring("evt_".length());
        await(stack.service(CONTAINERS)
                .publish(Envelope.builder(RESPONSE)
                        .identityId("acc-1")
                        .correlationId("c-1")
                        .payload("{\"run_id\":\"" + runId + "\",\"exit_code\":0}")
                        .build()));

        WorkerStack.Started second = worker();

        until(() -> second.run().statuses().stream().anyMatch(status -> status.answered() == 1));
        assertEquals(1, stack.history(user, RESPONSE).size());
    }

    @Test
    void shouldNotBeginWhatWasDeletedBefore() throws Exception {
        WorkerStack.Started first = worker();
        await(first.run().stop());
        Future<Envelope> run = asking(user, RUN, SLEEP);
        until(() -> !stack.history(user, RUN).isEmpty());
        String runId = "run_" + stack.history(user, RUN).getFirst().id().substring("evt_".length());
        await(stack.service(CONTAINERS)
                .publish(Envelope.builder("bus.containers.delete.response")
                        .identityId("acc-1")
                        .payload("{\"deleted\":true,\"run_id\":\"" + runId + "\"}")
                        .build()));

        worker();

        assertEquals("cancelled", errorType(await(run)));
    }

    @Test
    void shouldCutAResultToWhatAnEventHolds() throws Exception {
        worker();
        String half = "x".repeat(60_000);

        JsonNode result =
                json(ask(user, RUN, "{\"profile\":\"codex\",\"command\":[\"echo\",\"" + half + half + "\"]}"));

        assertEquals(120_001, result.path("stdout").asText().length());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "7",
                "[]",
                "\"x\"",
                "{}",
                "{\"run_id\":7}",
                "{\"image\":\"--privileged\",\"command\":[\"a\"]}",
                "{\"profile\":\"codex\",\"command\":[[]]}"
            })
    void shouldAnswerGarbageWithAnErrorAndGoOn(String payload) throws Exception {
        worker();

        for (String name : new String[] {RUN, DELETE}) {
            Envelope answer = ask(user, name, payload);
            assertNotNull(answer.error(), name);
            assertEquals("bad_request", answer.error().type());
        }
        assertEquals("static ready", items(user).getFirst());
    }
}
