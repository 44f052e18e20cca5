package com.busdk.workers.upcloud;

import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.worker.Reply;
import com.busdk.workers.upcloud.testing.Stack;
import com.busdk.workers.upcloud.testing.StubCloud.Machine;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs in the cloud that are deleted or take too long, also where their worker has died: what is answered, and what is left. */
@Timeout(120)
class UpCloudEndedRunsTest extends UpCloudTestCase {
    private Stack.Started first;

    /** A run that is asked for, and whose script has begun and ends as that says; other scripts print nothing. */
    private Future<Envelope> begun(Future<Reply> script, String... flags) {
        stack.ssh(request -> json(request).path("script").asText().contains("podman run")
                ? script
                : Stack.prints("").apply(request));
        first = worker(flags);
        Future<Envelope> run = stack.ask(user, RUN, PRINT);
        stack.until(() -> !stack.scripts.isEmpty());
        return run;
    }

    @Test
    void shouldEndScriptAndContainerOfARunThatIsDeleted() {
        Promise<Reply> script = Promise.promise();
        Future<Envelope> run = begun(script.future());
        String runId = String.valueOf(stack.scripts.getFirst().correlationId());
        Envelope deleted = await(stack.ask(user, "bus.containers.delete.request", "{\"run_id\":\"" + runId + "\"}"));
        assertTrue(json(deleted).path("deleted").booleanValue());
        Envelope end = await(run);
        assertEquals("cancelled", errorType(end));
        assertTrue(json(end).path("duration_ms").isMissingNode(), "nobody knows how long it ran, if it did");
        stack.until(() -> stack.scripts.size() == 2);
        assertTrue(json(stack.scripts.get(1)).path("prepare").isMissingNode());
        String removal = json(stack.scripts.get(1)).path("script").asText();
        assertTrue(removal.contains("podman rm") && removal.contains(runId), removal);
        assertEquals(1, cancels().size());
        assertTrue(cancels().getFirst().payload().contains(runId));
        Duration between = Duration.between(
                cancels().getFirst().createdAt(), stack.scripts.get(1).createdAt());
        assertTrue(
                between.compareTo(Duration.ofSeconds(10)) > 0,
                "until it is over it may make a container, and there is one removal: " + between);
    }

    private static Reply exit(int code, long durationMs) {
        return Reply.of(
                "{\"exit_code\":%d,\"stdout\":\"\",\"stderr\":\"\",\"duration_ms\":%d}".formatted(code, durationMs));
    }

    /** All sessions of the SSH worker are taken: it ends the script at once, and begins no other meanwhile. */
    @ParameterizedTest
    @CsvSource({"4200, 4200", "1900000, 1800000", "-1, "})
    void shouldSayHowLongAContainerRanUntilItWasDeleted(long ran, Long billed) {
        Promise<Reply> script = Promise.promise();
        stack.ssh(request -> json(request).path("script").asText().contains("podman run")
                ? script.future()
                : Promise.<Reply>promise().future());
        first = worker();
        Future<Envelope> run = stack.ask(user, RUN, PRINT);
        stack.until(() -> !stack.scripts.isEmpty());
        String runId = String.valueOf(stack.scripts.getFirst().correlationId());
        await(stack.ask(user, "bus.containers.delete.request", "{\"run_id\":\"" + runId + "\"}"));
        stack.until(() -> !cancels().isEmpty());
        script.complete(ended("cancelled", ran));
        Envelope end = await(run);
        assertEquals("cancelled", errorType(end));
        assertEquals(
                "{\"run_id\":\"" + runId + "\",\"owner_identity_id\":\"acc-1\""
                        + (billed == null ? "}" : ",\"duration_ms\":" + billed + "}"),
                end.payload());
        assertEnded(runId);
    }

    /** What the SSH worker answers of a script that was ended. */
    private static Reply ended(String error, long ran) {
        String payload = ran < 0 ? "null" : "{\"duration_ms\":" + ran + "}";
        return new Reply(payload, new EventError(error, "it was ended"), false);
    }

    @Test
    void shouldAnswerWithWhatAContainerDidThatHasEndedByItselfAsItWasDeleted() {
        Promise<Reply> script = Promise.promise();
        Future<Envelope> run = begun(script.future());
        String runId = String.valueOf(stack.scripts.getFirst().correlationId());
        await(stack.ask(user, "bus.containers.delete.request", "{\"run_id\":\"" + runId + "\"}"));
        stack.until(() -> !cancels().isEmpty());
        script.complete(exit(7, 4_200));
        Envelope end = await(run);
        assertEquals("none", errorType(end));
        assertEquals(7, json(end).path("exit_code").intValue());
        assertEquals(4_200, json(end).path("duration_ms").longValue());
        assertEnded(runId);
    }

