package com.busdk.client.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
    void shouldTellAPositionThatIsUnknownFromOtherBadRequests() throws IOException {
        ApiException unknown =
                ApiException.of(ErrorType.BAD_REQUEST, "of another log").withCode(ApiException.UNKNOWN_POSITION);
        assertEquals("unknown_position", body(unknown).path("code").asText());
        ApiException read =
                ApiException.parse(400, unknown.withScope("a:b").withLine(1, 0).toJsonBytes(), null);
        assertTrue(read.isUnknownPosition());
        assertEquals(Optional.of("unknown_position"), read.code());
        assertEquals(Optional.of(ErrorType.BAD_REQUEST), read.errorType());
        ApiException other = ApiException.parse(
                400,
                "{\"error\":{\"type\":\"bad_request\",\"message\":\"unknown_position\"}}"
                        .getBytes(StandardCharsets.UTF_8),
                null);
        assertFalse(other.isUnknownPosition());
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

    private static ApiException parse(int status, String body) {
        return ApiException.parse(status, body.getBytes(StandardCharsets.UTF_8), null);
    }

    @Test
    void shouldReadBackWhatItWrites() {
        ApiException e = ApiException.of(ErrorType.FORBIDDEN, "no scope")
                .withLine(7, 6)
                .withScope("vm:read")
                .withCommand("bus billing setup")
                .withAction("wait");
        ApiException back = ApiException.parse(403, e.toJsonBytes(), " 5 ");
        assertEquals(e.type(), back.type());
        assertEquals(e.message(), back.message());
        assertEquals(e.line(), back.line());
        assertEquals(e.count(), back.count());
        assertEquals(e.scope(), back.scope());
        assertEquals(e.command(), back.command());
        assertEquals(e.action(), back.action());
        assertEquals(5, back.retryAfter().orElseThrow());
    }

    @Test
    void shouldMakeAnErrorOfAnyAnswer() {
        assertEquals("bad_gateway", parse(502, "<html>").type());
        assertEquals("http_418", parse(418, "").type());
        assertEquals("not_found", parse(404, "{\"error\":\"gone\"}").type());
        assertEquals("not_found", parse(404, "[1,2]").type());
        assertEquals(
                "vm_broken",
                parse(500, "{\"x\":{},\"error\":{\"type\":\"vm_broken\",\"more\":[1],\"mess")
                        .type());
        assertEquals(
                "a?b",
                parse(500, "{\"error\":{\"type\":\"x\",\"message\":\"a\\nb\"}}").message());
        assertTrue(ApiException.parse(503, new byte[0], "Fri, 02 Jan 2026 03:04:05 GMT")
                .retryAfter()
                .isEmpty());
    }
}
