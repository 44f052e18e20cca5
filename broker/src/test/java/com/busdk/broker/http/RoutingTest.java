package com.busdk.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RoutingTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String token = TestService.token();
    private TestService service;

    @BeforeAll
    void start() throws Exception {
        service = TestService.start();
    }

    @AfterAll
    void stop() throws Exception {
        service.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/api",
                "/api/v1",
                "/api/v1/events/stream/",
                "/api/v1/events/a/b",
                "/api/v1//events",
                "/api/v1/%65vents",
                "/api/v1/events/../events",
                "/API/V1/EVENTS",
                "/api/v1/events;x=1",
                "/healthz/",
                "*"
            })
    void shouldAnswerUnknownPathsWithAnError(String path) throws Exception {
        String answer = raw("GET " + path);
        assertTrue(answer.startsWith("HTTP/1.1 404 "), answer);
        assertTrue(answer.toLowerCase(Locale.ROOT).contains("content-type: application/json"), answer);
        assertEquals("not_found", error(answer).get("type").asText());
        assertFalse(answer.toLowerCase(Locale.ROOT).contains("connection: close"), "the connection is still good");
    }

    @Test
    void shouldTakeARequestWithAWholeUrl() throws Exception {
        String answer = raw("GET http://example.org/healthz?x");
        assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET|/api/v1/events|POST, OPTIONS",
                "PUT|/api/v1/events|POST, OPTIONS",
                "HEAD|/api/v1/events|POST, OPTIONS",
                "POST|/api/v1/events/stream|GET, OPTIONS",
                "HEAD|/api/v1/events/stream|GET, OPTIONS",
                "GET|/api/v1/events/ack|POST, OPTIONS",
                "PATCH|/api/v1/events/dead-letters|GET, DELETE, HEAD, OPTIONS",
                "DELETE|/api/v1/events/evt_1|GET, HEAD, OPTIONS",
                "POST|/healthz|GET, HEAD, OPTIONS",
                "TRACE|/healthz|GET, HEAD, OPTIONS",
                "BREW|/healthz|GET, HEAD, OPTIONS"
            })
    void shouldSayWhichMethodsThereAre(String method, String path, String allow) throws Exception {
        String answer = raw(method + " " + path);
        assertTrue(answer.startsWith("HTTP/1.1 405 "), answer);
        assertTrue(
                answer.toLowerCase(Locale.ROOT).contains("allow: " + allow.toLowerCase(Locale.ROOT) + "\r\n"), answer);
        if (!method.equals("HEAD")) {
            assertEquals("method_not_allowed", error(answer).get("type").asText());
        }
    }

    @Test
    void shouldAnswerOptionsWithoutToken() throws Exception {
        String answer = raw("OPTIONS /api/v1/events");
        assertTrue(answer.startsWith("HTTP/1.1 204 "), answer);
        assertTrue(answer.toLowerCase(Locale.ROOT).contains("allow: post, options\r\n"), answer);
    }

    @Test
    void shouldAnswerHeadLikeGetWithoutBody() throws Exception {
        HttpResponse<String> response = service.send(service.to("/healthz").method("HEAD", BodyPublishers.noBody()));
        assertEquals(200, response.statusCode());
        assertEquals("", response.body());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /api/v1/events",
                "GET /api/v1/events/stream?name=example.x",
                "POST /api/v1/events/ack",
                "GET /api/v1/events/groups",
                "GET /api/v1/events/names",
                "GET /api/v1/events/evt_1",
                "GET /api/v1/events/dead-letters?group=g",
                "DELETE /api/v1/events/dead-letters",
                "POST /api/v1/events/dead-letters/redrive",
                "POST /api/v1/events/request"
            })
    void shouldWantAToken(String request) throws Exception {
        for (String header : new String[] {"", "Authorization: Bearer nonsense\r\n", "Authorization: Basic eDp5\r\n"}) {
            String answer = raw(request, header);
            assertTrue(answer.startsWith("HTTP/1.1 401 "), answer);
            assertTrue(answer.toLowerCase(Locale.ROOT).contains("www-authenticate: bearer\r\n"), answer);
            assertEquals("invalid_auth", error(answer).get("type").asText());
            assertFalse(answer.contains("nonsense") || answer.contains("eDp5"), "a token is never repeated");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/healthz", "/readyz"})
    void shouldTellThatItIsWell(String path) throws Exception {
        HttpResponse<String> response = service.send(service.to(path));
        assertEquals(200, response.statusCode());
        assertEquals("{\"ok\":true}", response.body());
        assertEquals(
                "application/json",
                response.headers().firstValue("Content-Type").orElseThrow());
    }

    @Test
    void shouldCountWhatItDoes() throws Exception {
        service.publish(token, "{\"name\":\"example.ping\"}");
        service.publish(token, "{}");
        String metrics = service.send(service.to("/metrics")).body();
        assertTrue(value(metrics, "bus_events_published_events_total") >= 1, metrics);
        assertTrue(value(metrics, "bus_events_errors_total{type=\"bad_request\"}") >= 1, metrics);
        assertTrue(value(metrics, "bus_events_log_commits_total") >= 1, metrics);
        assertTrue(value(metrics, "bus_events_connections_open") >= 1, metrics);
        assertTrue(metrics.contains("jvm_memory_used_bytes{"), metrics);
    }

    @Test
    void shouldServeItsDescription() throws Exception {
        HttpResponse<String> response = service.send(service.to("/openapi.yaml"));
        assertEquals(200, response.statusCode());
        assertTrue(response.body().startsWith("openapi: 3.1") || response.body().startsWith("openapi: \"3.1"));
    }

    private static double value(String metrics, String name) {
        return metrics.lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElse(Double.NaN);
    }

    private String raw(String request) throws Exception {
        return raw(request, "");
    }

    private String raw(String request, String header) throws Exception {
        try (RawConnection raw = new RawConnection(service.port())) {
            raw.send(request + " HTTP/1.1\r\nHost: a\r\n" + header + "\r\n");
            return request.startsWith("HEAD") ? raw.head() : raw.answer();
        }
    }

    private static JsonNode error(String answer) throws Exception {
        return JSON.readTree(answer.substring(answer.indexOf("\r\n\r\n") + 4)).get("error");
    }
}