    private static Long billed(Envelope end) {
        return json(end).has("duration_ms") ? json(end).path("duration_ms").longValue() : null;
    }

    /** As where a worker has waited for its answer in vain, and the next one finds what came of that. */
    @ParameterizedTest
    @CsvSource({"4200, 1000", "-1, "})
    void shouldNotSayOfARunThatItWasDeletedWhereAWorkerHasGivenItUp(long ran, Long billed) {
        stack.cloud.machine("runner", "started");
        Promise<Reply> script = Promise.promise();
        Future<Envelope> run = begun(script.future(), "container-run-timeout", "1s", "container-start-timeout", "1s");
        stack.vertx.setTimer(2_500, ignored -> script.complete(ended("cancelled", ran)));
        Envelope end = await(run);
        assertEquals("timeout", errorType(end));
        assertEquals(billed, billed(end));
        assertTrue(billed != null || message(end).startsWith("the run did not begin"), message(end));
    }

    /** Its image may have taken part of its time. */
    @ParameterizedTest
    @CsvSource({"1900000, 1800000, 'after 1800 s, its timeout'", "900000, 900000, 'after 900 s: '"})
    void shouldNotBillMoreThanARunMayTakeThatTheSshWorkerHasEnded(long ran, long billed, String word) {
        Envelope end = await(begun(Future.succeededFuture(ended("timeout", ran))));
        assertEquals("timeout", errorType(end));
        assertEquals(billed, billed(end));
        assertTrue(message(end).contains(word), message(end));
    }

    /** Another worker knows of the deletion, and this one does not yet. */
    @ParameterizedTest
    @CsvSource({"4200, 4200", "-1, "})
    void shouldSayThatARunWasDeletedWhereItsScriptIsCancelledInItsTime(long ran, Long billed) {
        Envelope end = await(begun(Future.succeededFuture(ended("cancelled", ran))));
        assertEquals("cancelled", errorType(end));
        assertEquals(billed, billed(end));
    }

