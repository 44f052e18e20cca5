package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Memory;
import com.busdk.broker.contract.harness.RawConnection;
import com.busdk.broker.contract.harness.RunningService;
import com.busdk.broker.contract.harness.ServicePlan;
import com.busdk.broker.contract.harness.Tokens;
import com.busdk.broker.contract.harness.Wire;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Listeners that do not read: what they cost, and whom they slow down, which is nobody. */
class SlowListenerTest extends ContractSuite {
    private static final int SMALL = 4_096;

    @Override
    ServicePlan plan() {
        return freshPlan().with("segment-bytes", "4MiB").with("retention-bytes", "24MiB");
    }

    private RawConnection stalled(RunningService where, String query) {
        RawConnection raw = where.rawWithSmallBuffer(SMALL);
        raw.send(Wire.get(EVENTS + "/stream?" + query, Tokens.service("tester", "events:listen")));
        assertEquals(200, raw.head().status());
        return raw;
    }

    private byte[] line(int bytes) {
        String padding = "x".repeat(bytes - event("\"\"").length() - 1);
        return (event("\"" + padding + "\"") + "\n").getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void shouldNotSlowDownTheOthers() {
        List<RawConnection> stalled = new ArrayList<>();
        try (EventStream stream = caller.listen("name=" + name)) {
            for (int i = 0; i < 50; i++) {
                stalled.add(stalled(service, "name=" + name));
            }
            byte[] line = line(10_000);
            for (int round = 0; round < 10; round++) { // 10 × 1 MB: many times what a socket takes
                StringBuilder body = new StringBuilder();
                body.repeat(new String(line, StandardCharsets.UTF_8), 100);
                caller.publishLines(body.toString()).expect(202);
                stream.next(100); // the reader has all of a round before the next one begins
            }
        } finally {
            stalled.forEach(RawConnection::close);
        }
    }

    @Test
    void shouldCostNoMoreMemoryThanACursorEach() {
        List<RawConnection> stalled = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                stalled.add(stalled(service, "name=" + name));
            }
            Memory memory = Memory.now();
            caller.publishLines(
                            BodyPublishers.ofInputStream(() -> new RepeatedLine(line(10_000), 6_000, memory::sample)))
                    .expect(202);
            // 60 MB for each of 200: were it buffered for them, it would be 12 GB. The memory backend holds 24 MiB.
            memory.expectGrowthBelow(128L << 20);
        } finally {
            stalled.forEach(RawConnection::close);
        }
    }

    @Test
    void shouldGiveASlowListenerEverythingInOrderOnceItReads() {
        int count = 2_000;
        try (RawConnection raw = stalled(service, "name=" + name)) {
            StringBuilder body = new StringBuilder();
            String padding = "x".repeat(5_000);
            for (int i = 0; i < count; i++) {
                body.append(event("\"" + padding + "\"", "\"key\":\"" + i + "\""))
                        .append('\n');
            }
            caller.publishLines(body.toString()).expect(202);
            StringBuilder seen = new StringBuilder();
            int next = 0;
            while (next < count) {
                seen.append(raw.chunk());
                int end = seen.lastIndexOf("\n") + 1;
                for (String line : seen.substring(0, end).split("\n", -1)) {
                    if (!line.isEmpty()) {
                        assertEquals(Integer.toString(next++), new Event(line).text("key"));
                    }
                }
                seen.delete(0, end);
            }
        }
    }

    @Test
    void shouldLetTheOtherConsumersOfAGroupCarryOn() {
        int count = 3_000;
        String member = "name=" + name + "&delivery=unicast&group=g&consumer=";
        try (RawConnection stalled = stalled(service, member + "stalled");
                EventStream reads = caller.listen(member + "reads")) {
            caller.publishLines(BodyPublishers.ofInputStream(() -> new RepeatedLine(line(5_000), count, () -> {})))
                    .expect(202);
            // What the stalled one has been given is its window at most, whatever its socket took.
            Set<String> ids = new HashSet<>();
            for (Event event : reads.next(count - 256 - socketEvents(5_000))) {
                assertTrue(ids.add(event.id()));
            }
            stalled.reset();
        }
    }

    /** How many events of that size the buffers of a socket with a small receive window may hold, generously. */
    private static int socketEvents(int bytes) {
        return 4 * 1024 * 1024 / bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {10_000, 900_000})
    void shouldKeepAConsumerThatIsSlowButTakesSomething(int bytes) {
        String member = "name=" + name + "&delivery=unicast&group=g&max_in_flight=4096";
        try (RunningService own = freshPlan().with("stall-timeout", "1s").start();
                RawConnection slow = stalled(own, member)) {
            int count = 24_000_000 / bytes; // more than sockets hold, several times
            own.service()
                    .publishLines(BodyPublishers.ofInputStream(() -> new RepeatedLine(line(bytes), count, () -> {})))
                    .expect(202);
            long begin = System.nanoTime();
            long seconds = 4;
            for (long read = 0; System.nanoTime() - begin < seconds * 1_000_000_000; ) {
                read += slow.chunk().length();
                // Three megabytes a second: all of the time it has more than enough to take.
                long due = begin + read * 1_000 / 3;
                LockSupport.parkNanos(Math.max(0, due - System.nanoTime()));
            }
            assertEquals(1, own.service().group("g", name).path("consumers").size());
        }
    }

    @Test
    void shouldCloseAListenerThatTakesNothingForLong() {
        String member = "name=" + name + "&delivery=unicast&group=g&max_in_flight=4096";
        try (RunningService own = freshPlan().with("stall-timeout", "1s").start();
                RawConnection stalled = stalled(own, member);
                EventStream reads = own.service().listen("name=" + name)) {
            own.service()
                    .publishLines(BodyPublishers.ofInputStream(() -> new RepeatedLine(line(10_000), 2_000, () -> {})))
                    .expect(202);
            reads.next(2_000);
            Deadline.until(
                    "the stalled consumer to be gone",
                    () -> own.service().group("g", name).path("consumers").isEmpty());
            stalled.untilClosed(); // behind what its socket had taken
            own.service().send(name, "\"still\"");
            assertEquals("\"still\"", reads.next().payload());
        }
    }
}
