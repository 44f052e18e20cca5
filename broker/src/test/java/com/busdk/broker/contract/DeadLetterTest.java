package com.busdk.broker.contract;

import static com.busdk.broker.contract.PublishTest.payloads;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Json;
import com.busdk.broker.contract.harness.RunningService;
import com.busdk.broker.contract.harness.Tokens;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Events that a group could not do. */
class DeadLetterTest extends ContractSuite {
    private static final String DEAD_LETTERS = EVENTS + "/dead-letters";

    private String group;
    private Caller admin;

    @BeforeEach
    void takeGroup() {
        group = name.replace('.', '-');
        admin = service.as(Tokens.service("tester", "events:send events:listen events:admin"));
    }

    private String member() {
        return "name=" + name + "&delivery=unicast&ack=explicit&group=" + group;
    }

    private void nack(Caller who, Event event, String reason) {
        who.ack(
                        group,
                        "\"nack\":[{\"token\":%s,\"delay\":\"0s\",\"reason\":\"%s\"}]"
                                .formatted(Json.quote(event.token()), reason))
                .expect(200);
    }

    private void reject(Caller who, Event... events) {
        for (Event event : events) {
            who.ack(group, "\"reject\":[" + Json.quote(event.token()) + "]").expect(200);
        }
    }

    private List<JsonNode> deadLetters(Caller who) {
        JsonNode body = who.get(DEAD_LETTERS + "?group=" + group).expect(200).json();
        List<JsonNode> letters = new ArrayList<>();
        body.path("dead_letters").forEach(letters::add);
        return letters;
    }

    private List<String> deadPayloads(Caller who) {
        return deadLetters(who).stream()
                .map(letter -> letter.path("event").path("payload").toString())
                .toList();
    }

    /** Publishes numbers and rejects them all. */
    private List<Event> bury(Caller who, int count) {
        try (EventStream stream = who.listen(member())) {
            who.sendNumbers(name, 0, count);
            List<Event> events = stream.next(count);
            reject(who, events.toArray(Event[]::new));
            return events;
        }
    }

    @Test
    void shouldBuryAnEventAfterItsLastDelivery() {
        try (EventStream stream = admin.listen(member() + "&max_deliveries=3")) {
            String id = admin.send(name, "{\"bad\":true}");
            for (int attempt = 1; attempt <= 3; attempt++) {
                Event event = stream.next();
                assertEquals(attempt, event.attempt());
                nack(admin, event, "reason " + attempt);
            }
            List<JsonNode> letters =
                    Deadline.until("the dead letter", () -> deadLetters(admin), list -> !list.isEmpty());
            JsonNode letter = letters.getFirst();
            assertEquals(1, letters.size());
            assertEquals(id, letter.path("event").path("id").asText());
            assertEquals("{\"bad\":true}", letter.path("event").path("payload").toString());
            assertEquals(3, letter.path("attempts").asInt());
            assertEquals("reason 3", letter.path("reason").asText());
            assertTrue(Instant.parse(letter.path("time").asText())
                    .isAfter(Instant.now().minusSeconds(600)));
            admin.send(name, "\"next\"");
            Event next = Deadline.until("the group to go on", stream::next, event -> true);
            assertEquals("\"next\"", next.payload());
        }
    }

    /** Whether the one that is gone has begun anything, nobody knows: so it counts. */
    @Test
    void shouldCountADeliveryWhoseConsumerIsGone() {
        String id = "";
        for (int attempt = 1; attempt <= 2; attempt++) {
            try (EventStream stream = admin.listen(member() + "&max_deliveries=2")) {
                if (attempt == 1) {
                    id = admin.send(name, "1");
                }
                assertEquals(attempt, stream.next().attempt());
            }
        }
        List<JsonNode> letters = Deadline.until("the dead letter", () -> deadLetters(admin), list -> !list.isEmpty());
        assertEquals(id, letters.getFirst().path("event").path("id").asText());
        assertEquals(2, letters.getFirst().path("attempts").asInt());
        assertEquals("the connection ended", letters.getFirst().path("reason").asText());
        try (EventStream stream = admin.listen(member() + "&max_deliveries=2")) {
            admin.send(name, "2");
            assertEquals("2", stream.next().payload(), "the group goes on");
        }
    }

