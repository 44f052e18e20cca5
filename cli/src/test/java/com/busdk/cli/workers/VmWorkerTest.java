package com.busdk.cli.workers;

import static com.busdk.cli.workers.WorkerStack.VM;
import static com.busdk.cli.workers.WorkerStack.ask;
import static com.busdk.cli.workers.WorkerStack.await;
import static com.busdk.cli.workers.WorkerStack.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.workers.vm.VmWorkerKind;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The static VM worker beside an events service. */
class VmWorkerTest {
    private final MovedClock clock = new MovedClock();
    private WorkerStack stack;
    private EventsClient user;

    /** The system's clock, moved by tests. */
    private static final class MovedClock extends Clock {
        private final AtomicReference<Duration> moved = new AtomicReference<>(Duration.ZERO);

        void move(Duration by) {
            moved.updateAndGet(by::plus);
        }

        @Override
        public Instant instant() {
            return Instant.now().plus(moved.get());
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    @BeforeEach
    void begin() throws Exception {
        stack = WorkerStack.start();
        user = stack.user("acc-1", VM);
    }

    @AfterEach
    void end() throws Exception {
        stack.close();
    }

    private WorkerStack.Started worker() throws Exception {
        return stack.worker("vm", VM, new VmWorkerKind(clock)::create, "vm-start-time", "1h");
    }

    private String state() throws Exception {
        return json(ask(user, "bus.vm.status.request", "{}")).path("state").asText();
    }

    @Test
    void shouldGoThroughItsStatesAndLetInstancesAgree() throws Exception {
        worker();
        worker();

        assertEquals("{\"state\":\"stopped\",\"provider\":\"static\",\"details\":{}}", status());
        assertEquals(
                "{\"accepted\":true,\"action\":\"start\",\"state\":\"starting\"}",
                ask(user, "bus.vm.start.request", "{}").payload());
        everyInstanceSays("starting");
        clock.move(Duration.ofHours(1));
        everyInstanceSays("ready");
        assertEquals(
                "{\"accepted\":true,\"action\":\"stop\",\"state\":\"stopped\"}",
                ask(user, "bus.vm.stop.request", "null").payload());
        everyInstanceSays("stopped");
    }

    private String status() throws Exception {
        return ask(user, "bus.vm.status.request", "{}").payload();
    }

    /** Requests go round the instances of a group, so that a few reach both. */
    private void everyInstanceSays(String state) throws Exception {
        for (int i = 0; i < 8; i++) {
            assertEquals(state, state());
        }
    }

    @Test
    void shouldKnowAfterARestartWhatItWas() throws Exception {
        WorkerStack.Started first = worker();
        ask(user, "bus.vm.start.request", "{}");
        clock.move(Duration.ofHours(2));
        await(first.run().stop());

        worker();

        assertEquals("ready", state());
    }

    @Test
    void shouldNotStartAgainWhatRuns() throws Exception {
        worker();
        ask(user, "bus.vm.start.request", "{}");
        clock.move(Duration.ofHours(1));

        assertEquals(
                "ready",
                json(ask(user, "bus.vm.start.request", "{}")).path("state").asText());
        assertEquals("ready", state());
    }

    @Test
    void shouldTellRuntimesApart() throws Exception {
        worker();
        ask(user, "bus.vm.start.request", "{\"runtime\":\"gpu\"}");

        assertEquals("stopped", state());
        assertEquals(
                "{\"state\":\"starting\",\"provider\":\"static\",\"details\":{\"runtime\":\"gpu\"}}",
                ask(user, "bus.vm.status.request", "{\"runtime\":\"gpu\"}").payload());
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "[]", "\"x\"", "{\"runtime\":7}", "{\"runtime\":\"a b\"}", "{\"runtime\":\"\"}"})
    void shouldAnswerGarbageWithAnErrorAndGoOn(String payload) throws Exception {
        worker();

        for (String request : new String[] {"bus.vm.status.request", "bus.vm.start.request", "bus.vm.stop.request"}) {
            Envelope answer = ask(user, request, payload);
            assertNotNull(answer.error());
            assertEquals("bad_request", answer.error().type());
        }
        assertEquals("stopped", state());
    }

    @Test
    void shouldNotBeMovedByAnAnswerThatSaysNothing() throws Exception {
        worker();
        EventsClient service = stack.service(VM);
        for (String payload : new String[] {"null", "7", "{\"accepted\":false}", "{}"}) {
            await(service.publish(
                    Envelope.builder("bus.vm.start.response").payload(payload).build()));
        }

        assertEquals("stopped", state());
    }
}
