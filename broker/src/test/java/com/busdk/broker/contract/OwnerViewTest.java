package com.busdk.broker.contract;

import static com.busdk.broker.contract.PublishTest.payloads;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Json;
import com.busdk.broker.contract.harness.SseStream;
import com.busdk.broker.contract.harness.Tokens;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A user never sees a stranger's event, whatever is asked; a service sees those of all. */
class OwnerViewTest extends ContractSuite {
    private static final String SCOPE = "events:send events:listen events:admin";

    private Caller alice;
    private Caller mallory;

    @BeforeEach
    void makeCallers() {
        alice = service.user("alice", SCOPE);
        mallory = service.user("mallory", SCOPE);
    }

    @Test
    void shouldSendEachUserTheOwnEventsLive() {
        try (EventStream ofAlice = alice.listen("name=" + name);
                EventStream ofMallory = mallory.listen("name=" + name);
                EventStream ofService = caller.listen("name=" + name)) {
            alice.send(name, "1");
            mallory.send(name, "2");
            caller.send(name, "3");
            caller.accepted(event("4", "\"identityId\":\"alice\""));
            mallory.send(name, "5");
            assertEquals(List.of("1", "4"), payloads(ofAlice.next(2)));
            assertEquals(List.of("2", "5"), payloads(ofMallory.next(2)));
            assertEquals(List.of("1", "2", "3", "4", "5"), payloads(ofService.next(5)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "&follow=false",
                "&follow=false&since=1h",
                "&follow=false&limit=100",
                "&follow=false&correlationId=shared",
                "&follow=false&notices=true",
                "&follow=false&delivery=unicast&group=g"
            })
    void shouldSendTheOwnHistoryOnly(String query) {
        alice.accepted(event("\"secret\"", "\"correlationId\":\"shared\",\"key\":\"k\""));
        mallory.accepted(event("\"own\"", "\"correlationId\":\"shared\",\"key\":\"k\""));
        caller.accepted(event("\"service\"", "\"correlationId\":\"shared\",\"key\":\"k\""));
        assertEquals(List.of("\"own\""), payloads(mallory.read("name=" + name + query)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "&ordered=key"})
    void shouldLeaseTheOwnEventsOnly(String parameters) {
        alice.accepted(event("\"secret\"", "\"key\":\"k\""));
        mallory.accepted(event("\"own\"", "\"key\":\"k\""));
        String member = "name=" + name + "&delivery=unicast&ack=explicit&group=g&follow=false" + parameters;
        try (EventStream stream = mallory.listen(member)) {
            Event event = stream.next();
            assertEquals("\"own\"", event.payload());
            mallory.done("g", event);
            stream.expectEnd();
        }
    }

    @Test
    void shouldResumeBehindAStrangersIdWithoutShowingIt() {
        mallory.send(name, "1");
        String foreign = alice.send(name, "\"secret\"");
        mallory.send(name, "2");
        assertEquals(List.of("2"), payloads(mallory.read("name=" + name + "&follow=false&after=" + foreign)));
    }

    @Test
    void shouldResumeBehindAStrangersIdOfTheHeaderWithoutShowingIt() {
        mallory.send(name, "1");
        String foreign = alice.send(name, "\"secret\"");
        mallory.send(name, "2");
        try (SseStream stream = mallory.sse("name=" + name + "&follow=false", "Last-Event-ID", foreign)) {
            List<String> lines = stream.rest();
            assertFalse(lines.toString().contains("secret"), lines::toString);
            assertTrue(lines.toString().contains("\"payload\":2"), lines::toString);
            assertFalse(lines.toString().contains("\"payload\":1"), lines::toString);
        }
    }

    @Test
    void shouldTakeAStrangersNameForACursorAndNothingElse() {
        alice.send(name, "\"secret\"");
        String own = name + ".own";
        mallory.send(own, "1");
        String names = mallory.get(EVENTS + "/names?after=" + name).expect(200).body();
        assertFalse(names.contains("\"" + name + "\""), names);
        assertTrue(names.contains(own), names);
    }

    @Test
    void shouldNotSettleTheDeadLettersOfStrangersByTheirIds() {
        String group = "ids-" + name.replace('.', '-');
        String member = "name=" + name + "&delivery=unicast&ack=explicit&group=" + group;
        List<String> ids = new ArrayList<>();
        for (Caller who : List.of(alice, mallory)) {
            try (EventStream stream = who.listen(member)) {
                ids.add(who.send(name, "\"of " + ids.size() + "\""));
                who.ack(group, "\"reject\":[" + Json.quote(stream.next().token()) + "]")
                        .expect(200);
            }
        }
        String letters = EVENTS + "/dead-letters";
        String ofAlice = "{\"group\":\"" + group + "\",\"ids\":[" + Json.quote(ids.getFirst()) + "]}";
        mallory.delete(letters, ofAlice);
        mallory.post(letters + "/redrive", ofAlice);
        String list = mallory.get(letters + "?group=" + group + "&after=" + ids.getFirst())
                .expect(200)
                .body();
        assertFalse(list.contains("of 0"), list);
        assertTrue(alice.get(letters + "?group=" + group).expect(200).body().contains("of 0"), "whatever mallory does");
        assertTrue(mallory.get(letters + "?group=" + group).expect(200).body().contains("of 1"), "and hers is there");
    }

    @Test
    void shouldAnswerForAStrangersEventAsForNone() {
        String id = alice.send(name, "\"secret\"");
        String none = id.substring(0, id.length() - 14) + "00ffffffffffff";
        Answer foreign = mallory.get(EVENTS + "/" + id);
        Answer missing = mallory.get(EVENTS + "/" + none);
        foreign.expectError(404, "not_found");
        missing.expectError(404, "not_found");
        assertEquals(missing.body().replace(none, id), foreign.body(), "nothing tells that it is there");
        alice.get(EVENTS + "/" + id).expect(200);
        caller.get(EVENTS + "/" + id).expect(200);
    }

    @Test
    void shouldNotShowNamesThatOnlyStrangersUse() {
        alice.send(name, "\"secret\"");
        assertTrue(alice.get(EVENTS + "/names").expect(200).body().contains("\"" + name + "\""));
        assertFalse(mallory.get(EVENTS + "/names").expect(200).body().contains(name));
    }

    @Test
    void shouldCountOnlyTheOwnEventsOfAName() {
        alice.sendNumbers(name, 0, 5);
        mallory.send(name, "1");
        assertEquals(5, count(alice));
        assertEquals(1, count(mallory));
        assertEquals(6, count(caller));
    }

    private int count(Caller who) {
        for (var entry : who.get(EVENTS + "/names").expect(200).json().path("names")) {
            if (entry.path("name").asText().equals(name)) {
                return entry.path("count").asInt();
            }
        }
        return 0;
    }

    @Test
    void shouldNotShowTheGroupsOfStrangers() {
        Caller bob = service.user("bob", "events:send events:listen");
        Caller admin = service.as(Tokens.service("root", "events:listen events:admin"));
        try (EventStream stream =
                alice.listen("name=" + name + "&delivery=unicast&group=private&consumer=alices-laptop")) {
            assertTrue(alice.get(EVENTS + "/groups?name=" + name).body().contains("private"));
            for (Caller other : List.of(bob, caller)) { // the groups of others need the scope events:admin
                String seen =
                        other.get(EVENTS + "/groups?name=" + name).expect(200).body();
                assertFalse(seen.contains("private"), seen);
                assertFalse(other.get(EVENTS + "/groups").expect(200).body().contains("alices-laptop"));
            }
            assertTrue(admin.get(EVENTS + "/groups?name=" + name).body().contains("private"));
            alice.send(name, "1");
            assertEquals("1", stream.next().payload());
        }
    }

    @Test
    void shouldShowWhereTheGroupsOfOthersStandToAdminsAlone() {
        Caller admin = service.as(Tokens.service("root", "events:listen events:admin"));
        String member = "name=" + name + "&delivery=unicast&group=same&consumer=";
        try (EventStream ofAlice = alice.listen(member + "alices-laptop");
                EventStream ofServices = caller.listen(member + "worker")) {
            String id = alice.send(name, "1");
            assertEquals(id, ofAlice.next().id());
            assertEquals(id, ofServices.next().id());
            String path = EVENTS + "/" + id;
            String seen = caller.get(path).expect(200).body();
            assertFalse(seen.contains("alices-laptop"), seen);
            assertEquals(List.of("same of all"), standings(caller, path));
            assertEquals(List.of("same of alice"), standings(service.user("alice", "events:listen"), path));
            assertEquals(List.of("same of alice", "same of all"), standings(admin, path));
        }
    }

    /** Group and owner of each standing. */
    private static List<String> standings(Caller who, String path) {
        List<String> standings = new ArrayList<>();
        for (var standing : who.get(path).expect(200).json().path("groups")) {
            standings.add(standing.path("group").asText() + " of "
                    + standing.path("owner").asText("all"));
        }
        return standings.stream().sorted().toList();
    }

    @Test
    void shouldNotLetAStrangerSettleALease() {
        String member = "name=" + name + "&delivery=unicast&ack=explicit&group=g";
        try (EventStream ofAlice = alice.listen(member);
                EventStream ofMallory = mallory.listen(member)) {
            alice.send(name, "\"secret\"");
            mallory.send(name, "1");
            Event leased = ofAlice.next();
            Event own = ofMallory.next();
            String token = Json.quote(leased.token());
            for (String verb : List.of(
                    "\"ack\":[" + token + "]",
                    "\"reject\":[" + token + "]",
                    "\"extend\":[" + token + "]",
                    "\"nack\":[{\"token\":" + token + "}]")) {
                Answer answer = mallory.ack("g", verb).expect(200);
                assertEquals(
                        0,
                        answer.json().path("ack").asInt()
                                + answer.json().path("reject").asInt()
                                + answer.json().path("extend").asInt()
                                + answer.json().path("nack").asInt(),
                        answer::body);
                assertFalse(answer.body().contains("secret"));
            }
            alice.done("g", leased);
            mallory.done("g", own);
        }
    }

    @Test
    void shouldNotShowTheDeadLettersOfStrangers() {
        String member = "name=" + name + "&delivery=unicast&ack=explicit&group=dead-" + name.replace('.', '-');
        String group = "dead-" + name.replace('.', '-');
        try (EventStream told = mallory.listen("name=bus.events.dead_letter");
                EventStream ofAlice = alice.listen(member)) {
            alice.send(name, "\"secret\"");
            alice.ack(group, "\"reject\":[" + Json.quote(ofAlice.next().token()) + "]")
                    .expect(200);
            mallory.get(EVENTS + "/dead-letters?group=" + group).expectError(404, "not_found");
            try (EventStream ofMallory = mallory.listen(member)) {
                mallory.send(name, "\"own\"");
                mallory.ack(group, "\"reject\":[" + Json.quote(ofMallory.next().token()) + "]")
                        .expect(200);
                Answer list =
                        mallory.get(EVENTS + "/dead-letters?group=" + group).expect(200);
                assertFalse(list.body().contains("secret"), list::body);
                assertTrue(list.body().contains("own"), list::body);
                Event letter = told.next();
                assertEquals("mallory", letter.text("identityId"));
                assertFalse(letter.line().contains("secret"), letter::line);
            }
        }
    }

    @Test
    void shouldLetNobodyButAnAdminServiceNameTheOwnerOfDeadLetters() {
        String group = "owned-" + name.replace('.', '-');
        String member = "name=" + name + "&delivery=unicast&ack=explicit&group=" + group;
        for (Caller who : List.of(alice, mallory)) {
            try (EventStream stream = who.listen(member)) {
                who.send(name, "\"secret\"");
                who.ack(group, "\"reject\":[" + Json.quote(stream.next().token()) + "]")
                        .expect(200);
            }
        }
        List<Answer> ofMallory = new ArrayList<>();
        for (String there : List.of(group, "none-of-" + group)) {
            for (String owner : List.of("alice", "nobody")) {
                ofMallory.addAll(askedAs(mallory, there, owner));
                for (Answer answer : askedAs(caller, there, owner)) {
                    answer.expectError(403, "forbidden", "events:admin");
                }
            }
        }
        for (Answer answer : ofMallory) {
            answer.expectError(403, "forbidden", "own");
            assertEquals(ofMallory.getFirst().body(), answer.body(), "nothing tells what is there");
        }
        String letters = EVENTS + "/dead-letters?group=" + group;
        assertTrue(alice.get(letters + "&owner=alice").expect(200).body().contains("secret"));
        for (Answer answer : askedAs(mallory, group, "mallory")) {
            answer.expect(200);
        }
        assertEquals(1, alice.get(letters).json().path("dead_letters").size(), "whatever mallory does");
        assertEquals(0, mallory.get(letters).json().path("dead_letters").size());
    }

    private static List<Answer> askedAs(Caller who, String group, String owner) {
        String letters = EVENTS + "/dead-letters";
        String all = "{\"group\":\"" + group + "\",\"owner\":\"" + owner + "\",\"all\":true}";
        return List.of(
                who.get(letters + "?group=" + group + "&owner=" + owner),
                who.delete(letters, all),
                who.post(letters + "/redrive", all));
    }

    @Test
    void shouldLetNoUserSpeakForAnother() {
        try (EventStream ofAlice = alice.listen("name=" + name)) {
            mallory.accepted(event("\"forged\"", "\"identityId\":\"alice\""));
            mallory.publishLines(event("\"forged\"", "\"identityId\":\"alice\"") + "\n")
                    .expect(202);
            alice.send(name, "\"true\"");
            assertEquals("\"true\"", ofAlice.next().payload());
        }
    }

    @Test
    void shouldNotTakeAStrangersAnswerForTheOwn() {
        String request = name + ".request";
        String response = name + ".response";
        try (EventStream ofAlice = alice.listen("name=" + request)) {
            var pending = java.util.concurrent.CompletableFuture.supplyAsync(
                    () -> alice.post(EVENTS + "/request?timeout=30s", "{\"name\":\"" + request + "\",\"payload\":1}"),
                    Thread.ofVirtual()::start);
            String correlation = ofAlice.next().text("correlationId");
            String answer = "{\"name\":\"%s\",\"correlationId\":\"%s\",\"payload\":%s}";
            mallory.accepted(answer.formatted(response, correlation, "\"forged\""));
            alice.accepted(answer.formatted(response, correlation, "\"true\""));
            assertEquals("\"true\"", new Event(pending.join().expect(200).body().strip()).payload());
        }
    }

    @Test
    void shouldSeeAllAsAServiceOfEitherKind() {
        alice.send(name, "1");
        mallory.send(name, "2");
        for (String token :
                List.of(Tokens.service("worker", "events:listen"), Tokens.internal("worker", "events:listen"))) {
            assertEquals(List.of("1", "2"), payloads(service.as(token).read(history())));
        }
    }
}
