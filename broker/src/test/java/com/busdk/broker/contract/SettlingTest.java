package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Json;
import com.busdk.broker.contract.harness.Tokens;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a request that settles leases does, what it answers, and who may send it. */
class SettlingTest extends LeaseSuite {
    @Test
    void shouldCountWhatItSettles() {
        try (EventStream stream = caller.listen(member("a"))) {
            caller.sendNumbers(name, 0, 6);
            List<Event> events = stream.next(6);
            JsonNode counts = settle(tokens("ack", events.get(0), events.get(1)) + ","
                    + nack(events.get(2), ",\"delay\":\"1h\"") + "," + tokens("reject", events.get(3)) + ","
                    + tokens("extend", events.get(4), events.get(5)));
            assertEquals(2, counts.path("ack").asInt(-1), counts::toString);
            assertEquals(1, counts.path("nack").asInt(-1), counts::toString);
            assertEquals(1, counts.path("reject").asInt(-1), counts::toString);
            assertEquals(2, counts.path("extend").asInt(-1), counts::toString);
            assertTrue(counts.path("stale").isArray() && counts.path("stale").isEmpty(), counts::toString);
            assertTrue(
                    counts.path("unknown").isArray() && counts.path("unknown").isEmpty(), counts::toString);
        }
    }

    @Test
    void shouldFenceOutWhoHasLostTheLease() {
        Event old;
        try (EventStream a = caller.listen(member("a"))) {
            caller.send(name, "1");
            old = a.next();
        }
        try (EventStream b = caller.listen(member("b"))) {
            Event mine = b.next();
            assertEquals(2, mine.attempt());
            JsonNode answer = settle(tokens("ack", old));
            assertEquals(0, answer.path("ack").asInt(-1));
            assertEquals(Set.of(old.token()), texts(answer.path("stale")));
            assertEquals(Set.of(old.token()), texts(settle(nack(old, "")).path("stale")));
            assertEquals(
                    Set.of(old.token()), texts(settle(tokens("reject", old)).path("stale")));
            assertEquals(
                    Set.of(old.token()), texts(settle(tokens("extend", old)).path("stale")));
            caller.done(GROUP, mine); // none of that has touched the lease that lives
        }
        try (EventStream c = caller.listen(member("c"))) {
            caller.send(name, "2");
            assertEquals("2", c.next().payload(), "the event is done for good");
        }
    }

    @Test
    void shouldSayWhichTokensItDoesNotKnow() {
        try (EventStream stream = caller.listen(member("a"))) {
            caller.send(name, "1");
            Event event = stream.next();
            JsonNode answer = settle("\"ack\":[\"nonsense\",\"\"," + Json.quote(event.token() + "0") + "]");
            assertEquals(0, answer.path("ack").asInt(-1));
            assertEquals(Set.of("nonsense", "", event.token() + "0"), texts(answer.path("unknown")), answer::toString);
            caller.done(GROUP, event);
        }
    }

    @Test
    void shouldNotTakeATokenOfAnotherGroup() {
        String other = member("a").replace("group=" + GROUP, "group=others");
        try (EventStream mine = caller.listen(member("a"));
                EventStream theirs = caller.listen(other)) {
            caller.send(name, "1");
            Event event = mine.next();
            theirs.next();
            JsonNode answer =
                    caller.ack("others", tokens("ack", event)).expect(200).json();
            assertEquals(0, answer.path("ack").asInt(-1));
            assertEquals(Set.of(event.token()), texts(answer.path("unknown")));
            caller.done(GROUP, event);
        }
    }

    @Test
    void shouldTakeARepeatedAckAsHarmless() {
        try (EventStream stream = caller.listen(member("a"))) {
            caller.send(name, "1");
            Event event = stream.next();
            caller.done(GROUP, event);
            for (int i = 0; i < 3; i++) {
                JsonNode again = settle(tokens("ack", event));
                assertTrue(again.path("unknown").isEmpty(), again::toString);
            }
            settle(tokens("ack", event, event));
            caller.send(name, "2");
            assertEquals("2", stream.next().payload());
        }
    }

    /** A client that sends together what was asked for together need not know what else there is of a token. */
    @Test
    void shouldBothExtendAndSettleInOneRequest() {
        try (EventStream stream = caller.listen(member("a"))) {
            caller.sendNumbers(name, 0, 3);
            List<Event> events = stream.next(3);
            String members = tokens("ack", events.get(0)) + "," + nack(events.get(1), ",\"delay\":\"1h\"") + ","
                    + tokens("reject", events.get(2)) + "," + tokens("extend", events.toArray(Event[]::new));
            assertSettled(settle(members), 1, 1, 1, 3);
            assertEquals("done", standing(events.get(0)));
            assertEquals("waiting", standing(events.get(1)));
            assertEquals("dead", standing(events.get(2)));
        }
    }

