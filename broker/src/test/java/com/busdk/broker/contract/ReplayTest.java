package com.busdk.broker.contract;

import static com.busdk.broker.contract.PublishTest.numbers;
import static com.busdk.broker.contract.PublishTest.payloads;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.RawConnection;
import com.busdk.broker.contract.harness.RunningService;
import com.busdk.broker.contract.harness.Tokens;
import com.busdk.broker.contract.harness.Wire;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** History first, then live, with no gap and no repeat between the two. */
class ReplayTest extends ContractSuite {
    @Test
    void shouldSendTheHistoryAndThenLiveEvents() {
        caller.sendNumbers(name, 0, 3);
        try (EventStream stream = caller.listen("name=" + name + "&replay=true")) {
            assertEquals(numbers(3), payloads(stream.next(3)));
            caller.sendNumbers(name, 3, 5);
            assertEquals(List.of("3", "4"), payloads(stream.next(2)));
        }
    }

    @Test
    void shouldHaveNeitherGapNorRepeatWhilePublishersGoOn() {
        int count = 6_000;
        AtomicBoolean failed = new AtomicBoolean();
        CompletableFuture<Void> publisher = CompletableFuture.runAsync(
                () -> {
                    for (int i = 0; i < count; i += 100) {
                        caller.sendNumbers(name, i, i + 100);
                    }
                },
                Thread.ofVirtual()::start);
        var _ = publisher.whenComplete((done, e) -> failed.set(e != null));
        List<CompletableFuture<Void>> listeners = new ArrayList<>();
        while (listeners.size() < 12 || !publisher.isDone() && listeners.size() < 20) {
            EventStream stream = caller.listen("name=" + name + "&replay=true&limit=" + count);
            listeners.add(CompletableFuture.runAsync(
                    () -> {
                        try (stream) {
                            for (int next = 0; next < count; next++) {
                                assertEquals(
                                        next, Integer.parseInt(stream.next().payload()));
                            }
                            stream.expectEnd();
                        }
                    },
                    Thread.ofVirtual()::start));
        }
        publisher.join();
        listeners.forEach(CompletableFuture::join);
        assertTrue(!failed.get());
    }

    @Test
    void shouldEndBehindTheSnapshotWhereNotToFollow() {
        caller.sendNumbers(name, 0, 10);
        assertEquals(numbers(10), payloads(caller.read("name=" + name + "&follow=false")));
        assertEquals(numbers(10), payloads(caller.read("name=" + name + "&follow=false&replay=true")));
        assertTrue(caller.read("name=" + freshName() + "&follow=false").isEmpty());
    }

    @Test
    void shouldEndBehindTheSnapshotAlsoWherePublishersNeverStop() {
        caller.sendNumbers(name, 0, 100);
        AtomicBoolean stop = new AtomicBoolean();
        CompletableFuture<Void> publisher = CompletableFuture.runAsync(
                () -> {
                    while (!stop.get()) {
                        caller.sendNumbers(name, 0, 50);
                    }
                },
                Thread.ofVirtual()::start);
        try {
            for (int i = 0; i < 3; i++) {
                assertTrue(caller.read(history()).size() >= 100);
            }
        } finally {
            stop.set(true);
            publisher.join();
        }
    }

    @Test
    void shouldResumeBehindAnId() {
        caller.sendNumbers(name, 0, 10);
        List<Event> all = caller.read(history());
        for (int at : new int[] {0, 4, 8, 9}) {
            String after = all.get(at).id();
            assertEquals(
                    payloads(all.subList(at + 1, 10)),
                    payloads(caller.read("name=" + name + "&follow=false&after=" + after)));
        }
        try (EventStream stream =
                caller.listen("name=" + name + "&after=" + all.get(7).id())) {
            assertEquals(List.of("8", "9"), payloads(stream.next(2)));
            caller.send(name, "10");
            assertEquals("10", stream.next().payload());
        }
    }

    @Test
    void shouldResumeBehindAnIdOfAnotherName() {
        caller.sendNumbers(name, 0, 2);
        String other = caller.send(freshName(), "0");
        caller.sendNumbers(name, 2, 4);
        assertEquals(List.of("2", "3"), payloads(caller.read("name=" + name + "&follow=false&after=" + other)));
    }

    @Test
    void shouldResumeBehindTheNewestIdWithNothingThatIsOld() {
        String newest = caller.send(name, "0");
        try (EventStream stream = caller.listen("name=" + name + "&after=" + newest)) {
            caller.send(name, "1");
            assertEquals("1", stream.next().payload());
        }
    }

    @Test
    void shouldRefuseAnIdOfTheFuture() {
        String id = caller.send(name, "0");
        String future = id.substring(0, id.length() - 14) + "00ffffffffffff";
        var refusal =
                caller.listenRefused("name=" + name + "&after=" + future).expectError(400, "bad_request", "future");
        assertEquals("unknown_position", refusal.path("code").asText());
        refusal = caller.listenRefused("name=" + name + "&after=nonsense").expectError(400, "bad_request", "after");
        assertTrue(refusal.path("code").isMissingNode(), "another request would be no better");
    }

