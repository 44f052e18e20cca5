package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.Tokens;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One shape of errors on every path, and the statuses that HTTP has for paths, methods and media types. */
class ErrorShapeTest extends ContractSuite {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/favicon.ico",
                "/api",
                "/api/v1",
                "/api/v2/events",
                "/api/v1/eventsx",
                "/api/v1/events/stream/x",
                "/api/v1/events/a/b/c",
                "/api/v1/events/ack/x",
                "/api/v1/events/dead-letters/other",
                "/healthz/x",
                "/%00",
                "/%ff%fe"
            })
    void shouldSayNotFoundOnAnUnknownPath(String path) {
        caller.get(path).expectError(404, "not_found");
        caller.post(path, "{}").expectError(404, "not_found");
        service.nobody().get(path).expectError(404, "not_found");
    }

    /** Paths and what may be done there. */
    static List<String[]> routes() {
        return List.of(new String[][] {
            {"/api/v1/events", "POST"},
            {"/api/v1/events/stream", "GET"},
            {"/api/v1/events/ack", "POST"},
            {"/api/v1/events/request", "POST"},
            {"/api/v1/events/groups", "GET"},
            {"/api/v1/events/names", "GET"},
            {"/api/v1/events/evt_00000000000000000000000001", "GET"},
            {"/api/v1/events/dead-letters", "GET DELETE"},
            {"/api/v1/events/dead-letters/redrive", "POST"},
            {"/healthz", "GET"},
            {"/readyz", "GET"},
            {"/metrics", "GET"},
            {"/openapi.yaml", "GET"}
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("routes")
    void shouldNameTheMethodsThatAPathHas(String path, String allowed) {
        Set<String> wanted = new TreeSet<>(List.of(allowed.split(" ", -1)));
        for (String method : List.of("PUT", "PATCH", "POST", "GET", "DELETE", "TRACE", "PROPFIND")) {
            if (wanted.contains(method)) {
                continue;
            }
            Answer answer = caller.call(method, path, BodyPublishers.noBody());
            answer.expectError(405, "method_not_allowed");
            Set<String> named =
                    new TreeSet<>(List.of(answer.header("allow").orElse("").split(", *", -1)));
            named.removeAll(Set.of("HEAD", "OPTIONS"));
            assertEquals(wanted, named, "Allow of " + path);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/xml",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application/jsonx",
                "application/json; charset=utf-16",
                "application/json; charset=iso-8859-1",
                "nonsense",
                ""
            })
    void shouldRefuseAMediaTypeThatItDoesNotTake(String type) {
        caller.call("POST", EVENTS, BodyPublishers.ofString(event("1")), "content-type", type)
                .expectError(415, "unsupported_media_type");
    }

    @Test
    void shouldSayWhatToDoAndWhichCommandWhereAScopeIsMissing() {
        Answer answer = service.user("alice", "events:listen").publish(event("1"));
        String message = answer.expectError(403, "forbidden").path("message").asText();
        assertTrue(message.contains("events:send"), message);
        assertTrue(answer.body().replace("\\", "").contains("bus auth token --scope \"events:send\""), answer::body);
    }

    @Test
    void shouldNeverRepeatMoreThan200CharactersOfWhatItWasGiven() {
        String long300 = "x".repeat(300);
        for (Answer answer : List.of(
                caller.publish("{\"name\":\"" + long300 + "\"}"),
                caller.publish(long300),
                caller.publish("{\"name\":\"a.b\",\"" + long300 + "\":}"),
                caller.listenRefused("name=a.b&" + long300 + "=1"),
                caller.listenRefused("name=a.b&since=" + long300),
                caller.listenRefused("name=" + long300),
                caller.get("/" + long300),
                caller.get(EVENTS + "/" + long300),
                caller.ack(long300, "\"ack\":[]"))) {
            assertTrue(answer.status() >= 400 && answer.status() < 500);
            assertFalse(answer.body().contains("x".repeat(201)), answer::body);
        }
    }

    @Test
    void shouldNotRepeatControlCharacters() {
        Answer answer = caller.publish("{\"name\":\"a\\u001b[31mb\\r\\nset-cookie: x\"}");
        String message = answer.expectError(400, "bad_request").path("message").asText();
        assertTrue(message.chars().allMatch(c -> c >= ' '), message);
    }

    @Test
    void shouldNotSayWhatItRunsOn() {
        for (Answer answer : List.of(caller.get("/nothing"), caller.publish("{"), caller.publish(event("1")))) {
            assertTrue(answer.header("server").isEmpty());
            assertTrue(answer.header("x-powered-by").isEmpty());
            assertFalse(answer.body().contains("java."), answer::body);
            assertFalse(answer.body().contains("Exception"), answer::body);
        }
    }

    @Test
    void shouldAskForTheTokenBeforeItLooksAtAnythingElse() {
        service.nobody().publish("{").expectError(401, "invalid_auth");
        service.nobody().listenRefused("name=").expectError(401, "invalid_auth");
        service.nobody()
                .call("POST", EVENTS, BodyPublishers.ofString("x"), "content-type", "text/plain")
                .expectError(401, "invalid_auth");
    }

    @Test
    void shouldAnswerHeadAsGetWithoutABody() {
        for (String path : List.of("/healthz", "/readyz", "/metrics", "/openapi.yaml")) {
            Answer answer = caller.call("HEAD", path, BodyPublishers.noBody());
            assertEquals("", answer.expect(200).body());
        }
    }

    @Test
    void shouldGiveTheScopeThatTheTokenNeedsForAdminVerbs() {
        service.as(Tokens.service("a", "events:listen"))
                .post(EVENTS + "/dead-letters/redrive", "{\"group\":\"g\",\"all\":true}")
                .expectError(403, "forbidden", "events:admin");
    }
}