    @Test
    void shouldBuryAnEventAtOnceThatIsRejected() {
        bury(admin, 1);
        JsonNode letter = deadLetters(admin).getFirst();
        assertEquals(1, letter.path("attempts").asInt());
        try (EventStream stream = admin.listen(member())) {
            admin.send(name, "\"next\"");
            assertEquals("\"next\"", stream.next().payload());
        }
    }

    @Test
    void shouldTakeAReasonWithAReject() {
        try (EventStream stream = admin.listen(member())) {
            admin.send(name, "1");
            Event event = stream.next();
            admin.ack(group, "\"reject\":[{\"token\":" + Json.quote(event.token()) + ",\"reason\":\"no such VM\"}]")
                    .expect(200);
        }
        assertEquals("no such VM", deadLetters(admin).getFirst().path("reason").asText());
    }

    @Test
    void shouldListOldestFirstAndByName() {
        bury(admin, 5);
        assertEquals(List.of("0", "1", "2", "3", "4"), deadPayloads(admin));
        JsonNode ofName = admin.get(DEAD_LETTERS + "?group=" + group + "&name=" + name)
                .expect(200)
                .json();
        assertEquals(5, ofName.path("dead_letters").size());
        JsonNode ofOther = admin.get(DEAD_LETTERS + "?group=" + group + "&name=" + freshName())
                .expect(200)
                .json();
        assertEquals(0, ofOther.path("dead_letters").size());
    }

    /** Twelve events of 600 kB: more than one answer holds. */
    @Test
    void shouldAnswerInPagesThatAreBounded() {
        List<String> ids = new ArrayList<>();
        try (EventStream stream = admin.listen(member())) {
            String large = "\"" + "x".repeat(600_000) + "\"";
            for (int i = 0; i < 12; i++) {
                ids.add(admin.send(name, large));
                reject(admin, stream.next());
            }
        }
        List<String> listed = new ArrayList<>();
        List<Integer> pages = new ArrayList<>();
        String after = "";
        while (pages.size() < 4 && !pages.contains(0)) {
            Answer answer = admin.get(DEAD_LETTERS + "?group=" + group + "&name=" + name + after)
                    .expect(200);
            JsonNode page = answer.json().path("dead_letters");
            page.forEach(letter -> listed.add(letter.path("id").asText()));
            pages.add(page.size());
            after = "&after=" + listed.getLast();
        }
        assertEquals(List.of(6, 6, 0), pages, "as many as have room in 4 MiB, and none twice");
        assertEquals(ids, listed);
    }

    @Test
    void shouldPageByNameThoughOthersCameFirst() {
        String other = freshName();
        String both = "name=" + other + "&" + member();
        try (EventStream stream = admin.listen(both)) {
            admin.sendNumbers(other, 0, 3);
            admin.sendNumbers(name, 0, 2);
            reject(admin, stream.next(5).toArray(Event[]::new));
        }
        JsonNode page = admin.get(DEAD_LETTERS + "?group=" + group + "&limit=2&name=" + name)
                .expect(200)
                .json()
                .path("dead_letters");
        assertEquals(2, page.size(), page::toString);
        page.forEach(letter -> assertEquals(name, letter.path("name").asText()));
    }

