package com.busdk.client.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ApiExceptionTest {
    private static JsonNode body(ApiException e) throws IOException {
        return new ObjectMapper().readTree(e.toJsonBytes()).path("error");
    }

    @Test
    void shouldWriteTypeAndMessage() {
        assertEquals(
                "{\"error\":{\"type\":\"not_found\",\"message\":\"no such group\"}}",
                new String(
                        ApiException.of(ErrorType.NOT_FOUND, "no such group").toJsonBytes(), StandardCharsets.UTF_8));
    }

    @Test
    void shouldWriteLineAndCount() throws IOException {
        JsonNode error = body(ApiException.of(ErrorType.BAD_REQUEST, "bad").withLine(7, 6));
        assertEquals(7, error.path("line").asLong());
        assertEquals(6, error.path("count").asLong());
    }

    @Test
    void shouldNameTheMissingScopeWithTheCommandThatGetsIt() throws IOException {
        JsonNode error = body(ApiException.of(ErrorType.FORBIDDEN, "no").withScope("vm:read"));
        assertEquals("vm:read", error.path("scope").asText());
        assertEquals("bus auth token --scope \"vm:read\"", error.path("command").asText());
    }

    @Test
    void shouldKeepWhatIsForTheHeadersOutOfTheBody() throws IOException {
        ApiException e = ApiException.of(ErrorType.UNAVAILABLE, "later")
                .withRetryAfter(5)
                .withAllow("GET")
                .withAction("wait");
        assertEquals(5, e.retryAfter().orElseThrow());
        assertEquals(Optional.of("GET"), e.allow());
        assertEquals(Optional.of(ErrorType.UNAVAILABLE), e.errorType());
        assertEquals(3, body(e).size());
    }

    @Test
    void shouldBoundAndCleanTheTexts() throws IOException {
        String message = body(ApiException.of(ErrorType.BAD_REQUEST, "a\u0000\r\n\u202E" + "x".repeat(5000)))
                .path("message")
                .asText();
        assertTrue(message.startsWith("a????x"), message);
        assertEquals(ApiException.MAX_MESSAGE_CHARS, message.length());
    }

    @Test
    void shouldCostNoStackTrace() {
        assertEquals(0, ApiException.of(ErrorType.INTERNAL, "x").getStackTrace().length);
    }

    @Test
    void shouldFindErrorsByWordAndStatus() {
        assertEquals(Optional.of(ErrorType.BAD_REQUEST), ErrorType.find("bad_request", 400));
        assertEquals(Optional.of(ErrorType.HEADERS_TOO_LARGE), ErrorType.find("bad_request", 431));
        assertEquals(Optional.empty(), ErrorType.find("bad_request", 500));
        assertEquals(Optional.of(ErrorType.FORBIDDEN), ErrorType.ofStatus(403));
    }
}
