package com.busdk.gateway.auth;

import static com.busdk.gateway.auth.AuthService.USER;
import static com.busdk.gateway.auth.AuthService.await;
import static com.busdk.gateway.auth.AuthService.bearer;
import static com.busdk.gateway.auth.AuthService.email;
import static com.busdk.gateway.auth.AuthService.otp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.identity.Audiences;
import com.busdk.client.identity.Identity;
import com.busdk.client.identity.TokenSettings;
import com.busdk.client.identity.TokenVerifier;
import com.busdk.gateway.auth.AuthService.Reply;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the auth service promises, whichever store it has: all of it, with {@link AuthCodesSuite}. */
abstract class AuthSuite extends AuthCodesSuite {
    private Reply status(String session) throws Exception {
        return auth.get(ROOT + "/status", bearer(session));
    }

    @Test
    void shouldLeadFromAnAddressToAToken() throws Exception {
        Reply registered = auth.register(USER);
        assertEquals("{\"status\":\"waitlisted\"}", registered.body().toString());
        assertEquals(200, registered.status());
        assertEquals("{\"status\":\"sent\"}", auth.requestCode(USER).body().toString());
        assertTrue(auth.sentCode(USER).matches("[0-9]{6}"));

        Reply verified = auth.verify(USER, auth.sentCode(USER));
        assertEquals(200, verified.status());
        assertEquals("waitlisted", verified.text("status"));
        assertTrue(verified.body().path("email_verified").asBoolean());
        String id = UUID.fromString(verified.text("identity_id")).toString();
        Instant end =
                auth.clock.instant().plus(Duration.ofHours(24)).truncatedTo(java.time.temporal.ChronoUnit.SECONDS);
        assertEquals(end.toString(), verified.text("expires_at"));
        String session = verified.text("token");
        String account = "{\"identity_id\":\"" + id + "\",\"status\":\"%s\",\"email_verified\":true}";
        assertEquals(account.formatted("waitlisted"), status(session).body().toString());

        Reply early = auth.token(session, "vm:read");
        assertEquals(403, early.status());
        assertEquals("insufficient_access", early.error());

        Reply approved = auth.post(ROOT + "/admin/approve", email(USER), bearer(auth.operator("waitlist:approve")));
        assertEquals(
                "{\"identity_id\":\"" + id + "\",\"status\":\"approved\"}",
                approved.body().toString());
        assertEquals(
                account.formatted("approved"),
                auth.get(ROOT + "/me", bearer(session)).body().toString());

        Reply issued = auth.token(session, "vm:read container:run");
        assertEquals(200, issued.status(), issued.body().toString());
        assertEquals("Bearer", issued.text("token_type"));
        assertEquals("ai.hg.fi/api", issued.text("audience"));
        assertEquals("vm:read container:run", issued.text("scope"));
        Identity identity = verifier(issued.text("access_token"));
        assertEquals(id, identity.subject());
        assertEquals(Set.of("vm:read", "container:run"), identity.scopes());
        assertFalse(identity.service());
        assertEquals(Instant.parse(issued.text("expires_at")).getEpochSecond(), identity.expiresAt());
        assertEquals(auth.clock.instant().getEpochSecond() + 3600, identity.expiresAt());
    }

    private Identity verifier(String token) throws Exception {
        TokenSettings settings =
                new TokenSettings(List.of(Hs256Secret.parse(AuthService.SECRET)), null, Audiences.DEFAULT);
        return await(await(TokenVerifier.create(vertx, settings, auth.clock)).verify("Bearer " + token));
    }

