package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes in as an envelope comes out of a stream: field by field, and the payload byte for byte. */
class EnvelopeTest extends ContractSuite {
    private Event published(String envelope) {
        return publishedBy(caller, envelope);
    }

    private Event publishedBy(Caller publisher, String envelope) {
        String id = publisher.accepted(envelope);
        Event event = caller.read(history()).getLast();
        assertEquals(id, event.id());
        return event;
    }

    static List<String> payloads() {
        return List.of(
                "null",
                "true",
                "false",
                "0",
                "-0.0",
                "1.10",
                "1E+2",
                "1e999",
                "-1e-999",
                "12345678901234567890123456789012345678901234567890.000000000000000000000000000010",
                "9007199254740993",
                "\"\"",
                "\"plain\"",
                "\"\\u00e9 \\ud83d\\ude00 \\/ \\b\\f\\n\\r\\t \\\" \\\\ \\u0000 \\u001F\"",
                "\"\\ud800 alone is a legal escape\"",
                "\"na\u00efve \u017elu\u0165ou\u010dk\u00fd \ud83d\ude00 \u2028 \u2029 \u007f \ufeff\"",
                "[]",
                "{}",
                "[[[]],{},[{}]]",
                "{ \"spaces\" : [ 1 ,\t2 ] }",
                "{\"z\":1,\"a\":2,\"m\":{\"y\":1,\"b\":2}}",
                "{\"twice\":1,\"twice\":2}",
                "{\"name\":\"x.y\",\"id\":\"evt_1\",\"payload\":1,\"delivery\":{\"token\":\"t\"}}",
                "{\"\":{\"\":\"\"}}",
                "\"}\\n{\\\"name\\\":\\\"evil.injected\\\"}\"");
    }

    @ParameterizedTest
    @MethodSource("payloads")
    void shouldKeepThePayloadByteForByte(String payload) {
        assertEquals(payload, published(event(payload)).payload());
    }

    @ParameterizedTest
    @MethodSource("payloads")
    void shouldKeepThePayloadByteForByteOfALineToo(String payload) {
        caller.publishLines(event(payload) + "\n").expect(202);
        assertEquals(payload, caller.read(history()).getLast().payload());
    }

