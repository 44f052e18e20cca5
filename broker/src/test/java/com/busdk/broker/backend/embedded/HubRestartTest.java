package com.busdk.broker.backend.embedded;

import static com.busdk.broker.backend.embedded.HubFixture.eventually;
import static com.busdk.broker.backend.embedded.HubFixture.explicit;
import static com.busdk.broker.backend.embedded.HubFixture.member;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.broker.backend.Backend.AckRequest;
import com.busdk.broker.backend.Backend.AckResult;
import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.ListenRequest.GroupMember;
import com.busdk.broker.backend.ListenRequest.Start;
import com.busdk.broker.backend.log.EventLog;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What groups and leases of before a restart are behind it. */
@Timeout(120)
class HubRestartTest {
    private static final String NAME = "example.job";
    private static final GroupMember WORKER = explicit("g", "c", 8, Duration.ofSeconds(60), 5);

    @Test
    void shouldHoldNoLeaseOfBeforeARestart(@TempDir Path directory) {
        try (HubFixture it = HubFixture.onDisk(directory)) {
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            it.listen(0, member(NAME, new Start.Live(), WORKER), sink);
            it.publish(0, NAME, 1);
            eventually("its delivery", () -> sink.lines().size() == 1);
            it.restart();
            assertLost(it, sink.tokens().getFirst());
            assertEquals(2, attemptBehind(it, sink));
        }
    }

    /** A crash forgets a delivery that was not written down: the next one has its number, and its token is another. */
    @Test
    void shouldHoldNoLeaseOfBeforeACrashThatForgotIt(@TempDir Path directory) {
        AtomicInteger commits = new AtomicInteger(Integer.MAX_VALUE);
        try (HubFixture it = HubFixture.onDisk(directory, log -> taking(log, commits))) {
            it.leave(0, it.listen(0, member(NAME, new Start.Live(), WORKER), new RecordingSink(it.loops.get(0))));
            it.publish(0, NAME, 0);
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            it.listen(0, member(NAME, new Start.Live(), WORKER), sink);
            eventually("the first", () -> sink.lines().size() == 1);
            it.ack(0, "g", sink.tokens(), List.of(), List.of());
            commits.set(1);
            it.publish(0, NAME, 1);
            eventually("its delivery", () -> sink.lines().size() == 2);
            it.restart(() -> commits.set(Integer.MAX_VALUE));
            assertLost(it, sink.tokens().get(1));
            assertEquals(1, attemptBehind(it, sink));
        }
    }

    /** The log, which takes so many commits more: behind that all is as a crash leaves it. */
    private static EventLog taking(EventLog log, AtomicInteger commits) {
        return (EventLog) Proxy.newProxyInstance(
                EventLog.class.getClassLoader(), new Class<?>[] {EventLog.class}, (_, method, arguments) -> {
                    if (method.getName().equals("commit") && commits.getAndDecrement() <= 0) {
                        throw new IllegalStateException("the process has ended");
                    }
                    try {
                        return method.invoke(log, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** The attempt of the next delivery, which leaves the lease of before as lost as it was. */
    private static int attemptBehind(HubFixture it, RecordingSink before) {
        RecordingSink sink = new RecordingSink(it.loops.get(1));
        it.listen(1, member(NAME, new Start.Live(), WORKER), sink);
        eventually("its next delivery", () -> sink.lines().size() == 1);
        assertEquals(before.payloads().getLast(), sink.payloads().getFirst());
        assertLost(it, before.tokens().getLast());
        return RecordingSink.attempt(sink.lines().getFirst());
    }

    private static void assertLost(HubFixture it, String token) {
        List<String> tokens = List.of(token);
        AckResult answer = it.on(
                2,
                () -> it.hub.ack(
                        new AckRequest("g", "alice", null, name -> true, List.of(), List.of(), List.of(), tokens)));
        assertEquals(new AckResult(0, 0, 0, 0, tokens, List.of()), answer);
        assertEquals(tokens, it.ack(2, "g", tokens, List.of(), List.of()).stale());
    }

    @Test
    void shouldFindAHomeForGroupsWhereverItWasStarted(@TempDir Path directory) {
        try (HubFixture it = HubFixture.onDisk(directory)) {
            Listening gone = it.listen(0, member(NAME, new Start.Live(), WORKER), new RecordingSink(it.loops.get(0)));
            it.leave(0, gone);
            it.restart();
            assertEquals(0, it.hub.homes().size());
            HubFixture.await(it.vertx.executeBlocking(() -> {
                it.hub.settleGroups(); // as its timer does, which fires on a thread of this kind
                return null;
            }));
            eventually("its home", () -> it.hub.homes().size() == 1);
        }
    }
}