    @Test
    void shouldNameTheScopeThatIsMissingRatherThanDenyTheGroup() {
        bury(admin, 1);
        Caller vm = service.as(Tokens.service("vm", "vm:write"));
        vm.get(DEAD_LETTERS + "?group=" + group).expectError(403, "forbidden", "events:listen");
        for (String verb : List.of("ack", "nack", "reject", "extend")) {
            vm.ack(group, "\"" + verb + "\":[\"token\"]").expectError(403, "forbidden", "events:listen");
        }
        // What others have is not there for a user, whatever it lacks.
        Caller alice = service.user("alice", "vm:write");
        alice.get(DEAD_LETTERS + "?group=" + group).expectError(404, "not_found");
        alice.ack(group, "\"ack\":[]").expectError(404, "not_found");
    }

    @Test
    void shouldPublishEachDeadLetterAsAnEvent() {
        try (EventStream stream = admin.listen("name=bus.events.dead_letter")) {
            Event buried = bury(admin, 1).getFirst();
            Event told = stream.next();
            JsonNode payload = told.tree().path("payload");
            assertEquals(group, payload.path("group").asText(), told::toString);
            assertEquals(name, payload.path("name").asText(), told::toString);
            assertEquals(buried.id(), payload.path("id").asText(), told::toString);
            assertEquals(1, payload.path("attempts").asInt(), told::toString);
        }
    }

    /** Or one that nobody can do would make another one for ever, and two such groups would make two of each. */
    @Test
    void shouldNotTellOfWhatAGroupOfDeadLettersGivesUp() {
        String told = "bus.events.dead_letter";
        String helpers = "helpers-" + group;
        try (EventStream all = admin.listen("name=" + told);
                EventStream helper = admin.listen("name=" + told + "&delivery=unicast&ack=explicit&group=" + helpers)) {
            bury(admin, 1);
            Event letter = helper.next();
            assertEquals(letter.id(), all.next().id());
            admin.ack(helpers, "\"reject\":[" + Json.quote(letter.token()) + "]")
                    .expect(200);
            JsonNode given = admin.get(DEAD_LETTERS + "?group=" + helpers)
                    .expect(200)
                    .json()
                    .path("dead_letters");
            assertEquals(1, given.size(), "the group's own list has it");
            assertEquals(letter.id(), given.get(0).path("id").asText());
            bury(admin, 1);
            String next = all.next().payload();
            assertTrue(next.contains("\"group\":\"" + group + "\""), () -> "of the other group alone, not " + next);
            assertEquals(next, helper.next().payload());
        }
    }

    @Test
    void shouldGiveDeadLettersBackByTheirIds() {
        List<Event> events = bury(admin, 3);
        JsonNode answer = admin.post(
                        DEAD_LETTERS + "/redrive",
                        "{\"group\":\"" + group + "\",\"ids\":[\""
                                + events.get(1).id() + "\"]}")
                .expect(200)
                .json();
        assertEquals(1, answer.path("count").asInt(-1), answer::toString);
        try (EventStream stream = admin.listen(member())) {
            Event again = stream.next();
            assertEquals("1", again.payload());
            assertEquals(1, again.attempt(), "it starts anew");
            admin.done(group, again);
        }
        assertEquals(List.of("0", "2"), deadPayloads(admin));
    }

    @Test
    void shouldGiveAllDeadLettersBack() {
        bury(admin, 4);
        admin.post(DEAD_LETTERS + "/redrive", "{\"group\":\"" + group + "\",\"all\":true}")
                .expect(200);
        assertEquals(List.of(), deadPayloads(admin));
        try (EventStream stream = admin.listen(member())) {
            assertEquals(List.of("0", "1", "2", "3"), payloads(stream.next(4)));
        }
    }

    @Test
    void shouldForgetDeadLettersByTheirIdsAndAll() {
        List<Event> events = bury(admin, 4);
        admin.delete(
                        DEAD_LETTERS,
                        "{\"group\":\"" + group + "\",\"ids\":[\""
                                + events.get(0).id() + "\",\"" + events.get(3).id() + "\"]}")
                .expect(200);
        assertEquals(List.of("1", "2"), deadPayloads(admin));
        JsonNode answer = admin.delete(DEAD_LETTERS, "{\"group\":\"" + group + "\",\"all\":true}")
                .expect(200)
                .json();
        assertEquals(2, answer.path("count").asInt(-1), answer::toString);
        assertEquals(List.of(), deadPayloads(admin));
        assertEquals(4, admin.read(history()).size(), "the events themselves stay");
    }

