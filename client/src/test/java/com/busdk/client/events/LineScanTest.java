package com.busdk.client.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.busdk.client.event.Delivery;
import com.busdk.client.event.Envelope;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineScanTest {
    private static String id(String line) {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        return LineScan.id(bytes, 0, bytes.length);
    }

    private static String token(String line) {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        return LineScan.token(bytes, 0, bytes.length);
    }

    private static String name(String line) {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        return LineScan.name(bytes, 0, bytes.length);
    }

    private static long sequence(String line) {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        return LineScan.sequence(bytes, 0, bytes.length);
    }

    @Test
    void shouldFindNameAndSequenceWhereverTheyStand() {
        String line = "{\"payload\":{\"name\":\"no\",\"sequence\":1},\"sequence\": 9007199254740993 ,\"name\":\"a.b\"}";
        assertEquals("a.b", name(line));
        assertEquals(9_007_199_254_740_993L, sequence(line));
        String without = "{\"payload\":{\"name\":\"no\",\"sequence\":1},\"metadata\":{\"sequence\":\"2\"}}";
        assertNull(name(without));
        assertEquals(-1, sequence(without));
        assertEquals(-1, sequence("{\"sequence\":null}"));
    }

    @Provide
    Arbitrary<String> payloads() {
        return Arbitraries.of(
                "null",
                "\"\\\"id\\\":\\\"no\\\"\"",
                "{\"id\":\"no\",\"delivery\":{\"token\":\"no\"}}",
                "[{\"id\":\"no\"},\"\\\\\",\"}]\"]",
                "\"{[\\\\\\\"\"");
    }

    @Property
    void shouldFindWhatAParserFinds(@ForAll("payloads") String payload, @ForAll("payloads") String metadata) {
        Envelope envelope = Envelope.builder("example.ping")
                .id("evt_yes")
                .payload(payload)
                .metadata("id", metadata)
                .metadata("token", "no")
                .delivery(new Delivery("id", "token", 1, "tok_yes"))
                .build();
        assertEquals("evt_yes", id(envelope.toJson()));
        assertEquals("tok_yes", token(envelope.toJson()));
        String last = "{\"payload\":" + payload + ",\"metadata\":{\"id\":\"no\"} , \"delivery\" : {\"x\":[\"token\"],"
                + "\"token\" : \"tok_yes\"} , \"id\" : \"evt_yes\"}";
        assertEquals("evt_yes", id(last));
        assertEquals("tok_yes", token(last));
    }

    @Provide
    Arbitrary<String> ends() {
        String fake = "{\"group\":\"g\",\"consumer\":\"c\",\"attempt\":1,\"token\":\"no\"}";
        String quoted = fake.replace("\"", "\\\"");
        return Arbitraries.of(
                ",\"delivery\":{\"group\":\"g\",\"consumer\":\"c.1\",\"attempt\":12,\"token\":\"a0-_.Z\"}}",
                ",\"delivery\":{\"group\":\"g\",\"consumer\":\"c\",\"attempt\":1}}",
                ",\"delivery\":{\"group\":\"g\",\"consumer\":\"c\",\"attempt\":1,\"token\":\"t\"} }",
                ",\"delivery\":{\"attempt\":1,\"token\":\"t\"}}",
                ",\"other\":" + fake + "}",
                ",\"payload\":{\"delivery\":" + fake + "}}",
                ",\"payload\":\"x,\\\"delivery\\\":" + quoted + "}\"}",
                ",\"payload\":\"\\\\\",\"delivery\":{\"group\":\"g\",\"consumer\":\"c\",\"attempt\":1,\"token\":\"t\"}}",
                ",\"x-delivery\":" + fake + "}",
                ",\"payload\":[\"delivery\"," + fake + "]}");
    }

    @Property
    void shouldFindTheTokenThatAParserFindsHoweverTheLineEnds(
            @ForAll("payloads") String payload, @ForAll("ends") String end) throws IOException {
        String line = "{\"id\":\"evt_1\",\"extra\":" + payload + end;
        JsonNode expected = new ObjectMapper().readTree(line).path("delivery").path("token");
        assertEquals(expected.asText(null), token(line));
    }

    @Test
    void shouldFindNothingWhereThereIsNothing() {
        String line = Envelope.builder("example.ping")
                .payload("{\"id\":\"no\"}")
                .build()
                .toJson();
        assertNull(id(line));
        assertNull(token(line));
        assertNull(token("{\"delivery\":\"token\",\"token\":\"no\"}"));
        assertNull(id("{\"id\":7}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{\"",
                "{\"id",
                "{\"id\"",
                "{\"id\":",
                "{\"id\":\"",
                "{\"id\":\"\\",
                "}",
                "{\"delivery\":{"
            })
    void shouldNotReadBeyondABrokenLine(String line) {
        assertNull(id(line));
        assertNull(token(line));
    }
}
