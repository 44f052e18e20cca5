package com.busdk.client.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenMinterTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final String SECRET = "not-a-secret-local-development-hs256-key";
    private final TokenMinter minter = new TokenMinter(Hs256Secret.parse(SECRET), Clock.fixed(NOW, ZoneOffset.UTC));

    @Test
    void shouldSayWhatTheGrantSays() {
        String token = minter.mint(TokenMinter.Grant.service("worker", Scopes.parse("vm:read vm:write"))
                .withTtl(Duration.ofMinutes(5)));
        TokenClaims claims = TokenClaims.peek(token).orElseThrow();
        assertEquals("worker", claims.subject());
        assertEquals(List.of("ai.hg.fi/api"), claims.audience());
        assertEquals(NOW, claims.issuedAt());
        assertEquals(NOW.plusSeconds(300), claims.expiresAt());
        assertEquals(Scopes.parse("vm:read vm:write"), claims.scopes());
        assertTrue(claims.service());
        assertFalse(claims.isExpired(NOW.plusSeconds(299)));
        assertTrue(claims.isExpired(NOW.plusSeconds(300)));
    }

    @Test
    void shouldNotCallAUserTokenAServiceToken() {
        String token = minter.mint(TokenMinter.Grant.user("user", Scopes.NONE));
        assertFalse(TokenClaims.peek(token).orElseThrow().service());
    }

    @Test
    void shouldSignWithTheSecret() throws Exception {
        String token = minter.mint(TokenMinter.Grant.user("user", Scopes.NONE));
        int dot = token.lastIndexOf('.');
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        byte[] expected = mac.doFinal(token.substring(0, dot).getBytes(StandardCharsets.US_ASCII));
        assertEquals(Base64.getUrlEncoder().withoutPadding().encodeToString(expected), token.substring(dot + 1));
        assertEquals(
                "{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
                new String(
                        Base64.getUrlDecoder().decode(token.substring(0, token.indexOf('.'))), StandardCharsets.UTF_8));
    }

    @Test
    void shouldGiveEachTokenAnIdOfItsOwn() {
        TokenMinter.Grant grant = TokenMinter.Grant.user("user", Scopes.NONE);
        assertNotEquals(minter.mint(grant), minter.mint(grant));
    }

    @Test
    void shouldRefuseGrantsThatMakeNoToken() {
        assertThrows(IllegalArgumentException.class, () -> TokenMinter.Grant.user(" ", Scopes.NONE));
        TokenMinter.Grant grant = TokenMinter.Grant.user("user", Scopes.NONE);
        assertThrows(IllegalArgumentException.class, () -> grant.withTtl(Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> grant.withAudience(""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "abc", "a.b", "a.b.c", "a.W10.c", "a.e30=.c.d", "a.eyJleHAiOjl9.", "a.bnVsbA.c"})
    void shouldLookIntoAnythingWithoutFailing(String token) {
        TokenClaims.peek(token).ifPresent(claims -> assertEquals(Scopes.NONE, claims.scopes()));
    }

    @Test
    void shouldReadSeveralAudiences() {
        String claims = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("{\"aud\":[\"a\",1,[\"x\"],\"b\"],\"exp\":\"soon\"}".getBytes(StandardCharsets.UTF_8));
        TokenClaims peeked = TokenClaims.peek("h." + claims + ".s").orElseThrow();
        assertEquals(List.of("a", "b"), peeked.audience());
        assertFalse(peeked.isExpired(NOW));
    }
}
