package com.busdk.workers.upcloud.vm;

import static com.busdk.workers.upcloud.testing.Await.await;
import static com.busdk.workers.upcloud.testing.Await.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.RetryPolicy;
import com.busdk.client.http.ApiException;
import com.busdk.workers.upcloud.api.UpCloudClient;
import com.busdk.workers.upcloud.options.ApiToken;
import com.busdk.workers.upcloud.testing.HeldTime;
import com.busdk.workers.upcloud.testing.StubCloud;
import com.busdk.workers.upcloud.testing.StubCloud.Machine;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which of the starts and stops in the log counts: the machine says where it takes itself to be going. */
@Timeout(60)
class VmHistoryTest {
    private static final Instant NOW = Instant.parse("2026-11-05T10:00:00Z");
    private static final String ACCEPTED = "{\"accepted\":true}";
    private static final String START = "bus.vm.start.request";
    private static final String STOP = "bus.vm.stop.request";
    private static final String STARTED = "bus.vm.start.response";
    private static final String STOPPED = "bus.vm.stop.response";

    private final Vertx vertx = Vertx.vertx();
    private final StubCloud cloud = StubCloud.start(vertx);
    private final Machine machine = cloud.machine("gpu", "maintenance");
    private final HeldTime time = new HeldTime();
    private final UpCloudClient client = new UpCloudClient(vertx, cloud.url(), ApiToken.of(StubCloud.TOKEN), time);
    private final UpCloudVm vm = new UpCloudVm(client, time, "gpu");
    private final VmHistory history = new VmHistory(
            vertx,
            EventsClient.create(vertx, URI.create("http://127.0.0.1:1"), TokenSource.fixed("t")),
            RetryPolicy.DEFAULT,
            Clock.fixed(NOW, ZoneOffset.UTC),
            vm);

    @AfterEach
    void stop() {
        await(client.close());
        cloud.close();
        await(vertx.close());
    }

    private void event(long sequence, String name, String correlationId, String payload, Instant at) {
        history.apply(event(name, correlationId, payload)
                .sequence(sequence)
                .createdAt(at)
                .build());
    }

    private void event(long sequence, String name, String correlationId) {
        event(sequence, name, correlationId, name.endsWith(".request") ? "{}" : ACCEPTED, NOW);
    }

    private static Envelope.Builder event(String name, String correlationId, String payload) {
        return Envelope.builder(name)
                .identityId("alice")
                .correlationId(correlationId)
                .payload(payload);
    }

    private String towards() {
        return await(vm.status()).state();
    }

    @Test
    void shouldGoByTheNewestThatWasAccepted() {
        assertEquals("unavailable", towards());
        event(1, STOP, "a");
        event(2, STOPPED, "a");
        assertEquals("stopping", towards());
        event(3, START, "b");
        assertEquals("stopping", towards(), "it is not accepted");
        event(4, STARTED, "b");
        assertEquals("starting", towards());
    }

    @Test
    void shouldGoByTheOrderOfTheRequestsAndNotOfTheAnswers() {
        event(1, STOP, "a");
        event(2, START, "b");
        event(3, STARTED, "b");
        event(4, STOPPED, "a");
        assertEquals("starting", towards());
        event(5, STOPPED, "a"); // the same once more: its worker died before it could say that it had answered
        assertEquals("starting", towards());
    }

    @Test
    void shouldTellRequestsOfDifferentCallersApart() {
        event(1, STOP, "a");
        event(2, START, "b");
        history.apply(event(STOP, "a", "{}")
                .identityId("bob")
                .sequence(3L)
                .createdAt(NOW)
                .build());
        event(4, STARTED, "b");
        event(5, STOPPED, "a"); // the first caller's
        assertEquals("starting", towards());
    }

    @Test
    void shouldTakeAnAnswerWithoutItsRequestForAsNewAsItself() {
        event(7, STARTED, "b");
        event(9, STOPPED, "a");
        assertEquals("stopping", towards());
    }

    @Test
    void shouldPassOverWhatWasNotAccepted() {
        event(1, STOPPED, "a");
        history.apply(event(STARTED, "b", ACCEPTED)
                .sequence(2L)
                .createdAt(NOW)
                .error(new EventError("conflict", "no"))
                .build());
        event(3, STARTED, "c", "{\"accepted\":false}", NOW);
        event(4, STARTED, "d", "[[]]", NOW);
        event(5, STARTED, "e", "null", NOW);
        assertEquals("stopping", towards());
    }

    @Test
    void shouldLeaveAloneWhatWasAcceptedLongAgo() {
        event(1, STOPPED, "a", ACCEPTED, NOW.minus(Duration.ofDays(2)));
        assertEquals("unavailable", towards());
        event(2, STOPPED, "b", ACCEPTED, NOW.plus(Duration.ofSeconds(3))); // the hub's clock is a little ahead
        assertEquals("stopping", towards());
    }

    /** As one whose stream has ended between the stop and the start behind it. */
    @Test
    void shouldStopNothingForAnotherWhileTheHistoryIsNotRead() {
        machine.state = "started";
        event(1, STOPPED, "a", ACCEPTED, NOW.minus(Duration.ofMinutes(9)));
        time.release(UpCloudVm.PATIENCE);
        untilLooks(5);
        assertEquals(0, cloud.count("POST", ""));
        event(2, STARTED, "b", ACCEPTED, NOW.minus(Duration.ofMinutes(1)));
        assertEquals("ready", towards());
        assertEquals("started", machine.state);
        assertEquals(0, cloud.count("POST", ""));
    }

    private void untilLooks(long more) {
        long before = cloud.count("GET", machine.uuid);
        Promise<Void> there = Promise.promise();
        vertx.setPeriodic(1, timer -> {
            if (cloud.count("GET", machine.uuid) >= before + more) {
                vertx.cancelTimer(timer);
                there.tryComplete();
            }
        });
        await(there.future());
    }

    @Test
    void shouldRefuseARequestWhoseNewerOneWasAccepted() {
        event(1, STOP, "a");
        event(2, START, "b");
        event(3, STARTED, "b");
        assertEquals("conflict", failure(ApiException.class, vm.stop(1)).type());
        assertEquals(0, cloud.count("POST", ""));
    }
}
