package com.busdk.broker.backend.nats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Json;
import com.busdk.broker.contract.harness.Tokens;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several services before one stream: whichever is asked, the answer is the same. */
class ManyProcessesTest {
    private static final String EVENTS = Caller.EVENTS;
    private static final String DEAD_LETTERS = EVENTS + "/dead-letters";
    private static final String GROUP = "workers";
    private static final String NAME = "test.many";
    private static final AtomicInteger STREAMS = new AtomicInteger();

    @TempDir
    static Path shared;

    private static NatsServers servers;

    @TempDir
    Path folder;

    private String stream;
    private HubProcess a;
    private HubProcess b;

    @BeforeAll
    static void startServer() throws Exception {
        Assumptions.assumeTrue(NatsServers.available(), "nats-server is not installed");
        servers = NatsServers.one(shared);
    }

    @AfterAll
    static void stopServer() throws Exception {
        if (servers != null) {
            servers.close();
        }
    }

    @BeforeEach
    void startServices() {
        stream = "MANY-" + STREAMS.incrementAndGet();
        a = start("a");
        b = start("b");
    }

    @AfterEach
    void stopServices() {
        if (a != null) {
            a.close();
        }
        if (b != null) {
            b.close();
        }
    }

    private HubProcess start(String data) {
        return HubProcess.start(servers, stream, folder.resolve(data));
    }

    private static String member(String consumer) {
        return "name=" + NAME + "&delivery=unicast&ack=explicit&group=" + GROUP + "&consumer=" + consumer;
    }

    /** Makes the group, which lives from then on in the process that was asked. */
    private static void makeGroupAt(HubProcess home) {
        home.caller().listen(member("first")).close();
        Deadline.until(
                "nobody to be in it",
                () -> home.caller().group(GROUP, NAME).path("consumers").isEmpty());
    }

    private static JsonNode settle(HubProcess at, String members) {
        return at.caller().ack(GROUP, members).expect(200).json();
    }

    private static String token(Event event) {
        return Json.quote(event.token());
    }

