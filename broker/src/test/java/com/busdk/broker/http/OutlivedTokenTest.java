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

/** A body of lines that stays open for longer than its token holds, on a clock that the tests move. */
class OutlivedTokenTest {
    private static final Instant BEGIN = Instant.parse("2026-03-01T12:00:00Z");
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

    @Test
    void shouldTakeNoLinesBehindTheEndOfTheToken() throws Exception {
        Instant expires = BEGIN.plus(TokenMinter.DEFAULT_TTL);
        try (RawConnection raw = new RawConnection(server.port())) {
            String token = new TokenMinter(SECRET, Clock.fixed(BEGIN, ZoneOffset.UTC))
                    .mint(Grant.user("user-1", Scopes.parse("events:send")));
            raw.send("POST /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token
                    + "\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n");
            raw.send(lines(2));
            awaitEvents(2);
            now = expires.plusSeconds(Identity.LEEWAY_SECONDS - 1);
            raw.send(lines(1));
            awaitEvents(3);
            now = expires.plusSeconds(Identity.LEEWAY_SECONDS);
            raw.send(lines(2));
            String answer = raw.answer();
            assertTrue(answer.startsWith("HTTP/1.1 401 "), answer);
            assertTrue(answer.contains("www-authenticate: Bearer"), answer);
            assertTrue(answer.contains("\"type\":\"invalid_auth\""), answer);
            assertTrue(answer.contains("\"line\":4,\"count\":3"), answer);
            assertTrue(answer.contains("expired"), answer);
        }
        assertEquals(3, events());
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
