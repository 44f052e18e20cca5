package com.busdk.cli.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run's whole way, with real parts: command, gateway, provider, event, UpCloud worker, event, SSH runner, sshd, podman, and
 * all the way back. The cloud is a stand-in; the machine that it gives out is this one at another address.
 */
@Timeout(value = 400, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PlatformIT {
    private static final String RUN = "bus.containers.run.request";
    private static final String RAN = "bus.containers.run.response";
    private static final String SCRIPT = "bus.ssh.script.run.request";
    private static final String SCRIPT_RAN = "bus.ssh.script.run.response";

    /** Says that it has begun, waits until the test opens the gate, and says that it has come to its end. */
    private static final String WAITING = """
        echo begun >>"$GATE/@NAME@.begun"
        until [ -e "$GATE/@NAME@.open" ]; do sleep 0.1; done
        echo ended >>"$GATE/@NAME@.ended"
        echo BUS_CONTAINER_OK\
        """;

    private static RunnerMachine machine;

    private Platform platform;

    /** Who sees only that a run has failed has nothing to look at: the parts tell what they have seen. */
    @RegisterExtension
    final AfterTestExecutionCallback story = context -> {
        Throwable failure = context.getExecutionException().orElse(null);
        if (failure != null && platform != null) {
            failure.addSuppressed(new IllegalStateException(platform.story()));
        }
    };

    @BeforeAll
    static void startMachine(@TempDir Path folder, TestReporter reporter) throws Exception {
        machine = RunnerMachine.start(folder);
        reporter.publishEntry("containers by", machine.podman());
    }

    @AfterAll
    static void stopMachine() throws Exception {
        if (machine != null) {
            machine.close();
        }
    }

    @BeforeEach
    void startPlatform(@TempDir Path folder) throws Exception {
        platform = Platform.start(folder, machine);
    }

    @AfterEach
    void stopPlatform() {
        if (platform != null) {
            platform.close();
        }
    }

    @Test
    void shouldRunContainersOnTheMachineThatTheCloudGives() throws Exception {
        // Through a shell, since not a byte may come to what the container prints.
        var ran = platform.user()
                .shell("bus containers run --profile codex -- sh -c 'printf BUS_CONTAINER_OK' >out; echo $?");
        assertEquals(new Bus.Ended(0, "0\n", ""), ran);
        assertEquals("BUS_CONTAINER_OK", platform.user().file("out"));
        String awkward = "it's a \"test\" of $(false) `false` \\ ; ö\n and a second line\n";
        var told = platform.user()
                .run(
                        "containers",
                        "run",
                        "--profile",
                        "codex",
                        "--",
                        "sh",
                        "-c",
                        "printf %s \"$1\" >&2; exit 7",
                        "x",
                        awkward);
        assertEquals(new Bus.Ended(7, "", awkward), told);
        assertEquals(1, platform.cloud().created());
        assertEquals(0, platform.cloud().refused());

        List<JsonNode> history = platform.history(RUN, RAN, SCRIPT, SCRIPT_RAN);
        assertEquals(
                List.of(RUN, SCRIPT, SCRIPT_RAN, RAN, RUN, SCRIPT, SCRIPT_RAN, RAN),
                history.stream().map(event -> event.path("name").asText()).toList());
        assertIsOneRun(history.subList(0, 4), "BUS_CONTAINER_OK");
        assertIsOneRun(history.subList(4, 8), "");

        var runs = platform.user().run("containers", "runs", "--format", "json");
        assertEquals(0, runs.code(), runs.err());
        assertTrue(runs.out().contains(runId(history)), runs.out());
    }

    @Test
    void shouldEndInOneAnswerIfAWorkerOfEachKindDies() throws Exception {
        try (Bus.Running run = begin("killed")) {
            awaitLines("killed.begun", 1);
            Platform.Worker upcloud = platform.busy(platform.upclouds());
            Platform.Worker runner = platform.busy(platform.runners());
            upcloud.kill();
            runner.kill();
            Platform.Worker otherUpcloud = other(platform.upclouds(), upcloud);
            Platform.Worker otherRunner = other(platform.runners(), runner);
            platform.busy(List.of(otherUpcloud));
            platform.busy(List.of(otherRunner));
            // The other runner follows what it finds of the run.
            machine.open("killed.open");
            assertEquals(new Bus.Ended(0, "BUS_CONTAINER_OK\n", ""), run.end());
            platform.awaitIdle(List.of(otherUpcloud, otherRunner));
        }
        assertEquals(1, machine.gate("killed.begun").size(), "it was begun again");
        assertEquals(1, machine.gate("killed.ended").size());
        assertIsOneRun(platform.history(RUN, SCRIPT, SCRIPT_RAN, RAN), "BUS_CONTAINER_OK\n");
        assertEquals(1, platform.cloud().created());
        assertEquals(0, platform.cloud().refused());
    }

    @Test
    void shouldEndWithOneServerIfTheWorkerThatCreatesItDies() throws Exception {
        platform.cloud().hold();
        machine.open("created.open");
        try (Bus.Running run = begin("created")) {
            Patience.until("a server is created", () -> platform.cloud().created() > 0, machine::log);
            Platform.Worker upcloud = platform.busy(platform.upclouds());
            upcloud.kill();
            Platform.Worker other = other(platform.upclouds(), upcloud);
            platform.busy(List.of(other));
            platform.cloud().letOut();
            assertEquals(new Bus.Ended(0, "BUS_CONTAINER_OK\n", ""), run.end());
            platform.awaitIdle(List.of(other));
        }
        assertEquals(1, machine.gate("created.begun").size());
        assertIsOneRun(platform.history(RUN, SCRIPT, SCRIPT_RAN, RAN), "BUS_CONTAINER_OK\n");
        assertEquals(1, platform.cloud().created());
        assertEquals(1, platform.cloud().servers());
    }

    @Test
    void shouldEndWhatRunsOnTheMachineWhenItsRunIsDeleted() throws Exception {
        try (Bus.Running run = begin("deleted")) {
            awaitLines("deleted.begun", 1);
            assertFalse(machine.running().isEmpty());
            var runs = platform.user().run("containers", "runs", "--format", "json");
            String id = new ObjectMapper()
                    .readTree(runs.out())
                    .path("runs")
                    .path(0)
                    .path("run_id")
                    .asText();

            assertEquals(0, platform.user().run("containers", "delete", id).code(), id);

            Bus.Ended ended = run.end();
            assertEquals(1, ended.code(), ended.toString());
            assertTrue(ended.err().contains("was deleted before it ended"), ended.err());
            Patience.until(
                    "nothing runs on the machine", () -> machine.running().isEmpty(), machine::log);
            platform.awaitIdle(platform.upclouds());
            platform.awaitIdle(platform.runners());
        }
        assertEquals(List.of(), machine.gate("deleted.ended"));
        // The script is cancelled first, and says how long it ran. (The other response is that of the script that
        // removes its container, whose id goes on behind a dot.)
        JsonNode script = platform.history(SCRIPT_RAN).stream()
                .filter(response -> response.path("correlationId").asText().indexOf('.') < 0)
                .findFirst()
                .orElseThrow();
        assertEquals("cancelled", script.at("/error/type").asText(), script.toString());
        long ran = script.at("/payload/duration_ms").asLong();
        assertTrue(ran > 0, script.toString());
        List<JsonNode> answers = platform.history(RAN);
        assertEquals(1, answers.size());
        assertEquals("cancelled", answers.getFirst().at("/error/type").asText());
        assertEquals(ran, answers.getFirst().at("/payload/duration_ms").asLong(), answers.toString());
    }

    @Test
    void shouldEndWhatRunsOnTheMachineOnCtrlC() throws Exception {
        try (Bus.Running run = begin("interrupted")) {
            awaitLines("interrupted.begun", 1);
            assertFalse(machine.running().isEmpty());

            run.signal("INT");

            Bus.Ended ended = run.end();
            assertEquals(130, ended.code(), ended.toString());
            assertEquals("", ended.out());
            assertTrue(ended.err().contains(" is cancelled"), ended.err());
            Patience.until(
                    "nothing runs on the machine", () -> machine.running().isEmpty(), machine::log);
            platform.awaitIdle(platform.upclouds());
            platform.awaitIdle(platform.runners());
        }
        assertEquals(List.of(), machine.gate("interrupted.ended"));
        List<JsonNode> answers = platform.history(RAN);
        assertEquals(1, answers.size());
        assertEquals("cancelled", answers.getFirst().at("/error/type").asText());
    }

    private Bus.Running begin(String name) throws IOException {
        String script = WAITING.replace("@NAME@", name);
        Bus.Running run = platform.user().start("containers", "run", "--profile", "codex", "--", "sh", "-c", script);
        run.feed("");
        return run;
    }

    private static void awaitLines(String name, int lines) throws Exception {
        Patience.until(
                name + " has " + lines + " lines", () -> machine.gate(name).size() >= lines, machine::log);
    }

    private static Platform.Worker other(List<Platform.Worker> two, Platform.Worker one) {
        return two.getFirst().equals(one) ? two.getLast() : two.getFirst();
    }

    private static String runId(List<JsonNode> events) {
        return payload(events.getLast()).path("run_id").asText();
    }

    private static JsonNode payload(JsonNode event) {
        return event.path("payload");
    }

    /** Four events: asked, script asked, script answered, answered; each answer once, and for the one who asked. */
    private static void assertIsOneRun(List<JsonNode> events, String output) throws IOException {
        assertEquals(
                List.of(RUN, SCRIPT, SCRIPT_RAN, RAN),
                events.stream().map(event -> event.path("name").asText()).toList());
        JsonNode asked = events.get(0);
        JsonNode script = events.get(1);
        JsonNode done = events.get(2);
        JsonNode answer = events.get(3);
        for (JsonNode event : events) {
            assertEquals(Platform.USER, event.path("identityId").asText(), event.toString());
            assertTrue(event.path("error").isMissingNode(), event.toString());
        }
        assertEquals(asked.path("correlationId"), answer.path("correlationId"));
        assertEquals(script.path("correlationId"), done.path("correlationId"));
        String runId = payload(answer).path("run_id").asText();
        assertEquals(runId, script.path("correlationId").asText());
        assertEquals(output, payload(answer).path("stdout").asText());
        assertEquals(RunnerMachine.ADDRESS, payload(done).at("/target/host").asText());
        assertEquals(RunnerMachine.user(), payload(done).at("/target/user").asText());
        String name = "--name bus-" + runId + " ";
        assertTrue(payload(script).path("script").asText().contains(name), script.toString());
        assertTrue(
                machine.calls().stream().anyMatch(call -> call.startsWith("run ") && call.contains(name)),
                "podman was not called for " + runId);
    }
}