    @Test
    void shouldNeedTheAdminScopeToGiveBackAndToForget() {
        bury(admin, 1);
        String all = "{\"group\":\"" + group + "\",\"all\":true}";
        caller.post(DEAD_LETTERS + "/redrive", all).expectError(403, "forbidden", "events:admin");
        caller.delete(DEAD_LETTERS, all).expectError(403, "forbidden", "events:admin");
        assertEquals(1, deadLetters(caller).size(), "to look needs no more than to listen");
    }

    @Test
    void shouldShowAndSettleOnlyTheOwnDeadLetters() {
        String scope = "events:send events:listen events:admin";
        Caller alice = service.user("alice", scope);
        Caller bob = service.user("bob", scope);
        Event ofAlice = bury(alice, 1).getFirst();
        Event ofBob = bury(bob, 1).getFirst();
        assertEquals(1, deadLetters(alice).size());
        assertFalse(deadLetters(alice).toString().contains(ofBob.id()));
        bob.delete(DEAD_LETTERS, "{\"group\":\"" + group + "\",\"ids\":[\"" + ofAlice.id() + "\"]}");
        bob.post(DEAD_LETTERS + "/redrive", "{\"group\":\"" + group + "\",\"ids\":[\"" + ofAlice.id() + "\"]}");
        bob.delete(DEAD_LETTERS, "{\"group\":\"" + group + "\",\"all\":true}").expect(200);
        assertEquals(1, deadLetters(alice).size(), "whatever bob does");
        assertEquals(0, deadLetters(bob).size());
    }

    /** Nobody else could help where a user does not. */
    @Test
    void shouldLetAnAdminServiceSettleThoseOfAUser() {
        Caller alice = service.user("alice", "events:send events:listen");
        Caller bob = service.user("bob", "events:send events:listen");
        List<Event> ofAlice = bury(alice, 3);
        bury(bob, 1);
        String owned = "{\"group\":\"" + group + "\",\"owner\":\"alice\",";
        admin.get(DEAD_LETTERS + "?group=" + group).expectError(404, "not_found");
        String page = DEAD_LETTERS + "?group=" + group + "&owner=alice&limit=2&name=" + name;
        JsonNode letters = admin.get(page).expect(200).json().path("dead_letters");
        assertEquals(2, letters.size());
        assertEquals(
                ofAlice.getFirst().id(), letters.get(0).path("event").path("id").asText());
        assertEquals("alice", letters.get(0).path("event").path("identityId").asText());
        letters = admin.get(page + "&after=" + letters.get(1).path("id").asText())
                .expect(200)
                .json()
                .path("dead_letters");
        assertEquals(ofAlice.getLast().id(), letters.path(0).path("id").asText());

        Answer redriven = admin.post(
                DEAD_LETTERS + "/redrive",
                owned + "\"ids\":[\"" + ofAlice.get(1).id() + "\"]}");
        assertEquals(1, redriven.expect(200).json().path("count").asInt());
        try (EventStream stream = alice.listen(member())) {
            assertEquals("1", stream.next().payload());
        }
        Answer purged = admin.delete(DEAD_LETTERS, owned + "\"all\":true}");
        assertEquals(2, purged.expect(200).json().path("count").asInt());
        assertEquals(0, deadLetters(alice).size());
        assertEquals(1, deadLetters(bob).size(), "another's stay");
    }