    private static List<String> payloads(List<Event> events) {
        return events.stream().map(Event::payload).toList();
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).toList();
    }

    private static List<String> ids(List<Event> events) {
        return events.stream().map(Event::id).toList();
    }

    private static String history() {
        return "name=" + NAME + "&follow=false";
    }

    // ---- events

    @Test
    void shouldShowAtEachProcessAtOnceWhatAnotherHasAnswered() {
        for (int i = 0; i < 50; i++) {
            HubProcess publishes = i % 2 == 0 ? a : b;
            HubProcess reads = i % 2 == 0 ? b : a;
            String id = publishes.caller().send(NAME, Integer.toString(i));
            assertEquals(id, reads.caller().read(history()).getLast().id());
            assertEquals(
                    Integer.toString(i),
                    reads.caller()
                            .get(EVENTS + "/" + id)
                            .expect(200)
                            .json()
                            .path("event")
                            .path("payload")
                            .toString());
        }
    }

    @Test
    void shouldSendEveryEventToTheListenersOfAllProcessesInOneOrder() {
        int each = 500;
        try (EventStream atA = a.caller().listen("name=" + NAME);
                EventStream atB = b.caller().listen("name=" + NAME)) {
            List<CompletableFuture<Void>> publishers = new ArrayList<>();
            for (HubProcess process : List.of(a, b)) {
                publishers.add(CompletableFuture.runAsync(
                        () -> {
                            for (int i = 0; i < each; i += 50) {
                                process.caller().sendNumbers(NAME, i, i + 50);
                            }
                        },
                        Thread.ofVirtual()::start));
            }
            publishers.forEach(CompletableFuture::join);
            List<String> seen = ids(atA.next(2 * each));
            assertEquals(2 * each, new HashSet<>(seen).size());
            assertEquals(seen, ids(atB.next(2 * each)));
            assertEquals(seen, ids(a.caller().read(history())));
            assertEquals(seen, ids(b.caller().read(history())), "the copies are the same");
        }
    }

    @Test
    void shouldResumeAtAnotherProcessWithoutGapOrRepeat() {
        int count = 2_000;
        CompletableFuture<Void> publisher = CompletableFuture.runAsync(
                () -> {
                    for (int i = 0; i < count; i += 50) {
                        (i % 100 == 0 ? a : b).caller().sendNumbers(NAME, i, i + 50);
                    }
                },
                Thread.ofVirtual()::start);
        List<Event> seen = new ArrayList<>();
        for (int connection = 0; seen.size() < count; connection++) {
            String position =
                    seen.isEmpty() ? "&replay=true" : "&after=" + seen.getLast().id();
            try (EventStream part = (connection % 2 == 0 ? b : a).caller().listen("name=" + NAME + position)) {
                seen.addAll(part.next(Math.min(count - seen.size(), 1 + 97 * (connection % 5))));
            }
        }
        publisher.join();
        assertEquals(numbers(0, count), payloads(seen));
    }

    @Test
    void shouldAnswerAKeyThatIsRepeatedAtAnotherProcessWithTheFirstId() {
        String envelope = "{\"name\":\"" + NAME + "\",\"idempotencyKey\":\"once\"}";
        JsonNode first = a.caller().publish(envelope).expect(202).json();
        JsonNode second = b.caller().publish(envelope).expect(202).json();
        assertFalse(first.path("duplicate").asBoolean());
        assertTrue(second.path("duplicate").asBoolean(), second::toString);
        assertEquals(first.path("id"), second.path("id"));
        assertEquals(first.path("sequence"), second.path("sequence"));
        assertEquals(1, b.caller().read(history()).size());
    }

    @Test
    void shouldAcceptAKeyOnceThatComesToBothAtTheSameTime() {
        String envelope = "{\"name\":\"" + NAME + "\",\"idempotencyKey\":\"race\"}";
        List<CompletableFuture<Answer>> answers = IntStream.range(0, 40)
                .mapToObj(i -> (i % 2 == 0 ? a : b).caller().publishAsync(envelope))
                .toList();
        Set<JsonNode> ids = new HashSet<>();
        int firsts = 0;
        for (CompletableFuture<Answer> answer : answers) {
            JsonNode body = answer.join().expect(202).json();
            ids.add(body.path("id"));
            firsts += body.path("duplicate").asBoolean() ? 0 : 1;
        }
        assertEquals(1, ids.size());
        assertEquals(1, firsts, "one of them was the first");
        assertEquals(1, a.caller().read(history()).size());
    }

    @Test
    void shouldHaveTheWholeHistoryInAProcessThatComesLater() {
        a.caller().sendNumbers(NAME, 0, 3_000);
        List<Event> before = a.caller().read(history());
        try (HubProcess c = start("c");
                EventStream live = c.caller().listen("name=" + NAME)) {
            assertEquals(before, c.caller().read(history()), "the same lines, byte for byte");
            b.caller().send(NAME, "3000");
            assertEquals("3000", live.next().payload());
        }
    }

    // ---- leases

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldSettleLeasesAtAnotherProcessThanThatOfTheStream(boolean streamAtHome) {
        makeGroupAt(a);
        HubProcess listens = streamAtHome ? a : b;
        HubProcess other = streamAtHome ? b : a;
        try (EventStream events = listens.caller().listen(member("c"))) {
            other.caller().sendNumbers(NAME, 0, 5);
            List<Event> out = events.next(5);
            JsonNode counts = settle(
                    other,
                    "\"ack\":[%s],\"nack\":[{\"token\":%s,\"delay\":\"0s\"}],\"reject\":[%s],\"extend\":[%s]"
                            .formatted(token(out.get(0)), token(out.get(1)), token(out.get(2)), token(out.get(3))));
            for (String verb : List.of("ack", "nack", "reject", "extend")) {
                assertEquals(1, counts.path(verb).asInt(-1), counts::toString);
            }
            Event again = events.next();
            assertEquals(out.get(1).id(), again.id());
            assertEquals(2, again.attempt());
            JsonNode late = settle(other, "\"ack\":[" + token(out.get(1)) + ",\"nonsense\"]");
            assertEquals(0, late.path("ack").asInt(-1), late::toString);
            assertEquals(out.get(1).token(), late.path("stale").path(0).asText(), late::toString);
            assertEquals("nonsense", late.path("unknown").path(0).asText(), late::toString);
            other.caller().done(GROUP, again, out.get(3), out.get(4));
            assertEquals(
                    0, listens.caller().group(GROUP, NAME).path("in_flight").asInt(-1));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldShowGiveBackAndForgetDeadLettersAtAnyProcess(boolean askedAtHome) {
        makeGroupAt(a);
        HubProcess asked = askedAtHome ? a : b;
        HubProcess other = askedAtHome ? b : a;
        try (EventStream told = asked.caller().listen("name=bus.events.dead_letter");
                EventStream events = other.caller().listen(member("c"))) {
            other.caller().sendNumbers(NAME, 0, 3);
            for (Event event : events.next(3)) {
                settle(other, "\"reject\":[" + token(event) + "]");
            }
            told.next(3);
            List<JsonNode> letters = deadLetters(asked);
            assertEquals(
                    numbers(0, 3),
                    letters.stream()
                            .map(letter -> letter.path("event").path("payload").toString())
                            .toList());
            String second = letters.get(1).path("event").path("id").asText();
            String one = "{\"group\":\"" + GROUP + "\",\"ids\":[\"" + second + "\"]}";
            assertEquals(
                    1,
                    asked.caller()
                            .post(DEAD_LETTERS + "/redrive", one)
                            .expect(200)
                            .json()
                            .path("count")
                            .asInt(-1));
            Event again = events.next();
            assertEquals(second, again.id());
            assertEquals(1, again.attempt(), "it starts anew");
            other.caller().done(GROUP, again);
            String all = "{\"group\":\"" + GROUP + "\",\"all\":true}";
            assertEquals(
                    2,
                    asked.caller()
                            .delete(DEAD_LETTERS, all)
                            .expect(200)
                            .json()
                            .path("count")
                            .asInt(-1));
            assertEquals(List.of(), deadLetters(other));
        }
    }

    private static List<JsonNode> deadLetters(HubProcess at) {
        List<JsonNode> letters = new ArrayList<>();
        at.caller()
                .get(DEAD_LETTERS + "?group=" + GROUP)
                .expect(200)
                .json()
                .path("dead_letters")
                .forEach(letters::add);
        return letters;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTellOfGroupsAndEventsAtAnyProcess(boolean askedAtHome) {
        makeGroupAt(a);
        HubProcess asked = askedAtHome ? a : b;
        try (EventStream atA = a.caller().listen(member("of-a") + "&max_in_flight=2");
                EventStream atB = b.caller().listen(member("of-b") + "&max_in_flight=1")) {
            b.caller().sendNumbers(NAME, 0, 10);
            List<Event> out = new ArrayList<>(atA.next(2));
            out.add(atB.next());
            JsonNode group = asked.caller().group(GROUP, NAME);
            assertEquals(3, group.path("in_flight").asInt(-1), group::toString);
            assertEquals(7, group.path("lag").asInt(-1), group::toString);
            assertEquals(2, group.path("consumers").size(), group::toString);
            assertTrue(group.path("idle_because").asText().contains("window"), group::toString);
            JsonNode standing = standing(asked, out.getLast());
            assertEquals("leased", standing.path("state").asText(), standing::toString);
            assertEquals("of-b", standing.path("consumer").asText(), standing::toString);
            asked.caller().done(GROUP, out.getLast());
            assertEquals("done", standing(asked, out.getLast()).path("state").asText());
            JsonNode names = asked.caller().get(EVENTS + "/names").expect(200).json();
            assertEquals(NAME, names.path("names").path(0).path("name").asText(), names::toString);
            assertEquals(10, names.path("names").path(0).path("count").asInt(-1), names::toString);
        }
    }

    private static JsonNode standing(HubProcess at, Event event) {
        JsonNode groups =
                at.caller().get(EVENTS + "/" + event.id()).expect(200).json().path("groups");
        assertEquals(1, groups.size(), groups::toString);
        return groups.path(0);
    }

    // ---- groups

    @Test
    void shouldShareAGroupBetweenTheConsumersOfAllProcesses() {
        try (EventStream atA = a.caller().listen(member("of-a"));
                EventStream atB = b.caller().listen(member("of-b"))) {
            a.caller().sendNumbers(NAME, 0, 100);
            Set<String> out = new HashSet<>();
            out.addAll(ids(atA.next(32)));
            List<Event> ofB = atB.next(32);
            out.addAll(ids(ofB));
            assertEquals(64, out.size(), "no event twice, and 32 is the window of each");
            a.caller().done(GROUP, ofB.getFirst());
            assertEquals("64", atB.next().payload(), "the one who has room gets the next");
        }
    }

    @Test
    void shouldGiveBackWhatAConsumerOfAnotherProcessHadWhenItGoes() {
        makeGroupAt(a);
        List<Event> had;
        try (EventStream atB = b.caller().listen(member("of-b"))) {
            a.caller().sendNumbers(NAME, 0, 3);
            had = atB.next(3);
            a.caller().done(GROUP, had.get(1));
        }
        try (EventStream atA = a.caller().listen(member("of-a"))) {
            List<Event> again = atA.next(2);
            assertEquals(List.of("0", "2"), payloads(again));
            again.forEach(event -> assertEquals(2, event.attempt()));
            JsonNode late = settle(b, "\"ack\":[" + token(had.getFirst()) + "]");
            assertEquals(1, late.path("stale").size(), late::toString);
        }
    }

    @Test
    void shouldCountAsDoneWhatAnotherProcessHasHandedOverWithoutExplicitAcks() {
        makeGroupAt(a);
        String auto = member("auto").replace("&ack=explicit", "");
        try (EventStream atB = b.caller().listen(auto)) {
            a.caller().sendNumbers(NAME, 0, 300); // more than its window
            assertEquals(numbers(0, 300), payloads(atB.next(300)));
            Deadline.until(
                    "nothing to be out",
                    () -> a.caller().group(GROUP, NAME).path("in_flight").asInt(-1) == 0);
        }
        try (EventStream atA = a.caller().listen(auto)) {
            b.caller().send(NAME, "300");
            assertEquals("300", atA.next().payload());
        }
    }

    @Test
    void shouldEndAStreamOfAnotherProcessAfterItsLimitAndBehindItsSnapshot() {
        makeGroupAt(a);
        a.caller().sendNumbers(NAME, 0, 10);
        try (EventStream limited = b.caller().listen(member("limited") + "&limit=3")) {
            List<Event> share = limited.next(3);
            assertEquals(numbers(0, 3), payloads(share));
            b.caller().done(GROUP, share.toArray(Event[]::new));
            limited.expectEnd();
        }
        String auto = member("auto").replace("&ack=explicit", "") + "&follow=false";
        assertEquals(numbers(3, 10), payloads(b.caller().read(auto)));
        assertTrue(b.caller().read(auto).isEmpty(), "they are done");
    }

    @Test
    void shouldDoEachKeyInOrderThoughItsConsumersAreAtDifferentProcesses() throws InterruptedException {
        int keys = 6;
        int each = 30;
        Map<String, List<Integer>> done = new ConcurrentHashMap<>();
        Map<String, String> busy = new ConcurrentHashMap<>();
        List<String> overlaps = new CopyOnWriteArrayList<>();
        List<EventStream> streams = new ArrayList<>();
        List<Thread> consumers = new ArrayList<>();
        for (HubProcess process : List.of(a, b)) {
            HubProcess other = process == a ? b : a;
            EventStream events = process.caller().listen(member("c" + streams.size()) + "&ordered=key");
            streams.add(events);
            consumers.add(Thread.ofVirtual().start(() -> {
                for (var next = events.nextUnlessOver(); next.isPresent(); next = events.nextUnlessOver()) {
                    Event event = next.get();
                    String key = event.text("key");
                    if (busy.put(key, event.id()) != null) {
                        overlaps.add(event.toString());
                    }
                    done.computeIfAbsent(key, _ -> new CopyOnWriteArrayList<>()).add(Integer.parseInt(event.payload()));
                    busy.remove(key);
                    other.caller().done(GROUP, event);
                }
            }));
        }
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < each; i++) {
            for (int k = 0; k < keys; k++) {
                body.append("{\"name\":\"%s\",\"key\":\"k%d\",\"payload\":%d}\n".formatted(NAME, k, i));
            }
        }
        b.caller().publishLines(body.toString()).expect(202);
        Deadline.until(
                "all keys to be done",
                () -> done.values().stream().mapToInt(List::size).sum() == keys * each);
        streams.forEach(EventStream::close);
        for (Thread consumer : consumers) {
            consumer.join();
        }
        assertEquals(List.of(), overlaps);
        List<Integer> wanted = IntStream.range(0, each).boxed().toList();
        done.forEach((key, order) -> assertEquals(wanted, order, () -> "order of " + key));
    }

    @Test
    void shouldGoOnWithAGroupElsewhereWhenTheProcessStopsInWhichItLives() {
        int count = 200;
        makeGroupAt(a);
        Set<String> done = new HashSet<>();
        List<Event> held = new ArrayList<>();
        try (EventStream atA = a.caller().listen(member("of-a"));
                EventStream atB = b.caller().listen(member("of-b"))) {
            b.caller().sendNumbers(NAME, 0, count);
            for (EventStream events : List.of(atA, atB)) {
                List<Event> some = events.next(20);
                b.caller().done(GROUP, some.subList(0, 10).toArray(Event[]::new));
                done.addAll(payloads(some.subList(0, 10)));
                held.addAll(some.subList(10, 20));
            }
            a.close();
        }
        finish(b, done, count);
        for (Event event : held) {
            JsonNode late = settle(b, "\"ack\":[" + token(event) + "]");
            assertEquals(0, late.path("ack").asInt(-1), late::toString);
            assertEquals(event.token(), late.path("stale").path(0).asText(), late::toString);
        }
        JsonNode group = b.caller().group(GROUP, NAME);
        assertEquals(0, group.path("lag").asInt(-1), group::toString);
        assertEquals(0, group.path("in_flight").asInt(-1), group::toString);
    }

    /** Does all that is left; an event is acknowledged once, whatever was tried before. */
    private static void finish(HubProcess at, Set<String> done, int count) {
        while (done.size() < count) {
            try (EventStream events = at.caller().listen(member("finisher"))) {
                while (done.size() < count) {
                    Optional<Event> next = events.nextUnlessOver();
                    if (next.isEmpty()) {
                        break; // its process told it to come again
                    }
                    JsonNode counts = settle(at, "\"ack\":[" + token(next.get()) + "]");
                    if (counts.path("ack").asInt(-1) == 1) {
                        assertTrue(done.add(next.get().payload()), () -> "done twice: " + next.get());
                    }
                }
            }
        }
    }

    @Test
    void shouldKeepDeadLettersAndProgressWhenAllProcessesStopAndStart() {
        makeGroupAt(a);
        try (EventStream events = b.caller().listen(member("c"))) {
            a.caller().sendNumbers(NAME, 0, 4);
            List<Event> out = events.next(4);
            a.caller().done(GROUP, out.get(0));
            settle(a, "\"reject\":[" + token(out.get(1)) + "]");
        }
        a.close();
        b.close();
        b = start("b");
        assertEquals(1, deadLetters(b).size());
        try (EventStream events = b.caller().listen(member("c"))) {
            List<Event> left = events.next(2);
            assertEquals(List.of("2", "3"), payloads(left));
            left.forEach(event -> assertEquals(2, event.attempt()));
        }
    }

    // ---- requests

    @ParameterizedTest
    @ValueSource(strings = {"", "&delivery=unicast&group=workers"})
    void shouldAnswerARequestWhoseWorkerListensAtAnotherProcess(String delivery) {
        for (HubProcess asked : List.of(a, b)) {
            HubProcess other = asked == a ? b : a;
            try (EventStream worker = other.caller().listen("name=" + NAME + ".request" + delivery)) {
                CompletableFuture<Answer> pending = ask(asked);
                Event request = worker.next();
                other.caller()
                        .accepted("{\"name\":\"%s.response\",\"correlationId\":\"%s\",\"payload\":7}"
                                .formatted(NAME, request.text("correlationId")));
                assertEquals("7", new Event(pending.join().expect(200).body().strip()).payload());
            }
        }
    }

    private static CompletableFuture<Answer> ask(HubProcess asked) {
        return CompletableFuture.supplyAsync(
                () -> asked.caller().post(EVENTS + "/request?timeout=30s", "{\"name\":\"" + NAME + ".request\"}"),
                Thread.ofVirtual()::start);
    }

    @Test
    void shouldFindAWorkerOfAnotherProcessAsSoonAsItsStreamIsOpen() {
        for (int i = 0; i < 300; i++) { // a subscription on its way is met by one in some hundreds
            String request = "test.many" + i + ".request";
            try (EventStream worker = a.caller().listen("name=" + request)) {
                // Published because somebody listens, and not answered.
                b.caller()
                        .post(EVENTS + "/request?timeout=1ms", "{\"name\":\"" + request + "\"}")
                        .expectError(504, "timeout");
                assertEquals(request, worker.next().name());
            }
        }
    }

    @Test
    void shouldSayAtOnceThatNobodyAnswersAtAnyProcess() {
        for (HubProcess asked : List.of(a, b)) {
            asked.caller()
                    .post(EVENTS + "/request?timeout=5m", "{\"name\":\"" + NAME + ".request\"}")
                    .expectError(503, "no_responders");
        }
    }

    @Test
    void shouldFindNobodyWhereOnlyAStrangerListensAtAnotherProcess() {
        String scope = "events:send events:listen";
        Caller alice = a.as(Tokens.user("alice", scope));
        Caller bob = b.as(Tokens.user("bob", scope));
        String request = "{\"name\":\"" + NAME + ".request\"}";
        try (EventStream ofBob = bob.listen("name=" + NAME + ".request")) {
            alice.post(EVENTS + "/request?timeout=5m", request).expectError(503, "no_responders");
            bob.send(NAME + ".request", "2");
            assertEquals("2", ofBob.next().payload());
        }
    }

    @Test
    void shouldWaitForAGroupOfAnotherProcessThatHasNoConsumerNow() {
        String worker = "name=" + NAME + ".request&delivery=unicast&group=" + GROUP;
        a.caller().listen(worker).close();
        CompletableFuture<Answer> pending = ask(b);
        Deadline.until(
                "the request to be published",
                () -> a.caller().read("name=" + NAME + ".request&follow=false"),
                events -> !events.isEmpty());
        try (EventStream events = a.caller().listen(worker)) {
            Event request = events.next();
            a.caller()
                    .accepted("{\"name\":\"%s.response\",\"correlationId\":\"%s\"}"
                            .formatted(NAME, request.text("correlationId")));
            pending.join().expect(200);
        }
    }
}
