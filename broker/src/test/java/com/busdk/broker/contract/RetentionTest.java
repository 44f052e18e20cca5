package com.busdk.broker.contract;

import static com.busdk.broker.contract.PublishTest.payloads;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.RawConnection;
import com.busdk.broker.contract.harness.RunningService;
import com.busdk.broker.contract.harness.ServicePlan;
import com.busdk.broker.contract.harness.Tokens;
import com.busdk.broker.contract.harness.Wire;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is dropped at the old end of the log, and what readers are told of it. */
class RetentionTest extends ContractSuite {
    /** So many bytes has each event's payload here. */
    private static final int SIZE = 10_000;

    @Override
    ServicePlan plan() {
        return freshPlan().with("segment-bytes", "1MiB").with("retention-bytes", "3MiB");
    }

    /** Each process drops from its own copy, at a moment of its own: what is held against each other is of one of them. */
    @BeforeEach
    void askOneProcess() {
        caller = caller.toOneProcess();
    }

    private static void fill(Caller caller, String name, int from, int to) {
        StringBuilder body = new StringBuilder();
        String padding = "x".repeat(SIZE);
        for (int i = from; i < to; i++) {
            body.append("{\"name\":\"%s\",\"key\":\"%d\",\"payload\":\"%s\"}\n".formatted(name, i, padding));
        }
        caller.publishLines(body.toString()).expect(202);
    }

    /** Whether these are all from the first of them up to there. */
    private static boolean isUpTo(int end, List<Integer> numbers) {
        return numbers.equals(IntStream.range(numbers.getFirst(), end).boxed().toList());
    }

    private static List<Integer> numbers(List<Event> events) {
        return events.stream().map(event -> Integer.parseInt(event.text("key"))).toList();
    }

    /** Waits until the oldest event of that name is no longer there. */
    private static List<Event> untilDropped(Caller caller, String name) {
        return Deadline.until(
                "the oldest events to be dropped",
                () -> caller.read("name=" + name + "&follow=false"),
                events -> !events.isEmpty() && !events.getFirst().text("key").equals("0"));
    }

    /** That was the oldest some time since: more may have been dropped meanwhile. */
    private void assertOldest(int oldestBefore, int number) {
        int oldestNow = numbers(caller.read(history())).getFirst();
        assertTrue(
                oldestBefore <= number && number <= oldestNow,
                () -> number + " where the oldest was " + oldestBefore + " and is " + oldestNow);
    }

    @Test
    void shouldDropTheOldestAndKeepTheNewest() {
        fill(caller, name, 0, 1_000); // 10 MB in a log that may hold 3
        // What is too much goes in several goes, and may go in the middle of a reading.
        List<Integer> left = Deadline.until(
                "no more to be there than 3 MiB and a segment hold, which is some 300, without a hole",
                () -> numbers(caller.read("name=" + name + "&follow=false")),
                numbers -> numbers.size() <= 500 && isUpTo(1_000, numbers));
        assertTrue(left.size() >= 100, () -> "3 MiB and a segment hold some 300, not " + left.size());
    }

    @Test
    void shouldStartAtTheOldestAndSayThatTheReplayIsTruncated() {
        fill(caller, name, 0, 1);
        String old = caller.read(history()).getFirst().id();
        fill(caller, name, 1, 1_000);
        int oldest = numbers(untilDropped(caller, name)).getFirst();
        try (EventStream stream = caller.listen("name=" + name + "&follow=false&notices=true&after=" + old)) {
            assertEquals("true", stream.head().header("bus-replay-truncated").orElse(""));
            stream.notice("truncated");
            List<Integer> left = numbers(stream.rest());
            assertOldest(oldest, left.getFirst());
            assertEquals(IntStream.range(left.getFirst(), 1_000).boxed().toList(), left, "no hole in what is left");
        }
        String recent = caller.read(history()).getLast().id();
        try (EventStream stream = caller.listen("name=" + name + "&after=" + recent)) {
            assertEquals("", stream.head().header("bus-replay-truncated").orElse(""), "nothing is missing there");
        }
        caller.get(EVENTS + "/" + old).expectError(404, "not_found");
    }

