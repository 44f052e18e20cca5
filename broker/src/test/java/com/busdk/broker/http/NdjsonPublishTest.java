package com.busdk.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NdjsonPublishTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final String token = TestService.token();
    private TestService service;

    @BeforeAll
    void start() throws Exception {
        service = TestService.start("max-event-bytes", "1KiB");
    }

    @AfterAll
    void stop() throws Exception {
        service.close();
    }

    @Test
    void shouldAcceptAStreamInItsOrder() throws Exception {
        String name = name();
        JsonNode receipt = accepted(send(lines(name, 1_000)));
        assertEquals(1_000, receipt.get("count").asInt());
        List<JsonNode> stored = stored(name);
        assertEquals(1_000, stored.size());
        assertEquals(stored.getFirst().get("id"), receipt.get("firstId"));
        assertEquals(stored.getLast().get("id"), receipt.get("lastId"));
        for (int i = 0; i < 1_000; i++) {
            assertEquals(i, stored.get(i).get("payload").asInt());
        }
    }

    @Test
    void shouldAcceptAnEmptyStream() throws Exception {
        assertEquals("{\"accepted\":true,\"count\":0}", send("").body());
        assertEquals("{\"accepted\":true,\"count\":0}", send("\n\r\n  \n").body());
    }

    @Test
    void shouldNotMindHowLinesEnd() throws Exception {
        String name = name();
        String body = "\n" + line(name, 0) + "\r\n\r\n" + line(name, 1) + " \t\n\n" + line(name, 2);
        assertEquals(3, accepted(send(body)).get("count").asInt());
        assertEquals(3, stored(name).size());
    }

    @Test
    void shouldReadLinesWhereverTheyAreCut() throws Exception {
        String name = name();
        String body = line(name, 0) + "\r\n" + line(name, 1) + "\n" + line(name, 2);
        for (int cut = 1; cut < body.length(); cut++) {
            try (RawConnection raw = new RawConnection(service.port())) {
                raw.send("POST /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token
                        + "\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + chunk(body.substring(0, cut)) + chunk(body.substring(cut)) + "0\r\n\r\n");
                String answer = raw.answer();
                assertTrue(answer.contains("\"count\":3,"), answer);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400|bad_request|{'name':'example.x'|at byte",
                "400|bad_request|nonsense|JSON object",
                "400|bad_request|{'name':'Example.X'}|is not an event name",
                "403|forbidden|{'name':'bus.other.thing'}|bus.other.thing"
            })
    void shouldStopAtTheFirstBadLineAndSayWhichItIs(int status, String type, String bad, String words)
            throws Exception {
        String name = name();
        HttpResponse<String> response =
                send(lines(name, 3) + "\n" + bad.replace('\'', '"') + "\n" + line(name, 9) + "\n");
        assertEquals(status, response.statusCode(), response.body());
        JsonNode error = JSON.readTree(response.body()).get("error");
        assertEquals(type, error.get("type").asText());
        assertEquals(5, error.get("line").asInt(), "the empty line counts");
        assertEquals(3, error.get("count").asInt());
        assertTrue(error.get("message").asText().contains(words), response.body());
        assertEquals(3, stored(name).size());
    }

    @Test
    void shouldRefuseALineThatIsTooLong() throws Exception {
        String name = name();
        String large = "{\"name\":\"" + name + "\",\"payload\":\"" + "x".repeat(1_024) + "\"}";
        for (String end : List.of("\n", "")) {
            HttpResponse<String> response = send(line(name, 0) + "\n" + large + end);
            assertEquals(413, response.statusCode(), response.body());
            JsonNode error = JSON.readTree(response.body()).get("error");
            assertEquals(2, error.get("line").asInt());
            assertEquals(1, error.get("count").asInt());
        }
        String frame = "{\"name\":\"" + name + "\",\"payload\":\"\"}";
        String largest = frame.replace("\"\"", "\"" + "x".repeat(1_024 - frame.length()) + "\"");
        assertEquals(2, accepted(send(largest + "\r\n" + largest)).get("count").asInt());
    }

    @Test
    void shouldGiveUpOnALineWithoutEnd() throws Exception {
        try (RawConnection raw = new RawConnection(service.port())) {
            raw.send("POST /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token
                    + "\r\nContent-Type: application/x-ndjson\r\nContent-Length: 99999999\r\n\r\n" + "x".repeat(2_000));
            assertTrue(raw.answer().startsWith("HTTP/1.1 413 "));
        }
    }

    @Test
    void shouldTakeMoreThanItKeepsInMemoryAtOnce() throws Exception {
        String name = name();
        String block = lines(name, 5_000) + "\n";
        HttpResponse<String> response = service.send(publishing()
                .POST(BodyPublishers.ofByteArrays(Collections.nCopies(40, block.getBytes(StandardCharsets.UTF_8)))));
        assertEquals(200_000, accepted(response).get("count").asInt());
    }

    @Test
    void shouldCountWhatWasKnownAlready() throws Exception {
        String keyed = "{\"name\":\"" + name() + "\",\"idempotencyKey\":\"k\"}";
        JsonNode receipt = accepted(send(keyed + "\n" + keyed));
        assertEquals(2, receipt.get("count").asInt());
        assertEquals(receipt.get("firstId"), receipt.get("lastId"));
    }

    @Test
    void shouldRefuseOneKeyForManyEvents() throws Exception {
        HttpResponse<String> response = service.send(
                publishing().header("Idempotency-Key", "k").POST(BodyPublishers.ofString(lines(name(), 2))));
        assertEquals(400, response.statusCode(), response.body());
    }

    private static String name() {
        return "example.stream-" + NAMES.incrementAndGet();
    }

    private static String line(String name, int number) {
        return "{\"name\":\"" + name + "\",\"payload\":" + number + "}";
    }

    private static String lines(String name, int count) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < count; i++) {
            out.append(line(name, i)).append('\n');
        }
        return out.toString();
    }

    private static String chunk(String text) {
        return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
    }

    private java.net.http.HttpRequest.Builder publishing() {
        return service.to("/api/v1/events")
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/x-ndjson");
    }

    private HttpResponse<String> send(String body) throws Exception {
        return service.post(token, "application/x-ndjson", body);
    }

    private static JsonNode accepted(HttpResponse<String> response) throws Exception {
        assertEquals(202, response.statusCode(), response.body());
        return JSON.readTree(response.body());
    }

    private List<JsonNode> stored(String name) throws Exception {
        String history = service.get(token, "/api/v1/events/stream?name=" + name + "&follow=false")
                .body();
        return history.lines().map(NdjsonPublishTest::read).toList();
    }

    private static JsonNode read(String line) {
        try {
            return JSON.readTree(line);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
