package com.busdk.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.access.EventAccess;
import com.busdk.broker.backend.Backend;
import com.busdk.broker.backend.embedded.Hub;
import com.busdk.broker.backend.embedded.HubOptions;
import com.busdk.broker.backend.log.LogOptions;
import com.busdk.broker.backend.log.MemoryLog;
import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.http.stream.StreamLimits;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenMinter.Grant;
import com.busdk.client.identity.Audiences;
import com.busdk.client.identity.Identity;
import com.busdk.client.identity.TokenSettings;
import com.busdk.client.identity.TokenVerifier;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bodies that come in for longer than their token holds, on a clock that the tests move. */
class OutlivedTokenTest {
    private static final String EVENTS = "/api/v1/events";
    private static final Instant BEGIN = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant END = BEGIN.plus(TokenMinter.DEFAULT_TTL).plusSeconds(Identity.LEEWAY_SECONDS);
    private static final Hs256Secret SECRET = Hs256Secret.parse("a-secret-of-tests-that-is-long-enough-for-hs256");

    private final Vertx vertx = Vertx.vertx();
    private volatile Instant now = BEGIN;
    private Backend hub;
    private HttpVerticle server;

    @BeforeEach
    void start() throws Exception {
        TokenSettings tokens = new TokenSettings(List.of(SECRET), null, Audiences.DEFAULT);
        TokenVerifier verifier = TestService.await(TokenVerifier.create(vertx, tokens, () -> now));
        hub = Hub.create(
                vertx,
                state -> MemoryLog.open(LogOptions.defaults(), state),
                HubOptions.defaults(),
                () -> now.toEpochMilli() * 1000);
        TestService.await(hub.start());
        StreamLimits limits = new StreamLimits(1, 1, Duration.ofSeconds(1), false);
        HttpSettings settings =
                new HttpSettings("127.0.0.1", 0, 1 << 20, 10, 1 << 14, Duration.ofSeconds(60), limits, null, null);
        server = new HttpVerticle(
                settings, HttpParts.of(hub, verifier, EventAccess.standard(Audiences.DEFAULT), 0, () -> now));
        TestService.await(vertx.deployVerticle(server));
    }

    @AfterEach
    void stop() throws Exception {
        TestService.await(hub.stop());
        TestService.await(vertx.close());
    }

    private static String head(String line, String headers) {
        String token = new TokenMinter(SECRET, Clock.fixed(BEGIN, ZoneOffset.UTC))
                .mint(Grant.user("user-1", Scopes.parse("events:send events:listen events:admin")));
        return line + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token + "\r\n" + headers + "\r\n\r\n";
    }

    @Test
    void shouldTakeNoLinesBehindTheEndOfTheToken() throws Exception {
        try (RawConnection raw = new RawConnection(server.port())) {
            raw.send(head("POST " + EVENTS, "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked"));
            raw.send(lines(2));
            awaitEvents(2);
            now = END.minusSeconds(1);
            raw.send(lines(1));
            awaitEvents(3);
            now = END;
            raw.send(lines(2));
            String answer = raw.answer();
            assertRefused(answer);
            assertTrue(answer.contains("\"line\":4,\"count\":3"), answer);
        }
        assertEquals(3, events());
    }

    @Test
    void shouldTakeNoEventWhoseBodyComesBehindTheEndOfTheToken() throws Exception {
        String event = "{\"name\":\"example.ping\"}";
        String head = headOf("POST " + EVENTS, event);
        try (RawConnection raw = new RawConnection(server.port())) {
            raw.send(head);
            assertTrue(raw.head().startsWith("HTTP/1.1 100 "));
            now = END.minusSeconds(1);
            raw.send(event);
            String taken = raw.answer();
            assertTrue(taken.startsWith("HTTP/1.1 202 "), taken);

            raw.send(head);
            assertTrue(raw.head().startsWith("HTTP/1.1 100 "));
            now = END;
            raw.send(event);
            assertRefused(raw.answer());
        }
        assertEquals(1, events());
    }

    /** The head of a request whose body waits until the service has seen that. */
    private static String headOf(String line, String body) {
        return head(line, "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: " + body.length());
    }

    private static void assertRefused(String answer) {
        assertTrue(answer.startsWith("HTTP/1.1 401 "), answer);
        assertTrue(answer.contains("www-authenticate: Bearer"), answer);
        assertTrue(answer.contains("\"type\":\"invalid_auth\""), answer);
        assertTrue(answer.contains("expired"), answer);
    }

    @Test
    void shouldAskNothingWhoseBodyComesBehindTheEndOfTheToken() throws Exception {
        String request = "{\"name\":\"example.ping.request\"}";
        try (RawConnection responder = new RawConnection(server.port());
                RawConnection raw = new RawConnection(server.port())) {
            responder.send(head("GET " + EVENTS + "/stream?name=example.ping.request", "Accept: application/x-ndjson"));
            assertTrue(responder.head().startsWith("HTTP/1.1 200 "));
            raw.send(headOf("POST " + EVENTS + "/request?timeout=1s", request));
            assertTrue(raw.head().startsWith("HTTP/1.1 100 "));
            now = END;
            raw.send(request);
            assertRefused(raw.answer());
        }
        assertEquals(0, events());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        POST   | /ack                  | {"group":"g","ack":["a-token"]}
        POST   | /dead-letters/redrive | {"group":"g","all":true}
        DELETE | /dead-letters         | {"group":"g","all":true}
        """)
    void shouldSettleNothingWhoseBodyComesBehindTheEndOfTheToken(String method, String path, String body)
            throws Exception {
        try (RawConnection raw = new RawConnection(server.port())) {
            raw.send(headOf(method + " " + EVENTS + path, body));
            assertTrue(raw.head().startsWith("HTTP/1.1 100 "));
            now = END;
            raw.send(body);
            assertRefused(raw.answer());
        }
    }

    /** A chunk of so many lines. */
    private static String lines(int count) {
        String lines = "{\"name\":\"example.ping\"}\n".repeat(count);
        return Integer.toHexString(lines.length()) + "\r\n" + lines + "\r\n";
    }

    private void awaitEvents(int count) {
        Deadline.until(count + " events", () -> events() == count);
    }

    private int events() {
        return hub.gauges().get("log_head").intValue() - 1;
    }
}
