package com.busdk.broker.http;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PublishTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PING = "{\"name\":\"example.ping\"}";
    private static final int MAX_EVENT_BYTES = 64 << 10;

    private final String token = TestService.token();
    private TestService service;

    @BeforeAll
    void start() throws Exception {
        service = TestService.start("max-event-bytes", "64KiB");
    }

    @AfterAll
    void stop() throws Exception {
        service.close();
    }

    @Test
    void shouldAcceptOneEventAndShowItInTheHistory() throws Exception {
        HttpResponse<String> response =
                service.publish(token, "{\"name\":\"example.single\",\"payload\":{\"ok\":true}}");

        assertEquals(202, response.statusCode(), response.body());
        assertEquals(
                "application/json",
                response.headers().firstValue("Content-Type").orElseThrow());
        JsonNode receipt = JSON.readTree(response.body());
        JsonNode event = JSON.readTree(service.get(token, "/api/v1/events/stream?name=example.single&follow=false")
                .body());
        assertEquals(
                "{\"accepted\":true,\"id\":" + event.get("id") + ",\"name\":\"example.single\",\"sequence\":"
                        + event.get("sequence") + "}",
                response.body());
        assertEquals(receipt.get("id"), event.get("id"));
        assertEquals("user-1", event.get("identityId").asText());
        assertEquals("{\"ok\":true}", event.get("payload").toString());
    }

    @Test
    void shouldStoreAnEventOnceForEachIdempotencyKey() throws Exception {
        String keyed = "{\"name\":\"example.once\",\"idempotencyKey\":\"k-1\"}";
        JsonNode first = JSON.readTree(service.publish(token, keyed).body());
        JsonNode again = JSON.readTree(service.publish(token, keyed).body());
        JsonNode byHeader = JSON.readTree(service.send(publishing()
                        .header("Idempotency-Key", "k-1")
                        .POST(BodyPublishers.ofString("{\"name\":\"example.once\"}")))
                .body());
        JsonNode other = JSON.readTree(service.publish(TestService.user("user-2", "events:send"), keyed)
                .body());

        assertAll(
                () -> assertFalse(first.has("duplicate")),
                () -> assertTrue(again.get("duplicate").asBoolean()),
                () -> assertEquals(first.get("id"), again.get("id")),
                () -> assertEquals(first.get("sequence"), again.get("sequence")),
                () -> assertEquals(first.get("id"), byHeader.get("id")),
                () -> assertFalse(other.has("duplicate")));
    }

    @Test
    void shouldRefuseTwoDifferentIdempotencyKeys() throws Exception {
        HttpResponse<String> response = service.send(publishing()
                .header("Idempotency-Key", "one")
                .POST(BodyPublishers.ofString("{\"name\":\"example.ping\",\"idempotencyKey\":\"two\"}")));
        assertError(400, "bad_request", "differ", response);
    }

    @Test
    void shouldSayWhereJsonIsWrong() throws Exception {
        assertError(400, "bad_request", "at byte 22", service.publish(token, PING.substring(0, 22)));
        assertError(400, "bad_request", "there is no envelope", service.publish(token, ""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"application/json", "application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\""})
    void shouldTakeJsonHoweverItIsSpelled(String type) throws Exception {
        assertEquals(202, service.post(token, type, PING).statusCode());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/json; charset=iso-8859-1",
                "application/jsonx",
                "*/*",
                ";",
                "json",
                "é"
            })
    void shouldRefuseOtherTypes(String type) throws Exception {
        try (RawConnection raw = new RawConnection(service.port())) {
            raw.send("POST /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token + "\r\nContent-Type: "
                    + type + "\r\nContent-Length: " + PING.length() + "\r\n\r\n" + PING);
            assertTrue(raw.answer().startsWith("HTTP/1.1 415 "));
        }
    }

    @Test
    void shouldRefuseABodyWithoutType() throws Exception {
        assertError(
                415,
                "unsupported_media_type",
                "no Content-Type",
                service.send(service.to("/api/v1/events")
                        .header("Authorization", "Bearer " + token)
                        .POST(BodyPublishers.ofString(PING))));
    }

    @Test
    void shouldRefuseCompressedBodies() throws Exception {
        assertError(
                415,
                "unsupported_media_type",
                "Content-Encoding",
                service.send(publishing().header("Content-Encoding", "gzip").POST(BodyPublishers.ofString(PING))));
        assertEquals(
                202,
                service.send(publishing().header("Content-Encoding", "identity").POST(BodyPublishers.ofString(PING)))
                        .statusCode());
    }

    @Test
    void shouldTakeAnEventOfTheLargestSizeAndNoLarger() throws Exception {
        String frame = "{\"name\":\"example.large\",\"payload\":\"\"}";
        String largest = frame.replace("\"\"", "\"" + "x".repeat(MAX_EVENT_BYTES - frame.length()) + "\"");
        assertEquals(202, service.publish(token, largest).statusCode());
        assertError(413, "payload_too_large", "64 KiB", service.publish(token, largest + " "));
        byte[] chunks = (largest + " ").getBytes(StandardCharsets.UTF_8);
        assertError(
                413,
                "payload_too_large",
                "64 KiB",
                service.send(publishing()
                        .POST(BodyPublishers.concat(
                                BodyPublishers.ofByteArrays(List.of(chunks)), BodyPublishers.noBody()))));
    }

    @Test
    void shouldRefuseALengthBeforeTheBodyComes() throws Exception {
        try (RawConnection raw = new RawConnection(service.port())) {
            raw.send(head("Expect: 100-continue\r\nContent-Length: 999999999999"));
            String answer = raw.answer();
            assertTrue(answer.startsWith("HTTP/1.1 413 "), answer);
            assertTrue(answer.toLowerCase(Locale.ROOT).contains("connection: close"), answer);
        }
    }

    @Test
    void shouldAnswerExpectAtOnce() throws Exception {
        try (RawConnection raw = new RawConnection(service.port())) {
            raw.send(head("Expect: 100-continue\r\nContent-Length: " + PING.length()));
            assertTrue(raw.head().startsWith("HTTP/1.1 100 "));
            raw.send(PING);
            assertTrue(raw.answer().startsWith("HTTP/1.1 202 "));
        }
    }

    @Test
    void shouldNotAskForABodyThatItWillRefuse() throws Exception {
        try (RawConnection raw = new RawConnection(service.port())) {
            raw.send(head("Expect: 100-continue\r\nContent-Length: 5").replace(token, "nonsense"));
            assertTrue(raw.head().startsWith("HTTP/1.1 401 "));
        }
    }

    @Test
    void shouldAnswerPipelinedRequestsInOrder() throws Exception {
        try (RawConnection raw = new RawConnection(service.port())) {
            StringBuilder requests = new StringBuilder();
            for (int i = 0; i < 50; i++) {
                String body = "{\"name\":\"example.pipelined-" + i + "\"}";
                requests.append(head("Content-Length: " + body.length())).append(body);
            }
            raw.send(requests.toString());
            long before = 0;
            for (int i = 0; i < 50; i++) {
                String answer = raw.answer();
                JsonNode receipt = JSON.readTree(answer.substring(answer.indexOf('{')));
                assertEquals("example.pipelined-" + i, receipt.get("name").asText());
                assertTrue(receipt.get("sequence").asLong() > before, answer);
                before = receipt.get("sequence").asLong();
            }
        }
    }

    @Test
    void shouldReadABodyThatComesInSmallPieces() throws Exception {
        try (RawConnection raw = new RawConnection(service.port())) {
            raw.send(head("Transfer-Encoding: chunked"));
            for (int i = 0; i < PING.length(); i++) {
                raw.send("1\r\n" + PING.charAt(i) + "\r\n");
            }
            raw.send("0\r\n\r\n");
            assertTrue(raw.answer().startsWith("HTTP/1.1 202 "));
        }
    }

    @Test
    void shouldNameTheMissingScope() throws Exception {
        String listener = TestService.user("user-1", "events:listen");
        HttpResponse<String> response = service.publish(listener, PING);
        assertError(403, "forbidden", "events:send", response);
        assertEquals(
                "bus auth token --scope \"events:send\"",
                JSON.readTree(response.body()).at("/error/command").asText());
        assertError(403, "forbidden", "bus.other", service.publish(token, "{\"name\":\"bus.other.thing\"}"));
    }

    @Test
    void shouldRefuseParameters() throws Exception {
        assertError(
                400,
                "bad_request",
                "no parameters",
                service.send(service.to("/api/v1/events?token=x")
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(PING))));
    }

    @Test
    void shouldHoldAnIdentityToItsRate() throws Exception {
        try (TestService slow = TestService.start("rate-limit", "2")) {
            HttpResponse<String> response = slow.publish(token, PING);
            for (int i = 0; i < 20 && response.statusCode() == 202; i++) {
                response = slow.publish(token, PING);
            }
            assertError(429, "rate_limited", "2 events a second", response);
            assertEquals("1", response.headers().firstValue("Retry-After").orElseThrow());
            assertEquals(
                    202,
                    slow.publish(TestService.user("user-2", "events:send"), PING)
                            .statusCode());
        }
    }

    private java.net.http.HttpRequest.Builder publishing() {
        return service.to("/api/v1/events")
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json");
    }

    private String head(String more) {
        return "POST /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token
                + "\r\nContent-Type: application/json\r\n" + more + "\r\n\r\n";
    }

    private static void assertError(int status, String type, String words, HttpResponse<String> response)
            throws Exception {
        assertEquals(status, response.statusCode(), response.body());
        assertEquals(
                "application/json",
                response.headers().firstValue("Content-Type").orElseThrow());
        JsonNode error = JSON.readTree(response.body()).get("error");
        assertEquals(type, error.get("type").asText());
        assertTrue(error.get("message").asText().contains(words), response.body());
    }
}
