package com.busdk.workers.upcloud;

import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.worker.Reply;
import com.busdk.workers.upcloud.testing.MovedTime;
import com.busdk.workers.upcloud.testing.Stack;
import com.busdk.workers.upcloud.testing.StubCloud;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Containers in the cloud, from a request to its answer. */
@Timeout(120)
class UpCloudContainersTest extends UpCloudTestCase {
    @Test
    void shouldHandleOneEventAndEnd() {
        stack.ssh(Stack.prints("a b"));
        Stack.Started worker = worker("once", "true");

        assertEquals(
                "a b", json(await(stack.ask(user, RUN, PRINT))).path("stdout").asText());

        await(worker.run().ended());
        assertEquals(
                1, stack.history("bus.containers.run.response", "container:run").size());
    }

    @Test
    void shouldCreateARunnerAndRunAContainerThere() {
        stack.ssh(Stack.prints("OK"));
        worker();
        Envelope answer = await(stack.ask(user, RUN, PRINT));
        assertNull(answer.error());
        JsonNode result = json(answer);
        assertEquals("OK", result.path("stdout").asText());
        assertEquals(0, result.path("exit_code").intValue());
        assertEquals("acc-1", result.path("owner_identity_id").asText());
        assertEquals("runner", result.path("runner_name").asText());
        assertEquals("docker.io/library/alpine:3.20", result.path("image").asText());
        assertEquals("podman", result.path("runtime").asText());
        Envelope script = stack.scripts.getFirst();
        assertEquals(result.path("run_id").asText(), script.correlationId());
        JsonNode payload = json(script);
        assertEquals("127.0.0.1", payload.at("/targets/0/host").asText());
        assertEquals("[\"root\",\"ubuntu\"]", payload.at("/targets/0/users").toString());
        assertTrue(payload.path("script").asText().startsWith("exec podman run "), "it runs podman, and nothing else");
        assertEquals(
                "podman rm -f -t 0 bus-" + script.correlationId() + " </dev/null >/dev/null 2>&1\n"
                        + "podman image exists docker.io/library/alpine:3.20 </dev/null >/dev/null 2>&1"
                        + " || podman pull --quiet docker.io/library/alpine:3.20 </dev/null >/dev/null\n",
                payload.path("prepare").asText(),
                "what is no time of the run");
        assertTrue(payload.path("script").asText().contains("'printf '\\''a b'\\'''"), "and quotes for the shell");
        assertTrue(payload.path("timeout_seconds").intValue() > 1800);
        assertTrue(payload.path("network_bootstrap").isMissingNode());
        assertEquals(1, stack.cloud.machines().size());
    }

    @Test
    void shouldNotTellTheUserThatTheyMayNotWhereItIsTheWorkerThatMayNot() {
        stack.ssh(Stack.prints("OK"));
        stack.workerScopes = Stack.USER;
        worker();
        Envelope answer = await(stack.ask(user, RUN, PRINT));
        assertEquals("unavailable", errorType(answer));
        assertTrue(message(answer).contains("the worker's token lacks ssh:run"), message(answer));
        assertEquals(List.of(), stack.scripts);
    }