    @Test
    void shouldResumeAfterEveryLossOfTheConnectionWithoutGapOrRepeat() {
        int count = 5_000;
        CompletableFuture<Void> publisher = CompletableFuture.runAsync(
                () -> {
                    for (int i = 0; i < count; i += 50) {
                        caller.sendNumbers(name, i, i + 50);
                    }
                },
                Thread.ofVirtual()::start);
        List<Event> seen = new ArrayList<>();
        int connections = 0;
        while (seen.size() < count) {
            String position =
                    seen.isEmpty() ? "&replay=true" : "&after=" + seen.getLast().id();
            try (EventStream stream = caller.listen("name=" + name + position)) {
                int some = Math.min(count - seen.size(), 1 + 137 * (++connections % 5));
                seen.addAll(stream.next(some));
            }
        }
        publisher.join();
        assertEquals(numbers(count), payloads(seen));
    }

    @Test
    void shouldReplayFromATime() {
        caller.sendNumbers(name, 0, 5);
        List<Event> old = caller.read(history());
        for (Event event : old) {
            List<String> wanted = payloads(old.stream()
                    .filter(other -> other.text("createdAt").compareTo(event.text("createdAt")) >= 0)
                    .toList());
            assertEquals(
                    wanted, payloads(caller.read("name=" + name + "&follow=false&since=" + event.text("createdAt"))));
        }
        assertEquals(numbers(5), payloads(caller.read("name=" + name + "&follow=false&since=1h")));
        assertEquals(numbers(5), payloads(caller.read("name=" + name + "&follow=false&since=2020-01-01T00:00:00Z")));
        assertTrue(caller.read("name=" + name + "&follow=false&since=2100-01-01T00:00:00Z")
                .isEmpty());
        try (EventStream stream = caller.listen("name=" + name + "&since=1h")) {
            assertEquals(numbers(5), payloads(stream.next(5)), "since is a replay without saying so");
            caller.send(name, "5");
            assertEquals("5", stream.next().payload());
        }
    }

    @Test
    void shouldEndAfterTheLimit() {
        caller.sendNumbers(name, 0, 10);
        assertEquals(numbers(3), payloads(caller.read("name=" + name + "&replay=true&limit=3")));
        assertEquals(numbers(10), payloads(caller.read("name=" + name + "&follow=false&limit=100")));
        try (EventStream live = caller.listen("name=" + name + "&limit=2");
                EventStream both = caller.listen("name=" + name + "&replay=true&limit=11")) {
            caller.sendNumbers(name, 10, 15);
            assertEquals(List.of("10", "11"), payloads(live.rest()));
            assertEquals(numbers(11), payloads(both.rest()));
        }
    }

    @Test
    void shouldSendOnlyEventsOfACorrelation() {
        caller.accepted(event("1", "\"correlationId\":\"a\""));
        caller.accepted(event("2", "\"correlationId\":\"b\""));
        caller.accepted(event("3", "\"correlation_id\":\"a\""));
        caller.accepted(event("4"));
        caller.accepted(event("5", "\"correlationId\":\"ab\""));
        assertEquals(List.of("1", "3"), payloads(caller.read(history() + "&correlationId=a")));
        assertEquals(List.of("5"), payloads(caller.read(history() + "&correlationId=ab")));
        try (EventStream stream = caller.listen("name=" + name + "&correlationId=b")) {
            caller.accepted(event("6", "\"correlationId\":\"a\""));
            caller.accepted(event("7", "\"correlationId\":\"b\""));
            assertEquals("7", stream.next().payload());
        }
    }

    @Test
    void shouldMatchACorrelationInWhateverWayItWasSpelled() {
        caller.accepted(event("1", "\"correlationId\":\"\\u00e9 \\\"q\\\" \\/ \\u0041\""));
        assertEquals(List.of("1"), payloads(caller.read(history() + "&correlationId=%C3%A9%20%22q%22%20%2F%20A")));
    }

    @Test
    void shouldCountOnlyWhatItSendsAgainstTheLimit() {
        for (int i = 0; i < 10; i++) {
            caller.accepted(event(Integer.toString(i), "\"correlationId\":\"" + (i % 2) + "\""));
        }
        assertEquals(
                List.of("1", "3", "5"), payloads(caller.read("name=" + name + "&replay=true&correlationId=1&limit=3")));
    }

    @Test
    void shouldSendAHeadOfAnEmptyReplayWithoutWaitingForAnEvent() {
        try (RawConnection raw = service.raw()) {
            raw.send(Wire.get(EVENTS + "/stream?replay=true&name=" + name, Tokens.service("tester", "events:listen")));
            assertEquals(200, raw.head().status());
            String id = caller.send(name, "1");
            assertEquals(id, new Event(raw.chunk().stripTrailing()).id());
        }
    }

    @Test
    void shouldReplayAfterARestartWhatWasPublishedBefore() {
        Assumptions.assumeTrue(store.durable(), "this backend keeps nothing over a restart");
        try (RunningService own = freshPlan().start()) {
            own.service().sendNumbers(name, 0, 1_000);
            List<Event> before = own.service().read(history());
            own.restart();
            assertEquals(before, own.service().read(history()), "the same lines, byte for byte");
            try (EventStream stream = own.service()
                    .listen("name=" + name + "&after=" + before.get(499).id())) {
                assertEquals(before.subList(500, 1_000), stream.next(500));
                own.service().send(name, "1000");
                assertEquals("1000", stream.next().payload());
            }
        }
    }

    @Test
    void shouldForgetEverythingAtARestartWhereNothingIsKept() {
        Assumptions.assumeFalse(store.durable(), "this backend keeps its events");
        try (RunningService own = freshPlan().start()) {
            String old = own.service().send(name, "1");
            own.restart();
            assertTrue(own.service().read(history()).isEmpty());
            own.service()
                    .listenRefused("name=" + name + "&after=" + old)
                    .expectError(400, "bad_request", "another log");
        }
    }
}
