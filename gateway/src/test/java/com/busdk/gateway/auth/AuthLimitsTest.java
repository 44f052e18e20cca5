package com.busdk.gateway.auth;

import static com.busdk.gateway.auth.AuthAttackTest.said;
import static com.busdk.gateway.auth.AuthService.USER;
import static com.busdk.gateway.auth.AuthService.await;
import static com.busdk.gateway.auth.AuthService.email;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.gateway.auth.AuthService.Reply;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What one source may do, and how much may wait. */
class AuthLimitsTest {
    private static final String ROOT = "/api/v1/auth";
    private static final Map<String, String> IN_MEMORY = Map.of("BUS_AUTH_STORE_PATH", "memory");

    private Vertx vertx;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
    }

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
    }

    @Test
    void shouldLimitASourceWhateverItSaysOfItself() throws Exception {
        try (AuthService direct = limited("none");
                AuthService others = limited("10.0.0.1, 192.168.0.0/16 2001:db8::/32");
                AuthService listed = limited("10.0.0.1,126.0.0.0/7")) {
            assertEquals(30, registered(direct, i -> "10.0.0." + i), "not believed");
            assertEquals(30, registered(others, i -> "10.0.0." + i), "believed of others, not of this peer");
            assertEquals(40, registered(listed, i -> "10.0.0." + i), "the peer is in a network of the list");
        }
        try (AuthService own = limited("loopback")) {
            assertEquals(40, registered(own, i -> "10.0.0." + i), "believed of this machine's proxy");
            assertEquals(30, registered(own, i -> "10.1.1." + i + ", 10.2.2.2"), "what the proxy saw counts");
            assertEquals(30, registered(own, i -> "2001:db8:0:1::" + i), "one customer");
            assertEquals(30, registered(own, i -> "2001:db8:0:2::" + i), "another, in the network beside it");
            own.clock.advance(Duration.ofHours(1));
            assertEquals(30, registered(own, i -> "2001:db8:0:1::" + i), "again");
            assertEquals(200, own.requestCode(USER).status(), "each deed has a limit of its own");
        }
    }

    @Test
    void shouldLimitCodesAndGuessesOfASource() throws Exception {
        Map<String, String> flags = Map.of("code-limit", "4", "verify-limit", "6");
        try (AuthService limited = AuthService.start(vertx, flags, IN_MEMORY)) {
            for (int i = 0; i < 4; i++) {
                assertEquals(
                        200, limited.requestCode("user" + i + "@example.com").status());
            }
            Reply fifth = limited.requestCode("user4@example.com");
            assertEquals(429, fifth.status());
            assertEquals(
                    "3600", fifth.whole().headers().firstValue("Retry-After").orElse(""));
            for (int i = 0; i < 6; i++) {
                assertEquals(
                        401,
                        limited.verify("user" + i + "@example.com", "012345").status());
            }
            assertEquals(429, limited.verify("user6@example.com", "012345").status());
            limited.clock.advance(Duration.ofHours(1));
            assertEquals(200, limited.requestCode("user4@example.com").status());
            assertEquals(401, limited.verify("user6@example.com", "012345").status());
        }
    }

    private AuthService limited(String proxies) throws Exception {
        return AuthService.start(vertx, Map.of("trusted-proxies", proxies, "register-limit", "30"), IN_MEMORY);
    }

    @Test
    void shouldLetAnOfficeBehindOneAddressRegister() throws Exception {
        try (AuthService auth = AuthService.start(vertx, Map.of(), IN_MEMORY)) {
            for (int i = 0; i < 200; i++) {
                assertEquals(200, auth.register("user" + i + "@example.com").status());
            }
        }
    }

    /** How many of 40 tries are taken. */
    private static int registered(AuthService to, IntFunction<String> forwardedFor) throws Exception {
        int taken = 0;
        for (int i = 0; i < 40; i++) {
            Reply reply = to.post(
                    ROOT + "/register",
                    email(UUID.randomUUID() + "@example.com"),
                    "X-Forwarded-For",
                    forwardedFor.apply(i));
            taken += reply.status() == 200 ? 1 : 0;
            assertTrue(
                    reply.status() == 200 || reply.status() == 429, reply.body().toString());
        }
        return taken;
    }

    static Map<String, String> mailing(SmtpServer server) {
        return Map.of(
                "otp-sender", "smtp",
                "smtp-host", "127.0.0.1",
                "smtp-port", Integer.toString(server.port()),
                "smtp-from", "bus@example.com");
    }

    @Test
    void shouldRefuseCodesWhileTooManyMailsWait() throws Exception {
        try (SmtpServer silent = SmtpServer.start(
                        SmtpServer.Manners.builder().silent(true).build());
                AuthService slow = AuthService.start(vertx, mailing(silent), IN_MEMORY)) {
            int made = 0;
            for (int i = 0; made < PublicHandlers.MAX_SENDING; i++) {
                String address = "user" + i + "@example.com";
                slow.register(address);
                for (int code = 0; code < AuthStore.MAX_CODES && made < PublicHandlers.MAX_SENDING; code++) {
                    assertEquals(200, slow.requestCode(address).status());
                    made++;
                }
            }
            Reply known = slow.requestCode("user0@example.com");
            for (int i = 0;
                    known.status() == 200 && i < PublicHandlers.MAX_SENDING;
                    i++) { // some were given up meanwhile, on a slow machine
                slow.register("more" + i + "@example.com");
                known = slow.requestCode("more" + i + "@example.com");
            }
            assertEquals(503, known.status(), known.body().toString());
            assertEquals("unavailable", known.error());
            assertEquals(said(known), said(slow.requestCode("unknown@example.com")), "to whomever");
        }
    }
}