    @Test
    void shouldKeepRandomPayloadsByteForByte() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> payloads = new ArrayList<>();
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            String payload = RandomJson.value(random, 5);
            payloads.add(payload);
            body.append(event(payload)).append('\n');
        }
        caller.publishLines(body.toString()).expect(202);
        List<String> seen = caller.read(history()).stream().map(Event::payload).toList();
        assertEquals(payloads, seen, "seed " + seed);
    }

    @Test
    void shouldTurnLineBreaksBetweenTokensIntoSpacesAndNothingElse() {
        Event event = published("{\r\n\t\"name\":\n\"" + name
                + "\",\n  \"payload\":\n {\r\n  \"a\" :\n[ 1,\r\n2 ]\n,\t\"b\":\"x\\ny\"\n }\n}\n");
        assertEquals("{    \"a\" : [ 1,  2 ] ,\t\"b\":\"x\\ny\"  }", event.payload());
    }

    @Test
    void shouldTakeABigNumberOfManyDigits() {
        String digits = "7".repeat(100_000);
        assertEquals(digits, published(event(digits)).payload());
    }

    @Test
    void shouldTakeNestingUpToTheLimitOf500() {
        String payload = "[".repeat(499) + "]".repeat(499);
        assertEquals(payload, published(event(payload)).payload());
    }

    @Test
    void shouldLetAnAbsentPayloadBeNull() {
        Event event = published("{\"name\":\"" + name + "\"}");
        assertEquals("null", event.payload());
    }

    @Test
    void shouldGiveBackEveryFieldOfThePublisher() {
        Event event = published(event("1", """
            "correlationId":"c \\u00e9 \\"1\\"","metadata":{"a":"1","b":"zwei \\n"},\
            "error":{"type":"failed","message":"it did"},"identityId":"alice","key":"k/1"
            """));
        assertEquals(name, event.name());
        assertEquals("c \u00e9 \"1\"", event.text("correlationId"));
        assertEquals(
                Json.parse("{\"a\":\"1\",\"b\":\"zwei \\n\"}"), event.tree().get("metadata"));
        assertEquals(
                Json.parse("{\"type\":\"failed\",\"message\":\"it did\"}"),
                event.tree().get("error"));
        assertEquals("alice", event.text("identityId"));
        assertEquals("k/1", event.text("key"));
    }

    @Test
    void shouldReadCorrelationIdInSnakeCaseAsTheSameField() {
        Event event = published(event("1", "\"correlation_id\":\"c-7\""));
        assertEquals("c-7", event.text("correlationId"));
        assertFalse(event.has("correlation_id"));
    }

    @Test
    void shouldLeaveOutWhatWasNotGiven() {
        Event event = published(event("1"));
        Set<String> fields = new TreeSet<>();
        event.tree().fieldNames().forEachRemaining(fields::add);
        assertEquals(Set.of("id", "sequence", "createdAt", "name", "identityId", "payload"), fields);
    }

    @Test
    void shouldLeaveOutTheIdempotencyKey() {
        Event event = published(event("1", "\"idempotencyKey\":\"once\""));
        assertFalse(event.line().contains("once"), event::line);
        assertFalse(event.has("idempotencyKey"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"id\":\"evt_000000000000ffffffffffffff\"",
                "\"id\":{\"not\":\"a string\"}",
                "\"sequence\":\"no number\"",
                "\"sequence\":99999999999999999999",
                "\"createdAt\":[1,2]",
                "\"delivery\":{\"token\":\"stolen\",\"attempt\":9}",
                "\"delivery\":true",
                "\"unknown\":{\"deep\":[1,{\"x\":null}]}",
                "\"Name\":\"other.name\"",
                "\"time\":null"
            })
    void shouldIgnoreWhatTheHubGivesAndWhatItDoesNotKnow(String member) {
        Event event = published(event("1", member));
        assertEquals(name, event.name());
        assertEquals("1", event.payload());
        assertFalse(event.has("delivery"));
        assertFalse(event.has("unknown"));
        assertFalse(event.has("Name"));
        assertFalse(event.has("time"));
    }

    @Test
    void shouldTakeTheNameWhereverItStands() {
        Event event = published("{\"payload\":{\"late\":true},\"key\":\"k\",\"name\":\"" + name + "\"}");
        assertEquals("{\"late\":true}", event.payload());
        assertEquals("k", event.text("key"));
    }

    @Test
    void shouldTakeFieldNamesThatAreEscaped() {
        Event event = published("{\"\\u006eame\":\"" + name + "\",\"p\\u0061yload\":[1]}");
        assertEquals("[1]", event.payload());
    }

    @Test
    void shouldStampTheTimeInUtcWithMicroseconds() {
        Instant before = Instant.now().minus(Duration.ofMillis(1));
        Event event = published(event("1"));
        Instant after = Instant.now().plus(Duration.ofMillis(1));
        String text = event.text("createdAt");
        assertTrue(text.matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z"), text);
        Instant created = Instant.parse(text);
        assertTrue(!created.isBefore(before) && !created.isAfter(after), () -> before + " " + created + " " + after);
    }

    @Test
    void shouldGiveAUsersEventToThatUserWhateverTheEnvelopeSays() {
        Caller alice = service.user("alice", "events:send");
        Event event = publishedBy(alice, event("1", "\"identityId\":\"bob\""));
        assertEquals("alice", event.text("identityId"));
    }

    @Test
    void shouldLetAServiceActForAUserAndElseBeTheOwnerItself() {
        assertEquals("bob", published(event("1", "\"identityId\":\"bob\"")).text("identityId"));
        assertEquals("tester", published(event("1")).text("identityId"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.b", "a_b.c-d.0", "0.1.2.3.4.5.6.7.8.9", "-._"})
    void shouldTakeNames(String valid) {
        String id = caller.send(valid, "1");
        assertEquals(
                id, caller.read("name=" + valid + "&follow=false").getLast().id());
    }

    @Test
    void shouldTakeEveryFieldAtItsLimit() {
        String longName = "x.".repeat(127) + "y";
        assertEquals(255, longName.length());
        String wide = "\u00e9".repeat(127) + "a"; // 255 bytes of UTF-8
        StringBuilder metadata = new StringBuilder();
        int left = 4096;
        for (int i = 0; i < 32; i++) {
            String key = "k" + (10 + i);
            int length = i < 31 ? 120 : left - key.length();
            left -= key.length() + length;
            metadata.append(i == 0 ? "" : ",").append('"').append(key).append("\":\"");
            metadata.append("v".repeat(length)).append('"');
        }
        String envelope =
                "{\"name\":\"%s\",\"correlationId\":\"%s\",\"key\":\"%s\",\"idempotencyKey\":\"%s\",\"metadata\":{%s}}"
                        .formatted(longName, wide, wide, wide, metadata);
        caller.accepted(envelope);
        Event event = caller.read("name=" + longName + "&follow=false").getLast();
        assertEquals(wide, event.text("correlationId"));
        assertEquals(wide, event.text("key"));
        assertEquals(Json.parse("{" + metadata + "}"), event.tree().get("metadata"));
    }
}