    @Test
    void shouldCreateOneRunnerForManyRunsAtTwoWorkers() {
        stack.ssh(Stack.prints("OK"));
        worker();
        worker();
        List<Future<Envelope>> runs = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            runs.add(stack.ask(user, RUN, PRINT));
        }
        runs.forEach(run -> assertEquals("OK", json(await(run)).path("stdout").asText()));
        stack.until(() -> stack.cloud.machines().size() == 1);
        assertEquals(12, stack.scripts.size());
    }

    @Test
    void shouldFinishWhatADeadWorkerBeganWithoutRunningItAgain() {
        Promise<Reply> script = Promise.promise();
        stack.ssh(request -> script.future());
        Stack.Started first = worker();
        Future<Envelope> run = stack.ask(user, RUN, PRINT);
        stack.until(() -> !stack.scripts.isEmpty());
        worker();
        first.die();
        script.complete(await(Stack.prints("once").apply(stack.scripts.getFirst())));
        assertEquals("once", json(await(run)).path("stdout").asText());
        assertEquals(1, stack.scripts.size(), "the script was begun once");
        assertEquals(1, stack.cloud.machines().size());
        assertEquals(1, stack.history("bus.containers.run.response", Stack.USER).size());
    }

    @Test
    void shouldTakeTheAnswerThatCameWhileNobodyListened() {
        Promise<Reply> script = Promise.promise();
        stack.ssh(request -> script.future());
        Stack.Started first = worker();
        Future<Envelope> run = stack.ask(user, RUN, PRINT);
        stack.until(() -> !stack.scripts.isEmpty());
        first.die();
        script.complete(await(Stack.prints("kept").apply(stack.scripts.getFirst())));
        stack.until(() -> !stack.history(SCRIPT_ANSWER, "ssh:run").isEmpty());
        worker();
        assertEquals("kept", json(await(run)).path("stdout").asText());
        assertEquals(1, stack.scripts.size());
    }

    @Test
    void shouldSayAtOnceThatThereIsNoSshWorker() {
        worker();
        assertEquals("no_responders", errorType(await(stack.ask(user, RUN, PRINT))));
    }

    @Test
    void shouldPassOnWhatTheSshWorkerCannotDo() {
        stack.ssh(request -> Future.succeededFuture(Reply.failed("host_key_mismatch", "the key has changed")));
        worker();
        Envelope answer = await(stack.ask(user, RUN, PRINT));
        assertEquals("host_key_mismatch", errorType(answer));
        assertEquals("the key has changed", message(answer));
    }

    @Test
    void shouldTellPodmansFailureFromTheProgramsOwn() {
        stack.ssh(request -> Future.succeededFuture(
                Reply.of("{\"exit_code\":125,\"stdout\":\"\",\"stderr\":\"%s\",\"duration_ms\":1}"
                        .formatted(
                                json(request).path("script").asText().contains("mine")
                                        ? "mine"
                                        : "Error: no such image\\n"))));
        worker();
        Envelope podman = await(stack.ask(user, RUN, PRINT));
        assertEquals("container_error", errorType(podman));
        assertTrue(message(podman).contains("no such image"), message(podman));
        Envelope own = await(stack.ask(user, RUN, "{\"profile\":\"codex\",\"command\":[\"mine\"]}"));
        assertEquals(125, json(own).path("exit_code").intValue());
    }

    @Test
    void shouldPullTheImageWithinWhatIsLeftOfTheTimeForAStart() {
        stack.ssh(Stack.prints("OK"));
        stack.cloud.machine("runner", "maintenance").becomes("started", 3);
        MovedTime time = new MovedTime(stack.vertx);
        stack.worker(
                new UpCloudWorkerKind(ignored -> time),
                Map.of(
                        "provider",
                        "upcloud",
                        "upcloud-api-url",
                        stack.cloud.url().toString(),
                        "container-runner-name",
                        "runner",
                        "container-run-timeout",
                        "1000",
                        "container-start-timeout",
                        "100",
                        "container-ssh-port",
                        Integer.toString(stack.sshdPort())));
        assertEquals(
                "OK", json(await(stack.ask(user, RUN, PRINT))).path("stdout").asText());
        assertEquals(
                1_090, json(stack.scripts.getFirst()).path("timeout_seconds").intValue(), "two looks are 10 s");
    }

    @Test
    void shouldShowUsersThatThereIsARunnerAndNotWhatItIsMadeOf() {
        worker();
        Envelope answer = await(stack.ask(user, "bus.containers.status.request", "{}"));
        assertEquals(
                "{\"items\":[{\"id\":\"runner\",\"state\":\"missing\",\"details\":{\"provider\":\"upcloud\"}}]}",
                answer.payload());
        for (int i = 0; i < 10; i++) {
            stack.cloud.fail("GET", "/server", 401, StubCloud.error("AUTHENTICATION_FAILED", "m"));
        }
        Envelope lost = await(stack.ask(user, "bus.containers.status.request", "{}"));
        assertTrue(lost.payload().contains("unavailable"), lost.payload());
    }

    @Test
    void shouldAnswerWithTheCloudsErrorAndNoneOfItsSecrets() {
        stack.ssh(Stack.prints("OK"));
        worker();
        stack.cloud.fail(
                "POST",
                "/server",
                403,
                StubCloud.error("SERVER_CORE_LIMIT_REACHED", StubCloud.TOKEN + " " + StubCloud.PASSWORD));
        Envelope answer = await(stack.ask(user, RUN, PRINT));
        EventError error = answer.error();
        assertNotNull(error);
        assertEquals("upcloud_error", error.type());
        assertTrue(error.message().contains("SERVER_CORE_LIMIT_REACHED"), error.message());
        assertFalse(answer.toJson().contains("SECRET"), "the token");
        assertFalse(answer.toJson().contains(StubCloud.PASSWORD));
        assertFalse(stack.history("bus.containers.run.response", Stack.USER)
                .toString()
                .contains("SECRET"));
    }

    @Test
    void shouldHaveTheRunnersNetplanWrittenByItsMac() {
        stack.ssh(Stack.prints("OK"));
        worker("runner-apply-netplan", "yes", "runner-dns-servers", "192.0.2.53");
        await(stack.ask(user, RUN, PRINT));
        assertEquals(
                "{\"apply_netplan\":true,\"netplan_mode\":\"mac-match\",\"dns_servers\":[\"192.0.2.53\"],"
                        + "\"interface_mac\":\"6e:28:ff:12:f6:5f\"}",
                json(stack.scripts.getFirst()).path("network_bootstrap").toString());
    }

    @Test
    void shouldServeTheVmEventsToo() {
        stack.cloud.machine("gpu", "stopped");
        worker("vm-name", "gpu");
        assertEquals(
                "stopped",
                json(await(stack.ask(user, "bus.vm.status.request", "{}")))
                        .path("state")
                        .asText());
        Envelope started = await(stack.ask(user, "bus.vm.start.request", "{}"));
        assertTrue(json(started).path("accepted").booleanValue());
        assertEquals(
                "ready",
                json(await(stack.ask(user, "bus.vm.status.request", "{}")))
                        .path("state")
                        .asText());
    }

    @Test
    void shouldAnswerGarbageAndLiveOn() {
        stack.ssh(Stack.prints("OK"));
        worker("vm-name", "gpu");
        for (String payload : List.of("[]", "7", "null", "{\"profile\":7}", "{\"command\":[\"\\u0000\"]}")) {
            assertEquals("bad_request", errorType(await(stack.ask(user, RUN, payload))), payload);
        }
        assertEquals("bad_request", errorType(await(stack.ask(user, "bus.vm.start.request", "[]"))));
        assertEquals(
                "OK", json(await(stack.ask(user, RUN, PRINT))).path("stdout").asText());
    }

    @Test
    void shouldBeDeterministicWithoutACloud() {
        stack.worker("provider", "static", "vm-name", "x");
        assertEquals(
                "OK",
                json(await(stack.ask(user, RUN, "{\"profile\":\"codex\",\"command\":[\"sh\",\"-c\",\"printf OK\"]}")))
                        .path("stdout")
                        .asText());
        assertEquals(
                "{\"state\":\"ready\",\"provider\":\"static\",\"details\":{}}",
                await(stack.ask(user, "bus.vm.status.request", "{}")).payload());
        assertTrue(stack.cloud.calls().isEmpty());
    }
}
