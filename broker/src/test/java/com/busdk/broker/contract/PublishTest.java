package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.RawConnection;
import com.busdk.broker.contract.harness.Tokens;
import com.busdk.broker.contract.harness.Wire;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Publishing one event. */
class PublishTest extends ContractSuite {
    @Test
    void shouldAnswer202WithIdNameAndSequence() {
        Answer answer = caller.publish(event("{\"ok\":true}")).expect(202);
        assertEquals(
                "application/json", answer.header("content-type").orElse("").split(";", -1)[0]);
        JsonNode body = answer.json();
        Set<String> fields = new TreeSet<>();
        body.fieldNames().forEachRemaining(fields::add);
        assertEquals(Set.of("accepted", "id", "name", "sequence"), fields);
        assertTrue(body.get("accepted").asBoolean());
        assertEquals(name, body.get("name").asText());
        Event event = caller.read(history()).getFirst();
        assertEquals(event.id(), body.get("id").asText());
        assertEquals(event.sequence(), body.get("sequence").asLong());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "Application/JSON",
                "application/json; charset=utf-8",
                "application/json;charset=\"UTF-8\""
            })
    void shouldTakeTheContentTypeInEverySpelling(String type) {
        Answer answer = caller.call("POST", EVENTS, BodyPublishers.ofString(event("1")), "content-type", type);
        answer.expect(202);
    }

    @Test
    void shouldShowToAReaderAtOnceWhatWasAnswered() {
        for (int i = 0; i < 20; i++) {
            String id = caller.send(name, Integer.toString(i));
            assertEquals(id, caller.read(history()).getLast().id());
        }
    }

    @Test
    void shouldKeepTheOrderOfOneConnection() {
        for (int i = 0; i < 50; i++) {
            caller.send(name, Integer.toString(i));
        }
        assertEquals(numbers(50), payloads(caller.read(history())));
    }

    @Test
    void shouldAnswerPipelinedRequestsInTheirOrderAndKeepThatOrderInTheLog() {
        int count = 100;
        String token = Tokens.service("tester", "events:send");
        StringBuilder requests = new StringBuilder();
        for (int i = 0; i < count; i++) {
            requests.append(Wire.post(EVENTS, token, "application/json", event(Integer.toString(i))));
        }
        List<String> answered = new ArrayList<>();
        try (RawConnection raw = service.raw()) {
            raw.send(requests.toString());
            for (int i = 0; i < count; i++) {
                answered.add(raw.answer().expect(202).json().get("id").asText());
            }
        }
        List<Event> events = caller.read(history());
        assertEquals(numbers(count), payloads(events));
        assertEquals(answered, events.stream().map(Event::id).toList());
    }

    @Test
    void shouldTakeABodyInPiecesAndInChunks() {
        String body = event("\"in pieces\"");
        try (RawConnection raw = service.raw()) {
            raw.send(Wire.postHead(
                    EVENTS, Tokens.service("tester", "events:send"), "application/json", "Transfer-Encoding: chunked"));
            for (int i = 0; i < body.length(); i++) {
                raw.send("1;ext=\"x\"\r\n" + body.charAt(i) + "\r\n");
            }
            raw.send("0\r\nTrailer: ignored\r\n\r\n");
            raw.answer().expect(202);
        }
        assertEquals("\"in pieces\"", caller.read(history()).getLast().payload());
    }

    @Test
    void shouldSayContinueAtOnceToWhomAsks() {
        String body = event("1");
        try (RawConnection raw = service.raw()) {
            raw.send(Wire.postHead(
                    EVENTS,
                    Tokens.service("tester", "events:send"),
                    "application/json",
                    "Expect: 100-continue\r\nContent-Length: " + body.length()));
            assertEquals(100, raw.answerOfAnyKind().status()); // the body is not sent before
            raw.send(body);
            raw.answer().expect(202);
        }
    }

    @Test
    void shouldRefuseBeforeTheBodyComesWhereTheTokenIsWrong() {
        try (RawConnection raw = service.raw()) {
            raw.send(
                    Wire.postHead(EVENTS, "wrong", "application/json", "Expect: 100-continue\r\nContent-Length: 1000"));
            raw.answer().expectError(401, "invalid_auth");
        }
    }

    @Test
    void shouldTakeConcurrentPublishesEachOnce() {
        int count = 300;
        List<CompletableFuture<Answer>> answers = IntStream.range(0, count)
                .mapToObj(i -> caller.publishAsync(event(Integer.toString(i))))
                .toList();
        Set<String> ids = new TreeSet<>();
        for (CompletableFuture<Answer> answer : answers) {
            ids.add(answer.join().expect(202).json().get("id").asText());
        }
        List<Event> events = caller.read(history());
        assertEquals(new ArrayList<>(ids), events.stream().map(Event::id).toList());
        assertEquals(
                new TreeSet<>(numbers(count)), new TreeSet<>(payloads(events)), "every event once, whatever its place");
        assertEquals(count, events.size());
    }

    @Test
    void shouldStoreNothingOfAnEventThatWasRefused() {
        caller.publish("{\"name\":\"" + name + "\",\"payload\":{]}").expectError(400, "bad_request");
        caller.publish("{\"name\":\"" + name + "\",\"payload\":1").expectError(400, "bad_request");
        String id = caller.send(name, "1");
        assertEquals(List.of(id), caller.read(history()).stream().map(Event::id).toList());
    }

    @Test
    void shouldSayAtWhichByteTheJsonIsBad() {
        caller.publish("{\"name\":\"a.b\",\"payload\":nope}").expectError(400, "bad_request", "24");
    }

    @Test
    void shouldPushWhatIsPublishedToAListenerWhoIsThere() {
        try (EventStream stream = caller.listen("name=" + name)) {
            String id = caller.send(name, "{\"hello\":1}");
            assertEquals(id, stream.next().id());
        }
    }

    static List<String> payloads(List<Event> events) {
        return events.stream().map(Event::payload).toList();
    }

    static List<String> numbers(int count) {
        return IntStream.range(0, count).mapToObj(Integer::toString).toList();
    }
}