    /** It had waited for a worker for longer than it may take, or what its script said has: neither tells who has ended it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldSayThatARunWasDeletedHoweverLongItHasWaited(boolean forItsWorker) {
        stack.cloud.machine("runner", "started");
        String[] brief = {"container-run-timeout", "1s", "container-start-timeout", "1s"};
        Promise<Reply> script = Promise.promise();
        Future<Envelope> run;
        if (forItsWorker) {
            stack.ssh(request -> script.future());
            await(worker(brief).run().stop()); // the group is there
            run = stack.ask(user, RUN, PRINT);
        } else {
            run = begun(script.future(), brief);
            first.die();
        }
        script.complete(ended("cancelled", 4_200));
        stack.until(
                () -> forItsWorker || !stack.history(SCRIPT_ANSWER, "ssh:run").isEmpty());
        Promise<Void> longer = Promise.promise();
        stack.vertx.setTimer(2_500, ignored -> longer.complete());
        await(longer.future());
        worker(brief);
        Envelope end = await(run);
        assertEquals("cancelled", errorType(end));
        assertEquals(1_000L, billed(end));
    }

    @Test
    void shouldNotTakeForARunWhatWasEndedAsItsImageWasMadeReady() {
        Envelope end = await(begun(Future.succeededFuture(exit(137, 0))));
        assertEquals("container_error", errorType(end));
        assertTrue(message(end).contains("137"), message(end));
    }

    @Test
    void shouldNotBillMoreThanARunMayTake() {
        Envelope end = await(begun(Future.succeededFuture(exit(0, 1_900_000))));
        assertEquals(1_800_000, json(end).path("duration_ms").longValue());
    }

    @Test
    void shouldSayHowLongAContainerRanThatItsTimeEnded() {
        Envelope end = await(begun(Future.succeededFuture(exit(255, 1_900_000))));
        assertEquals("timeout", errorType(end));
        assertEquals(1_800_000, json(end).path("duration_ms").longValue(), "without the time for its image");
    }

    private List<Envelope> cancels() {
        return stack.history("bus.ssh.script.cancel.request", "ssh:run");
    }

    /** That what a run has begun is ended, once, and where it was begun. */
    private void assertEnded(String runId) {
        stack.until(() -> stack.scripts.size() == 2);
        JsonNode removal = json(stack.scripts.get(1));
        assertTrue(
                removal.path("script").asText().matches("(?s).*podman rm .*" + runId + ".*"),
                removal.path("script").asText());
        assertEquals(json(stack.scripts.getFirst()).path("targets"), removal.path("targets"));
        assertEquals(1, cancels().size());
        assertTrue(cancels().getFirst().payload().contains(runId), "it is the run's script that is ended");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldSayHowLongWhatADeadWorkerBeganRanUntilItWasEnded(boolean waiting) {
        Promise<Reply> script = Promise.promise();
        Future<Envelope> run = begun(script.future());
        String runId = String.valueOf(stack.scripts.getFirst().correlationId());
        first.die();
        if (waiting) { // for the runner, as it is deleted
            Machine machine = stack.cloud.machines().getFirst();
            machine.state = "maintenance";
            long looks = stack.cloud.count("GET", machine.uuid);
            worker();
            stack.until(() -> stack.cloud.count("GET", machine.uuid) > looks);
            await(stack.ask(user, "bus.containers.delete.request", "{\"run_id\":\"" + runId + "\"}"));
        } else {
            deleted(runId);
            worker();
        }
        stack.until(() -> !cancels().isEmpty());
        script.complete(ended("cancelled", 4_200));
        Envelope end = await(run);
        assertEquals("cancelled", errorType(end));
        assertEquals(4_200L, billed(end));
        assertEnded(runId);
    }

    private void deleted(String runId) {
        await(stack.service("container:delete")
                .publish(Envelope.builder("bus.containers.delete.response")
                        .identityId("acc-1")
                        .payload("{\"deleted\":true,\"run_id\":\"" + runId + "\"}")
                        .build()));
    }

    @Test
    void shouldEndWhatADeadWorkerBeganOfARunThatWasDeletedSince() {
        Future<Envelope> run = begun(Promise.<Reply>promise().future());
        String runId = String.valueOf(stack.scripts.getFirst().correlationId());
        first.die();
        deleted(runId);
        int calls = stack.cloud.calls().size();
        worker();
        assertEquals("cancelled", errorType(await(run)));
        assertEnded(runId);
        assertEquals(calls, stack.cloud.calls().size(), "no runner is made ready for that");
    }

    @Test
    void shouldEndWhatADeadWorkerBeganWhileItsSuccessorWaitsForTheRunner() {
        Future<Envelope> run = begun(Promise.<Reply>promise().future());
        String runId = String.valueOf(stack.scripts.getFirst().correlationId());
        first.die();
        Machine machine = stack.cloud.machines().getFirst();
        machine.state = "maintenance";
        long looks = stack.cloud.count("GET", machine.uuid);
        worker();
        stack.until(() -> stack.cloud.count("GET", machine.uuid) > looks);
        await(stack.ask(user, "bus.containers.delete.request", "{\"run_id\":\"" + runId + "\"}"));
        assertEquals("cancelled", errorType(await(run)));
        assertEnded(runId);
    }

    @Test
    void shouldEndNothingOfARunThatNobodyHasBegun() {
        stack.ssh(Stack.prints("OK"));
        first = worker();
        await(first.run().stop());
        Future<Envelope> run = stack.ask(user, RUN, PRINT);
        stack.until(() -> !stack.history(RUN, Stack.USER).isEmpty());
        String id = String.valueOf(stack.history(RUN, Stack.USER).getFirst().id());
        deleted("run_" + id.substring("evt_".length()));
        worker();
        assertEquals("cancelled", errorType(await(run)));
        assertEquals(List.of(), cancels());
        assertEquals(List.of(), stack.scripts);
    }

    @ParameterizedTest
    @ValueSource(strings = {"timeout", "ssh_connection_lost", "ssh_outcome_unknown"})
    void shouldEndAContainerOfWhoseScriptNobodyKnowsWhetherItEnded(String error) {
        Envelope end = await(begun(Future.succeededFuture(Reply.failed(error, "too long, or too far"))));
        assertEquals(error, errorType(end));
        assertTrue(json(end).path("duration_ms").isMissingNode(), "it may not have begun");
        assertEnded(String.valueOf(stack.scripts.getFirst().correlationId()));
    }

    @Test
    void shouldNotCreateARunnerInOrderToCleanUp() {
        Promise<Reply> script = Promise.promise();
        Future<Envelope> run = begun(script.future());
        stack.cloud.remove(stack.cloud.machines().getFirst());
        int calls = stack.cloud.calls().size();
        script.complete(Reply.failed("timeout", "too long"));
        assertEquals("timeout", errorType(await(run)));
        stack.until(() -> stack.scripts.size() == 2);
        assertEquals(
                json(stack.scripts.getFirst()).path("targets"),
                json(stack.scripts.get(1)).path("targets"),
                "what is left is looked for where the run was");
        assertEquals(calls, stack.cloud.calls().size(), "the cloud is not asked for anything");
        assertEquals(List.of(), stack.cloud.machines());
    }
}
