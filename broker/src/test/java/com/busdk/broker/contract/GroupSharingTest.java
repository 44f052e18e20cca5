package com.busdk.broker.contract;

import static com.busdk.broker.contract.PublishTest.numbers;
import static com.busdk.broker.contract.PublishTest.payloads;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Competing consumers share by readiness. */
class GroupSharingTest extends ContractSuite {
    private static final String GROUP = "g";

    private String member(String consumer) {
        return "name=" + name + "&delivery=unicast&ack=explicit&group=" + GROUP + "&consumer=" + consumer;
    }

    private int inFlight(String consumer) {
        for (JsonNode entry : caller.group(GROUP, name).path("consumers")) {
            if (entry.path("consumer").asText().equals(consumer)) {
                return entry.path("in_flight").asInt(-1);
            }
        }
        return -1;
    }

    @Test
    void shouldGiveEachOfTwoReadyConsumersItsWindowAndThenWait() {
        try (EventStream a = caller.listen(member("a"));
                EventStream b = caller.listen(member("b"))) {
            caller.sendNumbers(name, 0, 100);
            Set<String> out = new HashSet<>();
            List<Event> ofA = a.next(32);
            List<Event> ofB = b.next(32);
            ofA.forEach(event -> out.add(event.id()));
            ofB.forEach(event -> out.add(event.id()));
            assertEquals(64, out.size(), "no event twice, and 32 is the window of each");
            JsonNode state = caller.group(GROUP, name);
            assertEquals(64, state.path("in_flight").asInt(-1), state::toString);
            assertEquals(36, state.path("lag").asInt(-1), state::toString);
            caller.done(GROUP, ofB.get(0));
            Event next = b.next();
            assertEquals("64", next.payload(), "the one who has room gets the next");
            assertEquals(32, inFlight("a"));
        }
    }

    @Test
    void shouldLetTheOthersCarryOnWhereOneHasEnoughToDo() {
        try (EventStream busy = caller.listen(member("busy") + "&max_in_flight=3");
                EventStream quick = caller.listen(member("quick"))) {
            caller.sendNumbers(name, 0, 500);
            List<Event> held = busy.next(3);
            Set<String> seen = new HashSet<>(payloads(held));
            while (seen.size() < 500) {
                Event event = quick.next();
                assertTrue(seen.add(event.payload()), event::toString);
                caller.done(GROUP, event);
            }
            assertEquals(new HashSet<>(numbers(500)), seen);
            caller.done(GROUP, held.toArray(Event[]::new));
        }
    }

    @Test
    void shouldShareBetweenConsumersOfDifferentModes() {
        String auto = member("auto").replace("&ack=explicit", "");
        try (EventStream explicit = caller.listen(member("explicit") + "&max_in_flight=2");
                EventStream open = caller.listen(auto)) {
            caller.sendNumbers(name, 0, 50);
            List<Event> leased = explicit.next(2);
            List<Event> taken = open.next(48);
            Set<String> all = new HashSet<>(payloads(leased));
            all.addAll(payloads(taken));
            assertEquals(50, all.size());
            assertTrue(taken.stream().allMatch(event -> event.token().isEmpty()), "only a lease has a token");
        }
    }

    @Test
    void shouldLetAConsumerJoinAndLeaveAtAnyTime() {
        Set<String> done = new HashSet<>();
        try (EventStream first = caller.listen(member("first") + "&max_in_flight=4")) {
            caller.sendNumbers(name, 0, 60);
            take(first, done, 10);
            List<EventStream> others = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                EventStream other = caller.listen(member("other-" + i) + "&max_in_flight=2");
                take(other, done, 5);
                others.add(other);
            }
            others.forEach(EventStream::close); // what they had and did not do comes back
            while (done.size() < 60) {
                take(first, done, 1);
            }
        }
        JsonNode state = Deadline.until(
                "nothing to be out",
                () -> caller.group(GROUP, name),
                s -> s.path("in_flight").asInt(-1) == 0);
        assertEquals(0, state.path("lag").asInt(-1), state::toString);
    }

    private void take(EventStream stream, Set<String> done, int count) {
        for (int i = 0; i < count; i++) {
            Event event = stream.next();
            assertTrue(done.add(event.payload()), () -> "done twice: " + event);
            caller.done(GROUP, event);
        }
    }

    @Test
    void shouldServeTwoConsumersOfTheSameName() {
        try (EventStream one = caller.listen(member("same") + "&max_in_flight=1");
                EventStream two = caller.listen(member("same") + "&max_in_flight=1")) {
            caller.sendNumbers(name, 0, 2);
            Set<String> seen =
                    new HashSet<>(Set.of(one.next().payload(), two.next().payload()));
            assertEquals(Set.of("0", "1"), seen);
        }
    }
}
