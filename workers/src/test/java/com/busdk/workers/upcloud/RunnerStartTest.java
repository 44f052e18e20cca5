package com.busdk.workers.upcloud;

import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.workers.upcloud.testing.HeldTime;
import com.busdk.workers.upcloud.testing.Stack;
import com.busdk.workers.upcloud.testing.StubCloud.Machine;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Starts of the runner that are answered before the cloud has been told, by workers that are stopped then. */
@Timeout(120)
class RunnerStartTest {
    private static final String START = "bus.containers.runner.start.request";
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofSeconds(5);
    private static final Duration ON_ITS_WAY = Duration.ofSeconds(1);
    private static final Duration DRAIN = Duration.ofSeconds(30);

    @TempDir
    private Path dir;

    private final Stack stack = new Stack();
    private final HeldTime time = new HeldTime();
    private final EventsClient administrator = stack.administrator();

    @AfterEach
    void stop() {
        time.release(DRAIN);
        stack.close();
    }

    private Stack.Started worker() throws IOException {
        Path key = dir.resolve("key.pub");
        Files.writeString(key, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExample me\n");
        return stack.worker(
                new UpCloudWorkerKind(ignored -> time),
                Map.of(
                        "drain",
                        "30s",
                        "provider",
                        "upcloud",
                        "upcloud-api-url",
                        stack.cloud.url().toString(),
                        "container-runner-name",
                        "runner",
                        "container-ssh-keys",
                        key.toString(),
                        "container-ssh-port",
                        Integer.toString(stack.sshdPort())));
    }

    /** Has a start accepted while the runner's state does not allow one. */
    private Machine acceptedTooEarly() {
        Machine machine = stack.cloud.machine("runner", "maintenance");
        Future<Envelope> start = stack.ask(administrator, START, "{}");
        stack.until(() -> stack.cloud.count("GET", machine.uuid) > 0);
        time.release(ANSWER);
        assertNull(await(start).error());
        assertEquals(0, stack.cloud.count("POST", "/start"));
        return machine;
    }

    /** Begins to stop a worker, and waits until it takes no more requests. */
    private Future<Void> stopping(Stack.Started worker) {
        Future<Void> stopped = worker.run().stop();
        stack.until(() -> consumers() == 0);
        return stopped;
    }

    private int consumers() {
        int consumers = 0;
        for (JsonNode group : await(administrator.groups(START)).path("groups")) {
            consumers += group.path("consumers").size();
        }
        return consumers;
    }

    @Test
    void shouldTellTheCloudOfAStartThatWasAcceptedBeforeItEnds() throws IOException {
        Stack.Started worker = worker();
        Machine machine = acceptedTooEarly();
        Future<Void> stopped = stopping(worker);
        assertFalse(stopped.isComplete(), "the cloud has not been told");

        machine.state = "stopped";
        time.release(POLL);
        stack.until(() -> stack.cloud.count("POST", "/start") == 1);
        time.release(ON_ITS_WAY);
        await(stopped); // though the cloud has not answered, and nobody has waited for the limit
    }

    @Test
    void shouldNotWaitForACloudForEver() throws IOException {
        Stack.Started worker = worker();
        acceptedTooEarly();
        Future<Void> stopped = stopping(worker);
        time.release(DRAIN);
        await(stopped);
        assertEquals(0, stack.cloud.count("POST", "/start"));
    }

    @Test
    void shouldWaitForNothingOnceARunnerIsCreated() throws IOException {
        stack.cloud.polls = 1_000; // it takes its time to come up
        Stack.Started worker = worker();
        Future<Envelope> start = stack.ask(administrator, START, "{}");
        stack.until(() -> stack.cloud.count("POST", "/1.3/server") > 0 && stack.cloud.count("GET", "/1.3/server/") > 0);
        time.release(ANSWER);
        assertNull(await(start).error());
        time.release(ON_ITS_WAY);
        await(stopping(worker)); // though nobody has waited for its limit
        assertEquals(1, stack.cloud.machines().size());
    }
}
