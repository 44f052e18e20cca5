package com.busdk.client.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvelopeTest {
    private static final Envelope FULL = Envelope.builder("example.job.response")
            .payload("{\"z\":1,\"a\":[1e400,-0.0,12345678901234567890123456789],\"s\":\"\\u00e4 \\/ ä\"}")
            .correlationId("c-1")
            .metadata("trace", "t\"1")
            .error(new EventError("timeout", "took too long"))
            .identityId("user-1")
            .key("k")
            .idempotencyKey("once")
            .id("evt_1")
            .sequence(7L)
            .createdAt(Instant.parse("2026-01-02T03:04:05.000600Z"))
            .delivery(new Delivery("g", "c", 2, "token-1"))
            .build();

    @Test
    void shouldReadBackWhatItWrites() {
        assertEquals(FULL, Envelope.parse(FULL.toJson()));
        assertEquals(FULL, FULL.toBuilder().build());
    }

    @Test
    void shouldWriteOnlyWhatIsThere() {
        assertEquals(
                "{\"name\":\"example.ping\",\"payload\":null}",
                Envelope.builder("example.ping").build().toJson());
    }

    @Test
    void shouldWriteTheTimeToTheMicrosecond() {
        assertTrue(FULL.toJson().contains("\"createdAt\":\"2026-01-02T03:04:05.000600Z\""), FULL.toJson());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "true",
                "0",
                "-1.50E+10",
                "\"text \\u0041\\n\"",
                "[]",
                "{ \"b\" : 1 , \"a\" : [ 1,2 ] }",
                "123456789012345678901234567890.10",
                "\"\\ud83d\\ude00 😀\""
            })
    void shouldKeepThePayloadByteForByte(String payload) {
        for (String json : new String[] {
            "{\"name\":\"a.b\",\"payload\":" + payload + "}",
            " {\"payload\" : " + payload + " ,\"name\":\"a.b\"} ",
            "{\"x\":\"ä€😀\",\"payload\":" + payload + "\t,\"name\":\"a.b\"}"
        }) {
            assertEquals(payload, Envelope.parse(json).payload(), json);
        }
    }

    @Test
    void shouldKeepThePayloadOfAPartOfAnArray() {
        byte[] bytes = "xxxx{\"name\":\"a.b\",\"payload\":[1, 2]}yyyy".getBytes(StandardCharsets.UTF_8);
        assertEquals("[1, 2]", Envelope.parse(bytes, 4, bytes.length - 8).payload());
    }

    @Test
    void shouldKeepVeryLongNumbers() {
        String number = "9".repeat(100_000);
        assertEquals(
                number,
                Envelope.parse("{\"name\":\"a.b\",\"payload\":" + number + "}").payload());
    }

    @Test
    void shouldTurnLineBreaksBetweenTokensIntoSpaces() {
        assertEquals(
                "{  \"a\": 1 }",
                Envelope.builder("a.b").payload("{\r\n\"a\":\n1 }").build().payload());
        assertFalse(Envelope.parse("{\"name\":\"a.b\",\"payload\":[1,\n2]}")
                .toJson()
                .contains("\n"));
    }

    @Test
    void shouldReadTheOtherSpellingOfCorrelationId() {
        assertEquals(
                "c",
                Envelope.parse("{\"name\":\"a.b\",\"correlation_id\":\"c\"}").correlationId());
    }

    @Test
    void shouldSkipUnknownFields() {
        assertEquals(
                "[3]",
                Envelope.parse("{\"name\":\"a.b\",\"new\":{\"payload\":1},\"payload\":[3],\"more\":[[]]}")
                        .payload());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"name\":\"a.b\"",
                "{\"name\":\"a.b\"} {}",
                "{\"name\":1}",
                "{\"name\":\"a.b\",\"payload\":}",
                "{\"name\":\"a.b\",\"payload\":\"open}",
                "{\"name\":\"a.b\",\"metadata\":[]}",
                "{\"name\":\"a.b\",\"metadata\":{\"k\":1}}",
                "{\"name\":\"a.b\",\"metadata\":{\"k\":null}}",
                "{\"name\":\"a.b\",\"error\":{\"message\":\"m\"}}",
                "{\"name\":\"a.b\",\"error\":\"e\"}",
                "{\"name\":\"a.b\",\"createdAt\":\"yesterday\"}",
                "{\"name\":\"a.b\",\"sequence\":\"7\"}",
                "{\"name\":\"a.b\",\"sequence\":99999999999999999999}",
                "{\"name\":\"a.b\",\"delivery\":{}}",
                "{\"name\":\"a.b\",\"delivery\":{\"group\":\"g\",\"consumer\":\"c\",\"attempt\":0}}",
                "{\"name\":\"a.b\",\"delivery\":{\"group\":\"g\",\"consumer\":\"c\",\"attempt\":9999999999}}",
                "{\"name\":\"NOT A NAME\"}"
            })
    void shouldRefuseWhatIsNoEnvelope(String json) {
        assertThrows(IllegalArgumentException.class, () -> Envelope.parse(json));
    }

    @Test
    void shouldRefuseOtherEncodings() {
        byte[] utf16 = "{\"name\":\"a.b\"}".getBytes(StandardCharsets.UTF_16LE);
        assertThrows(IllegalArgumentException.class, () -> Envelope.parse(utf16));
        byte[] broken = "{\"name\":\"a.b\",\"payload\":\"X\"}".getBytes(StandardCharsets.UTF_8);
        broken[broken.length - 3] = (byte) 0xff;
        assertThrows(IllegalArgumentException.class, () -> Envelope.parse(broken));
    }

    @Test
    void shouldRefuseDeepNestingWithoutLosingTheStack() {
        String deep = "[".repeat(100_000) + "]".repeat(100_000);
        assertThrows(
                IllegalArgumentException.class, () -> Envelope.parse("{\"name\":\"a.b\",\"payload\":" + deep + "}"));
        assertThrows(
                IllegalArgumentException.class,
                () -> Envelope.builder("a.b").payload(deep).build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "nul", "1 2", "{} \n{}", "'a'", "\"a\nb\"", "\"a", "{\"a\":1}}"})
    void shouldRefuseAPayloadThatIsNotOneJsonValue(String payload) {
        assertThrows(
                IllegalArgumentException.class,
                () -> Envelope.builder("a.b").payload(payload).build());
    }

    @Test
    void shouldHoldTheLimitsOfTheContract() {
        String tooLong = "ä".repeat(128); // 256 bytes
        assertThrows(
                IllegalArgumentException.class,
                () -> Envelope.builder("a.b").correlationId(tooLong).build());
        assertThrows(
                IllegalArgumentException.class,
                () -> Envelope.builder("a.b").key(tooLong).build());
        assertThrows(
                IllegalArgumentException.class,
                () -> Envelope.builder("a.b").idempotencyKey(tooLong).build());
        assertThrows(
                IllegalArgumentException.class,
                () -> Envelope.builder("a.b").metadata("k", "v".repeat(4096)).build());
        Envelope.Builder many = Envelope.builder("a.b");
        for (int i = 0; i <= EventLimits.MAX_METADATA_ENTRIES; i++) {
            many.metadata("k" + i, "v");
        }
        assertThrows(IllegalArgumentException.class, many::build);
    }

    @Test
    void shouldNotShowPayloadOrLeaseTokenAsText() {
        assertFalse(FULL.toString().contains("12345"), FULL.toString());
        assertFalse(String.valueOf(FULL.delivery()).contains("token-1"));
    }

    @Property
    void shouldCarryAnyTextInMetadata(@ForAll String text) {
        String wellFormed = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        if (EventLimits.utf8Length(wellFormed) <= 2000) {
            Envelope envelope =
                    Envelope.builder("a.b").metadata(Map.of("k", wellFormed)).build();
            assertEquals(envelope, Envelope.parse(envelope.toJson()));
            assertFalse(envelope.toJson().contains("\n"));
        }
    }
}
