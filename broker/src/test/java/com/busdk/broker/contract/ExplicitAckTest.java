package com.busdk.broker.contract;

import static com.busdk.broker.contract.PublishTest.numbers;
import static com.busdk.broker.contract.PublishTest.payloads;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.fail;

import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Json;
import com.busdk.broker.contract.harness.RunningService;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Every delivery is a lease, settled by its token: who gets an event again, and when. */
class ExplicitAckTest extends LeaseSuite {
    @Test
    void shouldGiveATokenWithEachDelivery() {
        try (EventStream stream = caller.listen(member("a"))) {
            caller.sendNumbers(name, 0, 10);
            List<Event> events = stream.next(10);
            Set<String> tokens = new HashSet<>();
            for (Event event : events) {
                assertFalse(event.token().isEmpty());
                assertEquals(1, event.attempt());
                tokens.add(event.token());
            }
            assertEquals(10, tokens.size());
        }
    }

    @Test
    void shouldDeliverAgainWhatWasNotAcknowledgedWhenTheConnectionEnds() {
        List<Event> first;
        try (EventStream stream = caller.listen(member("a"))) {
            caller.sendNumbers(name, 0, 4);
            first = stream.next(4);
            caller.done(GROUP, first.get(1), first.get(3));
        }
        try (EventStream stream = caller.listen(member("b"))) {
            List<Event> again = stream.next(2);
            assertEquals(List.of("0", "2"), payloads(again));
            for (Event event : again) {
                assertEquals(2, event.attempt());
                assertEquals("b", event.tree().path("delivery").path("consumer").asText());
            }
            assertNotEquals(first.get(0).token(), again.get(0).token());
            caller.send(name, "4");
            assertEquals("4", stream.next().payload());
        }
    }

    @Test
    void shouldDeliverAgainAtOnceToAConsumerWhoIsThereWhenAnotherDies() {
        try (EventStream b = caller.listen(member("b") + "&limit=1000")) {
            EventStream a = caller.listen(member("a"));
            caller.sendNumbers(name, 0, 40);
            List<Event> ofA = new ArrayList<>();
            Set<String> done = new HashSet<>();
            // Both windows hold 32: with 40 events out, each of the two has at least 8.
            ofA.addAll(a.next(8));
            a.close();
            while (done.size() < 40) {
                Event event = b.next();
                done.add(event.payload());
                caller.done(GROUP, event);
            }
            assertEquals(new HashSet<>(numbers(40)), done);
            assertEquals(8, ofA.size());
        }
    }

    @Test
    void shouldDeliverAgainWhenALeaseRunsOut() {
        try (EventStream stream = caller.listen(member("a") + "&ack_wait=1s")) {
            String id = caller.send(name, "1");
            Event first = stream.next();
            Event second = stream.next();
            assertEquals(List.of(id, id), List.of(first.id(), second.id()));
            assertEquals(List.of(1, 2), List.of(first.attempt(), second.attempt()));
            assertNotEquals(first.token(), second.token());
            assertEquals(
                    Set.of(first.token()), texts(settle(tokens("ack", first)).path("stale")));
            caller.done(GROUP, second);
        }
    }

    @Test
    void shouldGiveALeaseThatRanOutToAnotherConsumer() {
        try (EventStream stalls = caller.listen(member("a") + "&ack_wait=1s&max_in_flight=1")) {
            caller.send(name, "1");
            caller.send(name, "2");
            Event first = stalls.next(); // and says nothing more
            try (EventStream works = caller.listen(member("b"))) {
                Event other = works.next();
                assertEquals("2", other.payload());
                caller.done(GROUP, other);
                Event again = firstOf(works, stalls);
                assertEquals(first.id(), again.id());
                assertEquals(2, again.attempt());
                caller.done(GROUP, again);
            }
        }
    }

