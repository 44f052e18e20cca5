package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Json;
import com.busdk.broker.contract.harness.Tokens;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the hub says of groups, events and names. */
class InspectTest extends ContractSuite {
    private static final String GROUP = "g";

    private String member(String consumer) {
        return "name=" + name + "&delivery=unicast&ack=explicit&group=" + GROUP + "&consumer=" + consumer;
    }

    private JsonNode state() {
        return caller.group(GROUP, name);
    }

    private JsonNode stateOnce(String field, int value) {
        return Deadline.until(
                field + " to be " + value,
                this::state,
                state -> state.path(field).asInt(-1) == value);
    }

    private String idleBecause() {
        JsonNode why = state().path("idle_because");
        return why.isNull() || why.isMissingNode() ? "" : why.asText();
    }

    @Test
    void shouldCountWhatWaitsWhatIsOutAndWhatCameAgain() {
        try (EventStream stream = caller.listen(member("a") + "&max_in_flight=3")) {
            caller.sendNumbers(name, 0, 10);
            List<Event> out = stream.next(3);
            JsonNode state = stateOnce("in_flight", 3);
            assertEquals(7, state.path("lag").asInt(-1), state::toString);
            assertEquals(0, state.path("redeliveries").asInt(-1), state::toString);
            assertEquals(0, state.path("dead_letters").asInt(-1), state::toString);
            JsonNode consumer = state.path("consumers").path(0);
            assertEquals("a", consumer.path("consumer").asText(), state::toString);
            assertEquals(3, consumer.path("in_flight").asInt(-1), state::toString);
            caller.ack(
                            GROUP,
                            "\"nack\":[{\"token\":%s,\"delay\":\"0s\"}],\"reject\":[%s]"
                                    .formatted(
                                            Json.quote(out.get(0).token()),
                                            Json.quote(out.get(1).token())))
                    .expect(200);
            List<Event> further = stream.next(2);
            assertTrue(further.stream().anyMatch(event -> event.attempt() == 2), further::toString);
            state = stateOnce("redeliveries", 1);
            assertEquals(1, state.path("dead_letters").asInt(-1), state::toString);
            assertEquals(3, state.path("in_flight").asInt(-1), state::toString);
        }
    }

    @Test
    void shouldSayWhyNothingIsDelivered() {
        EventStream stream = caller.listen(member("a") + "&max_in_flight=2");
        assertEquals("", idleBecause(), "nothing waits");
        caller.sendNumbers(name, 0, 5);
        stream.next(2);
        assertTrue(idleBecause().contains("window"), this::idleBecause);
        stream.close();
        Deadline.until("no consumer", () -> idleBecause().contains("consumer"));
    }

    @Test
    void shouldSayThatWhatWaitsIsOrderedByKey() {
        String ordered = member("a") + "&ordered=key";
        try (EventStream stream = caller.listen(ordered)) {
            caller.accepted(event("1", "\"key\":\"k\""));
            stream.next();
            caller.accepted(event("2", "\"key\":\"k\""));
            Deadline.until("the reason to be the key", () -> idleBecause().contains("key"));
        }
    }

    @Test
    void shouldSayThatAllIsLeased() {
        try (EventStream stream = caller.listen(member("a"))) {
            caller.sendNumbers(name, 0, 2);
            List<Event> out = stream.next(2);
            assertTrue(idleBecause().startsWith("all leased"), this::idleBecause);
            caller.done(GROUP, out.toArray(Event[]::new));
            Deadline.until("nothing to say", () -> idleBecause().isEmpty());
        }
    }

    @Test
    void shouldListGroupsOfANameAndOfAll() {
        caller.listen(member("a")).close();
        caller.listen(member("a").replace("group=" + GROUP, "group=other")).close();
        List<String> ofName = new ArrayList<>();
        caller.get(EVENTS + "/groups?name=" + name)
                .expect(200)
                .json()
                .path("groups")
                .forEach(group -> ofName.add(group.path("group").asText()));
        assertEquals(List.of(GROUP, "other"), ofName);
        List<String> ofAll = new ArrayList<>();
        caller.get(EVENTS + "/groups").expect(200).json().path("groups").forEach(group -> {
            if (group.path("name").asText().equals(name)) {
                ofAll.add(group.path("group").asText());
            }
        });
        assertEquals(List.of(GROUP, "other"), ofAll);
    }

