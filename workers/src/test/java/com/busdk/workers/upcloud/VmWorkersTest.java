package com.busdk.workers.upcloud;

import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.workers.upcloud.api.CloudTime;
import com.busdk.workers.upcloud.power.PowerControl;
import com.busdk.workers.upcloud.testing.HeldTime;
import com.busdk.workers.upcloud.testing.Stack;
import com.busdk.workers.upcloud.testing.StubCloud.Machine;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Workers for one virtual machine, one after the other, at a real hub. */
@Timeout(120)
class VmWorkersTest {
    private final Stack stack = new Stack();
    private final EventsClient user = stack.user("acc-1");
    private final HeldTime polling = new HeldTime();

    VmWorkersTest() {
        polling.release(PowerControl.POLL);
        polling.release(Duration.ofSeconds(1)); // after a command
    }

    @AfterEach
    void stop() {
        stack.close();
    }

    private Stack.Started worker(CloudTime time, String... more) {
        Map<String, String> flags = new HashMap<>(Map.of(
                "provider",
                "upcloud",
                "upcloud-api-url",
                stack.cloud.url().toString(),
                "vm-name",
                "gpu",
                "listener-retry-min",
                "10ms"));
        for (int i = 0; i < more.length; i += 2) {
            flags.put(more[i], more[i + 1]);
        }
        return stack.worker(new UpCloudWorkerKind(ignored -> time), flags);
    }

    @Test
    void shouldHandleOneEventAndEnd() throws IOException {
        stack.cloud.machine("gpu", "started");
        Stack.Started worker = worker(polling, "once", "true");

        assertEquals("ready", state("status"));

        await(worker.run().ended());
        assertEquals(1, stack.history("bus.vm.status.response", "vm:read").size());
    }

    /** By the places of the log that is lost every further start or stop would have been overtaken. */
    @Test
    void shouldGoOnWhereTheEventsServiceComesBackWithoutItsLog() throws IOException {
        stack.cloud.machine("gpu", "stopped");
        Stack.Started worker = worker(polling);
        for (int i = 0; i < 5; i++) {
            assertEquals("stopped", state("status"));
        }
        assertEquals("ready", state("start"));

        stack.loseTheLog();

        stack.until(() -> worker.run().notReady().isEmpty() && knowsTheGroup());
        assertEquals("stopping", state("stop"));
        assertEquals(1, stack.cloud.count("POST", "/stop"));
        assertEquals(1, stack.cloud.count("POST", "/start"));
    }

    private boolean knowsTheGroup() {
        return !await(stack.service("vm:read").groups("bus.vm.status.request"))
                .path("groups")
                .isEmpty();
    }

    private String state(String verb) throws IOException {
        Envelope answer = await(stack.ask(user, "bus.vm." + verb + ".request", "{}"));
        return new ObjectMapper().readTree(answer.payload()).path("state").asText();
    }

    @Test
    void shouldStartWhatIsStillShuttingDownForAWorkerThatIsNoMore() throws IOException {
        stack.cloud.fail("POST", "/stop", 200, "{\"server\":{}}");
        Machine machine = stack.cloud.machine("gpu", "started").becomes("stopped", 4);
        HeldTime held = new HeldTime();
        Stack.Started first = worker(held);
        assertEquals("stopping", state("stop"));
        held.release(Duration.ofSeconds(1)); // it ends in good order, so that its request does not come again
        await(first.run().stop());

        worker(polling);
        assertEquals("stopping", state("status"), "though the cloud calls it started");
        assertEquals("ready", state("start"));
        assertEquals("started", machine.state);
        assertEquals(1, stack.cloud.count("POST", "/stop"));
        assertEquals(1, stack.cloud.count("POST", "/start"));
    }
}