    /** Whichever of the two gets the next event; both are ready. */
    private static Event firstOf(EventStream one, EventStream other) {
        BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        for (EventStream stream : List.of(one, other)) {
            Thread.ofVirtual().start(() -> stream.nextUnlessOver().ifPresent(events::add));
        }
        try {
            Event event = events.poll(Deadline.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            return event == null ? fail("neither of them got the event") : event;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldDeliverAgainWhatIsGivenBack() {
        try (EventStream stream = caller.listen(member("a"))) {
            caller.send(name, "1");
            Event first = stream.next();
            settle(nack(first, ",\"delay\":\"0s\",\"reason\":\"busy\""));
            Event second = stream.next();
            assertEquals(first.id(), second.id());
            assertEquals(2, second.attempt());
            caller.done(GROUP, second);
        }
    }

    /** More than is read in one go; each consumer is given about a mebibyte at a time. */
    @Test
    void shouldDeliverManyLargeOnesAgain() {
        try (EventStream a = caller.listen(member("a"));
                EventStream b = caller.listen(member("b"));
                EventStream c = caller.listen(member("c"))) {
            String large = "\"" + "x".repeat(400_000) + "\"";
            Set<String> sent = new TreeSet<>();
            for (int i = 0; i < 9; i++) {
                sent.add(caller.send(name, large));
            }
            List<String> back = new ArrayList<>();
            for (EventStream stream : List.of(a, b, c)) {
                for (Event event : stream.next(3)) {
                    back.add("{\"token\":" + Json.quote(event.token()) + ",\"delay\":\"0s\"}");
                }
            }
            settle("\"nack\":[" + String.join(",", back) + "]");
            Set<String> again = new TreeSet<>();
            for (EventStream stream : List.of(a, b, c)) {
                for (Event event : stream.next(3)) {
                    assertEquals(2, event.attempt());
                    again.add(event.id());
                }
            }
            assertEquals(sent, again);
        }
    }

    @Test
    void shouldGoOnWithTheOthersWhileOneIsHeldBack() {
        try (EventStream stream = caller.listen(member("a"))) {
            caller.send(name, "1");
            settle(nack(stream.next(), ",\"delay\":\"1h\""));
            caller.sendNumbers(name, 2, 30);
            List<Event> events = stream.next(28);
            assertEquals(numbers(30).subList(2, 30), payloads(events));
            caller.done(GROUP, events.toArray(Event[]::new));
        }
    }

    @Test
    void shouldDeliverAgainBehindTheDelay() {
        try (EventStream stream = caller.listen(member("a"))) {
            caller.send(name, "1");
            settle(nack(stream.next(), ",\"delay\":\"300ms\""));
            caller.send(name, "2");
            Event other = stream.next();
            assertEquals("2", other.payload(), "the one that is held back does not stop the group");
            Event again = stream.next();
            assertEquals("1", again.payload());
            assertEquals(2, again.attempt());
        }
    }

    @Test
    void shouldLetALeaseLiveLongerThatIsExtended() {
        try (EventStream stream = caller.listen(member("a"))) {
            caller.send(name, "1");
            Event event = stream.next();
            String until = leasedUntil(event);
            Deadline.until("the lease to end later than before", () -> {
                assertEquals(1, settle(tokens("extend", event)).path("extend").asInt(-1));
                return leasedUntil(event).compareTo(until) > 0;
            });
            caller.done(GROUP, event);
        }
    }

    private String leasedUntil(Event event) {
        JsonNode groups =
                caller.get(EVENTS + "/" + event.id()).expect(200).json().path("groups");
        assertEquals(1, groups.size(), groups::toString);
        assertEquals("leased", groups.get(0).path("state").asText());
        return groups.get(0).path("until").asText();
    }

    @Test
    void shouldHoldToItsWindow() {
        try (EventStream stream = caller.listen(member("a") + "&max_in_flight=5")) {
            caller.sendNumbers(name, 0, 20);
            List<Event> first = stream.next(5);
            JsonNode state = caller.group(GROUP, name);
            assertEquals(5, state.path("in_flight").asInt(-1), state::toString);
            caller.done(GROUP, first.get(0), first.get(1));
            assertEquals(List.of("5", "6"), payloads(stream.next(2)));
            assertEquals(5, caller.group(GROUP, name).path("in_flight").asInt(-1));
        }
    }

    @Test
    void shouldDeliverAgainAfterARestartWhatWasNotAcknowledged() {
        Assumptions.assumeTrue(store.durable(), "this backend keeps nothing over a restart");
        try (RunningService own = freshPlan().start()) {
            List<Event> first;
            try (EventStream stream = own.service().listen(member("a"))) {
                own.service().sendNumbers(name, 0, 20);
                first = stream.next(20);
                own.service().done(GROUP, first.subList(0, 10).toArray(Event[]::new));
                own.service().ack(GROUP, tokens("reject", first.get(10))).expect(200);
                own.restart();
            }
            try (EventStream stream = own.service().listen(member("a"))) {
                List<Event> again = stream.next(9);
                List<Integer> left = new ArrayList<>(again.stream()
                        .map(event -> Integer.parseInt(event.payload()))
                        .toList());
                Collections.sort(left);
                assertEquals(List.of(11, 12, 13, 14, 15, 16, 17, 18, 19), left);
                JsonNode late = own.service()
                        .ack(GROUP, tokens("ack", first.get(11)))
                        .expect(200)
                        .json();
                assertEquals(0, late.path("ack").asInt(-1), "a lease does not outlive its connection");
                own.service().done(GROUP, again.toArray(Event[]::new));
            }
        }
    }

    @Test
    void shouldNeverHaveAnEventOutTwiceAtATime() throws InterruptedException {
        int count = 400;
        OneAtATime checker = new OneAtATime();
        List<Thread> consumers = new ArrayList<>();
        List<EventStream> streams = new ArrayList<>();
        for (int c = 0; c < 4; c++) {
            // Some are given back five times by chance: they must not become dead letters, which are never
            // acknowledged.
            EventStream stream = caller.listen(member("c" + c) + "&max_in_flight=8&max_deliveries=1000");
            streams.add(stream);
            int which = c;
            consumers.add(Thread.ofVirtual().start(() -> {
                int turn = 0;
                for (var next = stream.nextUnlessOver(); next.isPresent(); next = stream.nextUnlessOver()) {
                    Event event = next.get();
                    checker.leased(event);
                    if (++turn % 7 == which) {
                        checker.released(event);
                        settle(nack(event, ",\"delay\":\"1ms\""));
                    } else {
                        checker.acked(event);
                        caller.done(GROUP, event);
                    }
                }
            }));
        }
        caller.sendNumbers(name, 0, count);
        Deadline.until("all events to be done", () -> checker.done(count));
        streams.forEach(EventStream::close);
        for (Thread consumer : consumers) {
            consumer.join();
        }
        checker.check();
    }
}