    @Test
    void shouldShowOneEventAndWhereEachGroupStandsWithIt() {
        try (EventStream stream = caller.listen(member("a") + "&max_in_flight=3")) {
            caller.sendNumbers(name, 0, 4);
            List<Event> out = stream.next(3);
            caller.done(GROUP, out.get(0));
            caller.ack(GROUP, "\"reject\":[" + Json.quote(out.get(1).token()) + "]")
                    .expect(200);
            List<Event> all = caller.read(history());
            assertEquals("done", standing(all.get(0)).path("state").asText());
            assertEquals("dead", standing(all.get(1)).path("state").asText());
            JsonNode leased = standing(all.get(2));
            assertEquals("leased", leased.path("state").asText());
            assertEquals("a", leased.path("consumer").asText());
            assertTrue(Instant.parse(leased.path("until").asText())
                    .isAfter(Instant.now().minusSeconds(60)));
            stream.next();
            caller.send(name, "4");
            caller.sendNumbers(name, 5, 7);
            Event last = caller.read(history()).getLast();
            assertEquals("waiting", standing(last).path("state").asText());
        }
    }

    private JsonNode standing(Event event) {
        JsonNode body = caller.get(EVENTS + "/" + event.id()).expect(200).json();
        assertEquals(event.tree(), body.path("event"));
        assertEquals(1, body.path("groups").size(), body::toString);
        assertEquals(GROUP, body.path("groups").get(0).path("group").asText());
        return body.path("groups").get(0);
    }

    @Test
    void shouldShowAnEventThatNoGroupSees() {
        String id = caller.send(name, "{\"big\":12345678901234567890123}");
        String body = caller.get(EVENTS + "/" + id).expect(200).body();
        assertTrue(body.contains("{\"big\":12345678901234567890123}"), body);
        assertEquals(0, Json.parse(body).path("groups").size());
    }

    @Test
    void shouldShowNoGroupThatBeganBehindAnEvent() {
        String before = caller.send(name, "1");
        try (EventStream stream = caller.listen(member("a"))) {
            caller.send(name, "2");
            caller.done(GROUP, stream.next());
            Event its = caller.read(history()).getLast();
            assertEquals("done", standing(its).path("state").asText());
        }
        assertEquals(
                0,
                caller.get(EVENTS + "/" + before)
                        .expect(200)
                        .json()
                        .path("groups")
                        .size());
    }

    @Test
    void shouldSay404WhereThereIsNoSuchEvent() {
        String id = caller.send(name, "1");
        String future = id.substring(0, id.length() - 14) + "00ffffffffffff";
        caller.get(EVENTS + "/" + future).expectError(404, "not_found");
        caller.get(EVENTS + "/evt_nonsense").expectError(404, "not_found");
    }

    @Test
    void shouldNotShowAnEventOfANameThatTheTokenMayNotListenTo() {
        Caller vm = service.as(Tokens.service("vm", "vm:write"));
        String id = vm.accepted("{\"name\":\"bus.vm.start.request\"}");
        vm.get(EVENTS + "/" + id).expect(200);
        int status = caller.get(EVENTS + "/" + id).status();
        assertTrue(status == 404 || status == 403, () -> "hidden, not " + status);
    }

    @Test
    void shouldListNamesWithCountAndLastTime() {
        caller.sendNumbers(name, 0, 3);
        Event last = caller.read(history()).getLast();
        JsonNode entry = null;
        List<String> names = new ArrayList<>();
        for (JsonNode one : caller.get(EVENTS + "/names").expect(200).json().path("names")) {
            names.add(one.path("name").asText());
            if (one.path("name").asText().equals(name)) {
                entry = one;
            }
        }
        assertTrue(entry != null, names::toString);
        assertEquals(3, entry.path("count").asInt());
        assertEquals(last.text("createdAt"), entry.path("lastTime").asText(), entry::toString);
        List<String> sorted = new ArrayList<>(names);
        Collections.sort(sorted);
        assertEquals(sorted, names);
    }

    @Test
    void shouldListOnlyNamesThatTheTokenMayListenTo() {
        caller.send(name, "1");
        Caller vm = service.as(Tokens.service("vm", "vm:read"));
        vm.accepted("{\"name\":\"bus.vm.status.request\"}");
        String ofVm = vm.get(EVENTS + "/names").expect(200).body();
        assertTrue(ofVm.contains("bus.vm.status.request"), ofVm);
        assertFalse(ofVm.contains(name), ofVm);
        assertFalse(caller.get(EVENTS + "/names").expect(200).body().contains("bus.vm.status.request"));
    }
}