    @Test
    void shouldTakeResourcesForScopeAndALifeThatIsAskedFor() throws Exception {
        String session = auth.approvedSession(USER);

        Reply issued = auth.post(ROOT + "/token", "{\"resources\":\"vm:read\",\"ttl_seconds\":60}", bearer(session));

        assertEquals(200, issued.status());
        assertEquals("vm:read", issued.text("scope"));
        assertEquals(
                auth.clock.instant().getEpochSecond() + 60,
                verifier(issued.text("access_token")).expiresAt());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"scope\":\" \"}",
                "{\"scope\":7}",
                "{\"scope\":[\"vm:read\"]}",
                "{\"scope\":\"vm:read\",\"resources\":\"vm:write\"}",
                "{\"scope\":\"vm:read\",\"ttl_seconds\":0}",
                "{\"scope\":\"vm:read\",\"ttl_seconds\":86401}",
                "{\"scope\":\"vm:read\",\"ttl_seconds\":1.5}",
                "{\"scope\":\"vm:read\",\"ttl_seconds\":\"60\"}",
                "{\"scope\":\"vm:read\",\"ttl_seconds\":99999999999999999999}",
                "{\"scope\":\"vm:\\\"read\"}",
                "{\"scope\":\"vm:read\",\"scope\":\"vm:write\"}",
                "{\"scope\":\"vm:read\"} trailing",
                "[]",
                ""
            })
    void shouldRefuseToIssueWhatMakesNoSense(String body) throws Exception {
        Reply refused = auth.post(ROOT + "/token", body, bearer(auth.approvedSession(USER)));

        assertEquals(400, refused.status(), refused.body().toString());
        assertEquals("bad_request", refused.error());
    }

    @Test
    void shouldKeepSessionsAccountsAndCodesThroughARestart() throws Exception {
        String session = auth.approvedSession(USER);
        auth.requestCode(USER);
        String code = auth.sentCode(USER);

        auth.restart();

        assertEquals("approved", status(session).text("status"));
        assertEquals(200, auth.verify(USER, code).status());
    }

    @Test
    void shouldEndASessionAtLogout() throws Exception {
        String session = auth.approvedSession(USER);

        Reply over = auth.post(ROOT + "/logout", "", bearer(session));

        assertEquals(204, over.status());
        assertEquals("", over.whole().body());
        assertEquals(401, status(session).status());
        assertEquals(401, auth.token(session, "vm:read").status());
        assertEquals(
                401, auth.post(ROOT + "/token/refresh", "", bearer(session)).status());
        assertEquals(401, auth.post(ROOT + "/logout", "", bearer(session)).status());
        assertEquals(401, auth.get(ROOT + "/check", bearer(session)).status());
        auth.restart();
        assertEquals(401, status(session).status());
    }

    @Test
    void shouldRotateASessionAtRefresh() throws Exception {
        String session = auth.approvedSession(USER);
        auth.clock.advance(Duration.ofHours(23));

        Reply refreshed = auth.post(ROOT + "/token/refresh", "{}", bearer(session));

        assertEquals(200, refreshed.status());
        assertEquals("approved", refreshed.text("status"));
        assertNotEquals(session, refreshed.text("token"));
        assertEquals(401, status(session).status(), "the old one is over");
        auth.clock.advance(Duration.ofHours(23));
        assertEquals(200, status(refreshed.text("token")).status());
    }

    @Test
    void shouldRefreshOnceHoweverManyTryAtOnce() throws Exception {
        String session = auth.session(USER);
        List<CompletableFuture<Reply>> tries = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            tries.add(auth.sendAsync(auth.posting(ROOT + "/token/refresh", "", bearer(session))));
        }

        int refreshed = 0;
        for (CompletableFuture<Reply> one : tries) {
            refreshed += one.get(60, TimeUnit.SECONDS).status() == 200 ? 1 : 0;
        }
        assertEquals(1, refreshed);
    }

    @Test
    void shouldEndASessionInTime() throws Exception {
        String session = auth.session(USER);
        auth.clock.advance(Duration.ofHours(24).minusSeconds(1));
        assertEquals(200, status(session).status());
        auth.clock.advance(Duration.ofSeconds(1));
        assertEquals(401, status(session).status());
        assertEquals(
                401, auth.post(ROOT + "/token/refresh", "", bearer(session)).status());
    }

    @Test
    void shouldEndASessionForGoodAfterAMonthOfRefreshing() throws Exception {
        String session = auth.session(USER);
        int days = 0;
        for (Reply refreshed = status(session); refreshed.status() == 200; days++) {
            auth.clock.advance(Duration.ofHours(23));
            refreshed = auth.post(ROOT + "/token/refresh", "", bearer(session));
            session = refreshed.text("token");
            assertTrue(days < 40, "it goes on for ever");
        }
        assertEquals(30 * 24 / 23, days - 1, "times 23 hours");
    }

    @Test
    void shouldTellTheClaimsOfAnyTokenOfItsOwn() throws Exception {
        String session = auth.approvedSession(USER);
        String id = status(session).text("identity_id");
        String api = auth.token(session, "vm:read").text("access_token");
        String operator = auth.operator("waitlist:read");

        assertEquals("ai.hg.fi/auth", check(session).path("aud").asText());
        assertEquals("status:read token:issue", check(session).path("scope").asText());
        assertEquals(id, check(api).path("sub").asText());
        assertEquals("vm:read", check(api).path("scope").asText());
        assertEquals("service", check(operator).path("token_use").asText());
        assertEquals(401, auth.get(ROOT + "/check", bearer(api + "x")).status());
        assertEquals(401, auth.get(ROOT + "/check").status());
        auth.clock.advance(Duration.ofHours(2));
        assertEquals(401, auth.get(ROOT + "/check", bearer(api)).status());
    }

    /** Elsewhere clocks may differ from the one that a token was made by; here they do not. */
    @Test
    void shouldHoldATokenToTheSecondOfItsEnd() throws Exception {
        String api = auth.token(auth.approvedSession(USER), "vm:read").text("access_token");
        String operator = auth.operator("waitlist:read");
        for (boolean holds : new boolean[] {true, false}) {
            auth.clock.advance(holds ? Duration.ofSeconds(3599) : Duration.ofSeconds(1));
            int status = holds ? 200 : 401;
            assertEquals(status, auth.get(ROOT + "/check", bearer(api)).status());
            assertEquals(status, auth.get(ROOT + "/check", bearer(operator)).status());
            assertEquals(
                    status, auth.get(ROOT + "/admin/waitlist", bearer(operator)).status());
        }
        Reply late = auth.get(ROOT + "/check", bearer(api));
        assertEquals("invalid_auth", late.error());
        assertTrue(late.message().contains("has expired"), late.message());
    }

    @ParameterizedTest
    @ValueSource(strings = {"waitlist:read", "waitlist:approve", "admin:manage"})
    void shouldListForEachOfTheOperatorsScopes(String scope) throws Exception {
        auth.register(USER);
        Reply listed = auth.get(ROOT + "/admin/waitlist", bearer(auth.operator(scope)));
        assertEquals(200, listed.status(), listed.body().toString());
        assertEquals(List.of(USER), emails(listed));
        Reply decided = auth.post(ROOT + "/admin/approve", email(USER), bearer(auth.operator(scope)));
        assertEquals(scope.equals("waitlist:read") ? 403 : 200, decided.status());
    }

    private JsonNode check(String token) throws Exception {
        Reply checked = auth.get(ROOT + "/check", bearer(token));
        assertEquals(200, checked.status(), checked.body().toString());
        return checked.body();
    }

    @Test
    void shouldListWhoWaitsOldestFirst() throws Exception {
        for (int i = 0; i < 5; i++) {
            auth.register("user" + i + "@example.com");
            auth.clock.advance(Duration.ofSeconds(1));
        }
        String token = auth.operator("waitlist:read");
        auth.post(ROOT + "/admin/approve", email("user1@example.com"), bearer(auth.operator("admin:manage")));
        auth.post(
                ROOT + "/admin/reject",
                "{\"email\":\"user2@example.com\",\"reason\":\"spam\"}",
                bearer(auth.operator("waitlist:approve")));

        Reply first = auth.get(ROOT + "/admin/waitlist?limit=2", bearer(token));
        assertEquals(200, first.status());
        assertEquals(List.of("user0@example.com", "user3@example.com"), emails(first));
        assertTrue(first.body().path("has_more").asBoolean());
        Reply second = auth.get(ROOT + "/admin/waitlist?limit=2&after=" + first.text("next"), bearer(token));
        assertEquals(List.of("user4@example.com"), emails(second));
        assertFalse(second.body().path("has_more").asBoolean());
        assertFalse(second.body().has("next"));
        assertEquals(
                List.of("user2@example.com"),
                emails(auth.get(ROOT + "/admin/waitlist?status=rejected", bearer(token))));
        assertEquals(
                400,
                auth.get(ROOT + "/admin/waitlist?status=lost", bearer(token)).status());
        assertEquals(
                400,
                auth.get(ROOT + "/admin/waitlist?limit=1001", bearer(token)).status());
        assertEquals(
                400, auth.get(ROOT + "/admin/waitlist?after=x", bearer(token)).status());
        assertEquals(
                404,
                auth.post(ROOT + "/admin/approve", email("nobody@example.com"), bearer(auth.operator("admin:manage")))
                        .status());
    }

    private static List<String> emails(Reply list) {
        List<String> emails = new ArrayList<>();
        list.body().path("items").forEach(item -> emails.add(item.path("email").asText()));
        return emails;
    }

    @Test
    void shouldNotGiveTokensToWhoWasRejected() throws Exception {
        String session = auth.approvedSession(USER);
        assertEquals(200, auth.token(session, "vm:read").status());

        auth.post(ROOT + "/admin/reject", email(USER), bearer(auth.operator("waitlist:approve")));

        assertEquals(403, auth.token(session, "vm:read").status());
        assertEquals("rejected", status(session).text("status"));
        auth.register(USER);
        assertEquals("rejected", status(session).text("status"), "registering again changes nothing");
    }

    @Test
    void shouldKeepTheNewestSessionsOfAnAccount() throws Exception {
        String first = auth.session(USER);
        String last = first;
        for (int i = 0; i < AuthStore.MAX_SESSIONS; i++) {
            auth.clock.advance(Duration.ofMinutes(15));
            auth.requestCode(USER);
            last = auth.verify(USER, auth.sentCode(USER)).text("token");
        }
        assertEquals(401, status(first).status());
        assertEquals(200, status(last).status());
    }

    @Test
    void shouldShareItsStoreWithAnotherOfItsKind() throws Exception {
        try (AuthService other = AuthService.start(vertx, flags, environment, auth.clock)) {
            String session = auth.approvedSession(USER);
            assertEquals(
                    "approved", other.get(ROOT + "/status", bearer(session)).text("status"));
            auth.requestCode(USER);
            String code = auth.sentCode(USER);
            List<CompletableFuture<Reply>> guesses = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                AuthService to = i % 2 == 0 ? auth : other;
                guesses.add(to.sendAsync(to.posting(ROOT + "/otp/verify", otp(USER, code))));
            }
            int let = 0;
            for (CompletableFuture<Reply> guess : guesses) {
                let += guess.get(60, TimeUnit.SECONDS).status() == 200 ? 1 : 0;
            }
            assertEquals(1, let, "a code is good once, whoever is asked");
            other.post(ROOT + "/logout", "", bearer(session));
            assertEquals(401, status(session).status());
        }
    }

    /** Some processes have been given the next key while others still sign with the old one. */
    @Test
    void shouldKnowTheKeysOfProcessesThatShareItsStore(@TempDir Path keys) throws Exception {
        Path first =
                AuthKeysTest.pem(keys, "first", "PRIVATE KEY", AuthKeysTest.ec().getPrivate());
        Path second = AuthKeysTest.pem(
                keys, "second", "PRIVATE KEY", AuthKeysTest.ec().getPrivate());
        MovableClock clock = auth.clock;
        try (AuthService old = byKey(first, clock);
                AuthService next = byKey(second, clock)) {
            clock.advance(Duration.ofSeconds(11)); // a key that is missing is looked for every ten seconds
            String ofOld = old.session(USER);
            next.requestCode(USER);
            String code = next.sentCode(USER);
            Reply verified = old.verify(USER, code);
            assertEquals(200, verified.status(), "they hash codes with one key");
            String ofNext = next.post(ROOT + "/token/refresh", "", bearer(verified.text("token")))
                    .text("token");
            for (AuthService one : List.of(old, next)) {
                assertEquals(200, one.get(ROOT + "/status", bearer(ofOld)).status());
                assertEquals(200, one.get(ROOT + "/status", bearer(ofNext)).status());
                assertEquals(
                        2, one.get("/.well-known/jwks.json").body().path("keys").size());
            }
        }
    }

    private AuthService byKey(Path key, MovableClock clock) throws Exception {
        Map<String, String> all = new HashMap<>(flags);
        all.put("signing-key", key.toString());
        Map<String, String> without = new HashMap<>(environment);
        without.put("BUS_AUTH_HS256_SECRET", "");
        return AuthService.start(vertx, all, without, clock);
    }

    @Test
    void shouldRefuseReasonsThatAreNoLine() throws Exception {
        auth.register(USER);
        String[] operator = bearer(auth.operator("waitlist:approve"));
        for (String reason : List.of("a\\u0000b", "a\\nb", "\\ud800", "x".repeat(501))) {
            String body = "{\"email\":\"" + USER + "\",\"reason\":\"" + reason + "\"}";
            assertEquals(400, auth.post(ROOT + "/admin/reject", body, operator).status(), reason);
        }
        String body = "{\"email\":\"" + USER + "\",\"reason\":\"" + "\u00e4".repeat(500) + "\"}";
        assertEquals(200, auth.post(ROOT + "/admin/reject", body, operator).status());
        String list = ROOT + "/admin/waitlist?after=1.";
        String[] reader = bearer(auth.operator("waitlist:read"));
        for (String id : List.of("%00", "x", "'", "")) {
            assertEquals(400, auth.get(list + id, reader).status(), id);
        }
    }
}