    @Test
    void shouldTellAnAdminServiceWhoseDeadLettersThereAre() {
        bury(service.user("alice", "events:send events:listen"), 2);
        bury(admin, 1);
        List<String> seen = new ArrayList<>();
        admin.get(EVENTS + "/groups?name=" + name)
                .expect(200)
                .json()
                .path("groups")
                .forEach(one -> seen.add(one.path("owner").asText() + " "
                        + one.path("dead_letters").asInt()));
        assertEquals(List.of("alice 2", "null 1"), seen.stream().sorted().toList());
    }

    @Test
    void shouldRefuseOwnersThatAreNone() {
        bury(admin, 1);
        String tooLong = "x".repeat(256);
        for (String owner : List.of("", "%20", "a%0Ab", tooLong)) {
            admin.get(DEAD_LETTERS + "?group=" + group + "&owner=" + owner).expectError(400, "bad_request", "owner");
        }
        admin.get(DEAD_LETTERS + "?group=" + group + "&owner=a&owner=b").expectError(400, "bad_request", "owner");
        for (String owner : List.of("\"\"", "7", "[\"alice\"]", "\"" + tooLong + "\"")) {
            String body = "{\"group\":\"" + group + "\",\"all\":true,\"owner\":" + owner + "}";
            admin.delete(DEAD_LETTERS, body).expectError(400, "bad_request", "owner");
            admin.post(DEAD_LETTERS + "/redrive", body).expectError(400, "bad_request", "owner");
        }
        admin.get(DEAD_LETTERS + "?group=" + group + "&owner=nobody").expectError(404, "not_found");
    }

    @Test
    void shouldSay404WhereThereIsNoSuchGroup() {
        admin.get(DEAD_LETTERS + "?group=" + group).expectError(404, "not_found");
        String all = "{\"group\":\"" + group + "\",\"all\":true}";
        admin.post(DEAD_LETTERS + "/redrive", all).expectError(404, "not_found");
        admin.delete(DEAD_LETTERS, all).expectError(404, "not_found");
    }

    @Test
    void shouldLetNobodySendADeadLetter() {
        admin.publish("{\"name\":\"bus.events.dead_letter\"}").expectError(403, "forbidden");
        service.as(Tokens.internal("root", "events:send events:listen events:admin"))
                .publish("{\"name\":\"bus.events.dead_letter\"}")
                .expectError(403, "forbidden");
    }

    @Test
    void shouldRememberDeadLettersOverARestart() {
        Assumptions.assumeTrue(store.durable(), "this backend keeps nothing over a restart");
        try (RunningService own = freshPlan().start()) {
            Caller user = own.as(Tokens.service("tester", "events:send events:listen events:admin"));
            bury(user, 3);
            own.restart();
            user = own.as(Tokens.service("tester", "events:send events:listen events:admin"));
            assertEquals(List.of("0", "1", "2"), deadPayloads(user));
            user.post(DEAD_LETTERS + "/redrive", "{\"group\":\"" + group + "\",\"all\":true}")
                    .expect(200);
            own.restart();
            user = own.as(Tokens.service("tester", "events:send events:listen events:admin"));
            assertEquals(List.of(), deadPayloads(user));
            try (EventStream stream = user.listen(member())) {
                assertEquals(List.of("0", "1", "2"), payloads(stream.next(3)));
            }
        }
    }

    @Test
    void shouldSlowAGroupDownWhoseDeliveriesAllFailRatherThanEmptyIt() {
        int count = 400;
        try (EventStream stream = admin.listen(member() + "&max_deliveries=2&max_in_flight=20")) {
            admin.sendNumbers(name, 0, count);
            // Without a brake, all would be dead letters as fast as they can be given back.
            Deadline.until("the group to be slowed down", () -> {
                nack(admin, stream.next(), "always");
                JsonNode state = admin.group(group, name);
                return state.path("idle_because").asText().contains("back");
            });
            int dead = deadLetters(admin).size();
            assertTrue(dead < count / 2, () -> "slowed down only after " + dead + " dead letters");
        }
    }
}