    /** Its answer may have been lost. */
    @Test
    void shouldAnswerARepeatOfAnExtendAndAckAsTheFirst() {
        try (EventStream stream = caller.listen(member("a"))) {
            caller.send(name, "1");
            Event event = stream.next();
            String members = tokens("ack", event) + "," + tokens("extend", event);
            assertSettled(settle(members), 1, 0, 0, 1);
            assertSettled(settle(members), 1, 0, 0, 1);
            assertEquals(
                    Set.of(event.token()), texts(settle(tokens("extend", event)).path("stale")));
        }
    }

    @Test
    void shouldSettleOnceWhatAListNamesTwice() {
        try (EventStream stream = caller.listen(member("a"))) {
            caller.sendNumbers(name, 0, 4);
            List<Event> events = stream.next(4);
            assertSettled(settle(tokens("ack", events.get(0), events.get(0))), 2, 0, 0, 0);
            assertSettled(settle(tokens("nack", events.get(1), events.get(1))), 0, 2, 0, 0);
            assertSettled(settle(tokens("reject", events.get(2), events.get(2))), 0, 0, 2, 0);
            assertSettled(settle(tokens("extend", events.get(3), events.get(3))), 0, 0, 0, 2);
            assertEquals("done", standing(events.get(0)));
            Event again = stream.next();
            assertEquals(events.get(1).id(), again.id());
            assertEquals(2, again.attempt(), "given back once");
            assertEquals("dead", standing(events.get(2)));
            caller.done(GROUP, events.get(3), again);
            assertEquals(1, caller.group(GROUP, name).path("dead_letters").asInt(-1));
        }
    }

    /** Done is done; and what is given back is tried again before it is given up. */
    @Test
    void shouldSettleByTheFirstListWhatSeveralName() {
        try (EventStream stream = caller.listen(member("a"))) {
            caller.sendNumbers(name, 0, 2);
            List<Event> events = stream.next(2);
            Event done = events.get(0);
            Event back = events.get(1);
            String members =
                    tokens("reject", done, back) + "," + tokens("nack", done, back) + "," + tokens("ack", done);
            assertSettled(settle(members), 1, 1, 0, 0);
            assertEquals("done", standing(done));
            Event again = stream.next();
            assertEquals(back.id(), again.id());
            caller.done(GROUP, again);
            assertEquals(0, caller.group(GROUP, name).path("dead_letters").asInt(-1));
        }
    }

    private static void assertSettled(JsonNode answer, int ack, int nack, int reject, int extend) {
        List<Integer> counts = new ArrayList<>();
        for (String verb : List.of("ack", "nack", "reject", "extend")) {
            counts.add(answer.path(verb).asInt(-1));
        }
        assertEquals(List.of(ack, nack, reject, extend), counts, answer::toString);
        assertEquals(Set.of(), texts(answer.path("stale")), "what the request itself has ended is not lost");
        assertEquals(Set.of(), texts(answer.path("unknown")));
    }

    private String standing(Event event) {
        JsonNode groups =
                caller.get(EVENTS + "/" + event.id()).expect(200).json().path("groups");
        assertEquals(1, groups.size(), groups::toString);
        return groups.get(0).path("state").asText();
    }

    @Test
    void shouldRefuseTheAckOfAnotherIdentity() {
        Caller stranger = service.user("mallory", "events:send events:listen");
        Caller owner = service.user("alice", "events:send events:listen");
        try (EventStream stream = owner.listen(member("a"))) {
            owner.send(name, "1");
            Event event = stream.next();
            stranger.ack(GROUP, tokens("ack", event)).expectError(404, "not_found");
            try (EventStream own = stranger.listen(member("a"))) { // now there is a group of that name
                stranger.send(name, "2");
                own.next();
                JsonNode answer =
                        stranger.ack(GROUP, tokens("ack", event)).expect(200).json();
                assertEquals(0, answer.path("ack").asInt(-1));
                assertEquals(Set.of(event.token()), texts(answer.path("unknown")));
            }
            owner.done(GROUP, event);
        }
    }

    @Test
    void shouldRefuseTheAckOfAnotherServiceThatSeesTheSameGroup() {
        Caller other = service.as(Tokens.service("other", "events:listen"));
        try (EventStream stream = caller.listen(member("a"))) {
            caller.send(name, "1");
            Event event = stream.next();
            JsonNode answer = other.ack(GROUP, tokens("ack", event)).expect(200).json();
            assertEquals(0, answer.path("ack").asInt(-1), "the lease is of the identity of the stream");
            caller.done(GROUP, event);
        }
    }

    @Test
    void shouldRefuseAnAckWithoutTheScopeOfTheStream() {
        try (EventStream stream = caller.listen(member("a"))) {
            caller.send(name, "1");
            Event event = stream.next();
            Caller withoutScope = service.as(Tokens.service("tester", "events:send"));
            int status = withoutScope.ack(GROUP, tokens("ack", event)).status();
            assertTrue(status == 403 || status == 404, () -> "refused, not " + status);
            caller.done(GROUP, event);
        }
    }

    @Test
    void shouldSay404WhereThereIsNoSuchGroup() {
        caller.ack("nobody-" + name.replace('.', '-'), "\"ack\":[\"x\"]").expectError(404, "not_found");
    }
}