    @Test
    void shouldGoOnAtTheOldestAndSaySoToAListenerWhoFellBehind() {
        try (RawConnection raw = service.rawWithSmallBuffer(4_096)) {
            raw.send(Wire.get(EVENTS + "/stream?notices=true&name=" + name, Tokens.service("tester", "events:listen")));
            assertEquals(200, raw.head().status());
            fill(caller, name, 0, 4_000); // 40 MB: more than sockets and service keep for it
            untilDropped(caller, name);
            caller.accepted(event("\"end\"", "\"key\":\"4000\""));
            StringBuilder seen = new StringBuilder();
            int next = 0;
            int notices = 0;
            boolean told = false;
            while (next <= 4_000) {
                seen.append(raw.chunk());
                int end = seen.lastIndexOf("\n") + 1;
                for (String line : seen.substring(0, end).lines().toList()) {
                    Event event = new Event(line);
                    if (event.text("notice").equals("truncated")) {
                        told = true;
                        notices++;
                    } else if (!event.has("notice")) {
                        int number = Integer.parseInt(event.text("key"));
                        int expected = next;
                        assertTrue(number == expected || told && number > expected, () -> expected + " then " + number);
                        told = false;
                        next = number + 1;
                    }
                }
                seen.delete(0, end);
            }
            assertEquals(4_001, next);
            assertTrue(notices > 0, "it was told that something is missing");
        }
    }

    @Test
    void shouldDropByCountWhereThatIsSet() {
        try (RunningService own = freshPlan()
                .with("segment-bytes", "1MiB")
                .with("retention-count", "150")
                .start()) {
            fill(own.service(), name, 0, 600);
            List<Integer> left = Deadline.until(
                    "the count to be held, and the newest to stay",
                    () -> numbers(own.service().read(history())),
                    numbers -> numbers.size() <= 150 && isUpTo(600, numbers));
            assertTrue(left.size() >= 20, () -> "as many as there is room for, not " + left.size());
        }
    }

    @Test
    void shouldDropByAge() {
        try (RunningService own = freshPlan()
                .with("segment-bytes", "1MiB")
                .with("retention-age", "1s")
                .start()) {
            fill(own.service(), name, 0, 300);
            Deadline.until(
                    "the old events to be dropped",
                    () -> own.service().read(history()).size(),
                    size -> size < 200);
        }
    }

    @Test
    void shouldLetAGroupGoOnAtTheOldestOfWhatIsLeft() {
        String group = "name=" + name + "&delivery=unicast&group=behind&ack=explicit";
        caller.listen(group).close();
        fill(caller, name, 0, 1_000);
        int oldest = numbers(untilDropped(caller, name)).getFirst();
        try (EventStream stream = caller.listen(group)) {
            Event first = stream.next();
            assertOldest(oldest, Integer.parseInt(first.text("key")));
            caller.done("behind", first);
        }
    }

    @Test
    void shouldTellTheFirstConsumerOfAGroupThatItStartsBehindWhatWasDropped() {
        fill(caller, name, 0, 1);
        String old = caller.read(history()).getFirst().id();
        String waiting = "name=" + name + "&notices=true&delivery=unicast&group=waiting";
        caller.listen(waiting).close();
        fill(caller, name, 1, 1_000);
        untilDropped(caller, name);
        String fresh = "name=" + name + "&notices=true&delivery=unicast&group=fresh&after=" + old;
        for (String group : List.of(waiting, fresh)) {
            try (EventStream stream = caller.listen(group)) {
                assertEquals(
                        "true", stream.head().header("bus-replay-truncated").orElse(""), group);
                assertEquals("truncated", new Event(stream.line()).text("notice"));
                stream.next();
            }
        }
        String recent = caller.read(history()).getLast().id();
        try (EventStream stream = caller.listen("name=" + name + "&delivery=unicast&group=recent&after=" + recent)) {
            assertEquals("", stream.head().header("bus-replay-truncated").orElse(""), "nothing is missing there");
        }
    }

    @Test
    void shouldTellAConsumerWhoseGroupIsOvertakenByRetention() {
        String group = "name=" + name + "&notices=true&delivery=unicast&group=slow&ack=explicit&max_in_flight=1";
        try (EventStream stream = caller.listen(group)) {
            fill(caller, name, 0, 1_000);
            Event first = stream.next();
            assertEquals("", stream.head().header("bus-replay-truncated").orElse(""));
            int oldest = numbers(untilDropped(caller, name)).getFirst();
            caller.done("slow", first);
            stream.notice("truncated");
            assertOldest(oldest, Integer.parseInt(stream.next().text("key")));
        }
    }

    @Test
    void shouldKeepWhatIsPublishedAfterwardsInOrder() {
        fill(caller, name, 0, 600);
        untilDropped(caller, name);
        String other = freshName();
        caller.sendNumbers(other, 0, 50);
        assertEquals(PublishTest.numbers(50), payloads(caller.read("name=" + other + "&follow=false")));
    }
}
