package com.busdk.client.identity;

import static com.busdk.client.identity.Tokens.claims;
import static com.busdk.client.identity.Tokens.hs256;
import static com.busdk.client.identity.Verdicts.accepted;
import static com.busdk.client.identity.Verdicts.await;
import static com.busdk.client.identity.Verdicts.refused;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.config.ConfigException;
import com.busdk.client.http.ApiException;
import io.vertx.core.Vertx;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenVerifierTest {
    private static Vertx vertx;

    private final MovableClock clock = new MovableClock();
    private TokenVerifier verifier;

    @BeforeAll
    static void startVertx() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stopVertx() {
        await(vertx.close());
    }

    @BeforeEach
    void makeVerifier() {
        verifier = await(TokenVerifier.create(vertx, Verdicts.hs256Only(), clock));
    }

    @Test
    void shouldTellWhoTheTokenBelongsTo() {
        Identity identity = accepted(verifier, hs256(Tokens.CLAIMS));

        assertEquals(
                new Identity(
                        "u-1",
                        "ai.hg.fi/api",
                        false,
                        Set.of("events:send", "events:listen"),
                        Tokens.NOW.getEpochSecond() + 3600),
                identity);
    }

    @Test
    void shouldTakeTheTokensThatTheClientMints() {
        Clock now = Clock.fixed(Tokens.NOW, ZoneOffset.UTC);
        TokenMinter minter = new TokenMinter(Hs256Secret.parse(Tokens.SECRET), now);

        Identity identity =
                accepted(verifier, minter.mint(TokenMinter.Grant.service("worker", Scopes.parse("vm:read vm:write"))));

        assertEquals("worker", identity.subject());
        assertTrue(identity.service());
        assertEquals(Set.of("vm:read", "vm:write"), identity.scopes());
    }

    @Test
    void shouldTakeATokenSignedWithAnyOfTheSecrets() {
        TokenSettings two = new TokenSettings(
                List.of(Hs256Secret.parse("the-new-secret-the-new-secret-the-new"), Hs256Secret.parse(Tokens.SECRET)),
                null,
                Audiences.DEFAULT);

        assertEquals(
                "u-1",
                accepted(await(TokenVerifier.create(vertx, two, clock)), hs256(Tokens.CLAIMS))
                        .subject());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'\"token_use\":\"service\"' | true",
                "'\"token_use\":\"user\"' | false",
                "'\"jti\":\"x\"' | false",
            })
    void shouldTellAServiceByItsUse(String claim, boolean service) {
        assertEquals(service, accepted(verifier, hs256(claims(claim))).service());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'\"ai.hg.fi/api\"' | ai.hg.fi/api | false",
                "'\"ai.hg.fi/internal\"' | ai.hg.fi/internal | true",
                "'[\"x\",\"ai.hg.fi/api\"]' | ai.hg.fi/api | false",
                "'[\"ai.hg.fi/api\",\"ai.hg.fi/internal\"]' | ai.hg.fi/internal | true",
            })
    void shouldTakeTheConfiguredAudiences(String aud, String audience, boolean service) {
        Identity identity = accepted(verifier, hs256(Tokens.CLAIMS.replace("\"ai.hg.fi/api\"", aud)));

        assertEquals(audience, identity.audience());
        assertEquals(service, identity.service());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"other\"", "[]", "[\"other\"]", "\"\"", "\"AI.HG.FI/API\"", "\"ai.hg.fi/auth\""})
    void shouldRefuseOtherAudiences(String aud) {
        String message = refused(verifier, hs256(Tokens.CLAIMS.replace("\"ai.hg.fi/api\"", aud)));

        assertTrue(message.contains("ai.hg.fi/api"), message);
    }

    @Test
    void shouldTakeRenamedAudiencesOnly() {
        TokenSettings renamed = new TokenSettings(
                List.of(Hs256Secret.parse(Tokens.SECRET)), null, Audiences.parse("example/api,example/internal"));
        TokenVerifier other = await(TokenVerifier.create(vertx, renamed, clock));

        assertTrue(accepted(other, hs256(Tokens.CLAIMS.replace("ai.hg.fi/api", "example/internal")))
                .service());
        refused(other, hs256(Tokens.CLAIMS));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sub", "aud", "iat", "exp"})
    void shouldRefuseATokenWithoutARequiredClaim(String claim) {
        String message = refused(verifier, hs256(Tokens.CLAIMS.replace("\"" + claim + "\"", "\"x\"")));

        assertTrue(message.contains("no claim " + claim), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sub | 7",
                "sub | null",
                "sub | [\"u-1\"]",
                "sub | ''",
                "sub | \" \"",
                "sub | \"a\\u0000b\"",
                "sub | \"a\\nb\"",
                "sub | \"a\\u0085b\"",
                "sub | \"a\\u2028b\"",
                "sub | \"a\\ud800b\"",
                "aud | 7",
                "aud | null",
                "aud | [7]",
                "aud | {\"a\":1}",
                "aud | [[\"ai.hg.fi/api\"]]",
                "exp | \"1\"",
                "exp | true",
                "exp | null",
                "exp | -1",
                "exp | 1e999",
                "exp | 1772370000000000",
                "exp | [1]",
                "exp | 99999999999999999999999999999999999999",
                "iat | \"1\"",
                "iat | {}",
                "iat | null",
                "nbf | \"1\"",
                "nbf | null",
                "scope | 7",
                "scope | [\"vm:read\"]",
                "scope | null",
                "token_use | true",
                "token_use | 1",
            })
    void shouldRefuseAClaimOfTheWrongType(String claim, String value) {
        String others = Tokens.CLAIMS.replaceAll("\"" + claim + "\":(\"[^\"]*\"|[0-9]+),?", "");
        String json = "{\"" + claim + "\":" + (value.isEmpty() ? "\"\"" : value) + "," + others.substring(1);

        refused(verifier, hs256(json.replace(",}", "}")));
    }

    @Test
    void shouldTakeTheLongestSubjectAndRefuseALongerOne() {
        String longest = "ä".repeat(127) + "x";
        assertEquals(255, longest.getBytes(StandardCharsets.UTF_8).length);

        assertEquals(
                longest,
                accepted(verifier, hs256(Tokens.CLAIMS.replace("u-1", longest))).subject());
        refused(verifier, hs256(Tokens.CLAIMS.replace("u-1", longest + "x")));
    }

    @Test
    void shouldTakeFractionsOfSecondsAndUnknownClaims() {
        String right = Tokens.CLAIMS.replace("\"scope\"", "\"iss\":{\"a\":[1,{\"b\":null}]},\"nbf\":1.5e3,\"scope\"");
        assertEquals("u-1", accepted(verifier, hs256(right)).subject());
    }

    @ParameterizedTest
    @CsvSource({"-31,false", "-30,false", "-29,true", "0,true", "60,true"})
    void shouldAllowThirtySecondsBehindTheEnd(int expiresIn, boolean holds) {
        String json = Tokens.CLAIMS.replaceAll("\"exp\":[0-9]+", "\"exp\":" + (now() + expiresIn));

        assertEquals(holds, holds(json));
    }

    @ParameterizedTest
    @CsvSource({"iat,30,true", "iat,31,false", "nbf,30,true", "nbf,31,false", "nbf,-9,true"})
    void shouldAllowThirtySecondsBeforeTheStart(String claim, int startsIn, boolean holds) {
        String without = Tokens.CLAIMS.replaceAll("\"" + claim + "\":[0-9]+,", "");

        assertEquals(holds, holds("{\"" + claim + "\":" + (now() + startsIn) + "," + without.substring(1)));
    }

    @Test
    void shouldRememberATokenUntilItsLeewayIsOver() {
        String header = "Bearer " + hs256(Tokens.CLAIMS);
        assertNull(verifier.cached(header));

        Identity identity = await(verifier.verify(header));

        assertSame(identity, verifier.cached(CharBuffer.wrap(header)));
        clock.advance(Duration.ofSeconds(3600 + 29));
        assertSame(identity, verifier.cached(header));
        clock.advance(Duration.ofSeconds(1));
        assertNull(verifier.cached(header));
        assertEquals(0, verifier.rememberedTokens());
        assertTrue(refused(verifier, hs256(Tokens.CLAIMS)).contains("expired"));
    }

    @Test
    void shouldRememberATokenOnceHoweverTheSchemeIsSpelt() {
        String token = hs256(Tokens.CLAIMS);

        Identity first = await(verifier.verify("bearer   " + token + " "));

        assertSame(first, await(verifier.verify("BEARER " + token)));
        assertSame(first, verifier.cached("Bearer " + token));
        assertEquals(1, verifier.rememberedTokens());
    }

    @Test
    void shouldRememberNoMoreTokensThanItsLimit() {
        for (int i = 0; i < TokenVerifier.MAX_CACHED_TOKENS + 500; i++) {
            accepted(verifier, hs256(claims("\"jti\":\"" + i + "\"")));
        }

        assertTrue(verifier.rememberedTokens() <= TokenVerifier.MAX_CACHED_TOKENS);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", " ", "Bearer", "Bearer ", "Bearer    ", "Basic dTpw", "Token x", "Bearerx.y.z"})
    void shouldAskForATokenWhereThereIsNone(@Nullable String header) {
        ApiException e = assertThrows(ApiException.class, () -> await(verifier.verify(header)));

        assertEquals(401, e.status());
        assertTrue(e.message().contains("JWT"), e.message());
    }

    @Test
    void shouldWarnOfAWeakSecretAndKeepItFromOthers() {
        TokenSettings weak = new TokenSettings(List.of(Hs256Secret.parse("x".repeat(31))), null, Audiences.DEFAULT);
        TokenVerifier guessable = await(TokenVerifier.create(vertx, weak, clock));

        assertEquals(1, guessable.warnings().size());
        assertTrue(
                guessable.warnings().getFirst().contains("32 bytes"),
                guessable.warnings().getFirst());
        assertFalse(guessable.warnings().getFirst().contains("xxx"));
        assertDoesNotThrow(() -> guessable.refuseIfWeakAndPublic(true));
        ConfigException e = assertThrows(ConfigException.class, () -> guessable.refuseIfWeakAndPublic(false));
        assertTrue(String.valueOf(e.getMessage()).contains("loopback"), e.getMessage());
    }

    @Test
    void shouldNameTheVariableThatTheWeakSecretIsIn() {
        Hs256Secret secret = Hs256Secret.fromEnvironment(
                        Map.of("BUS_API_JWT_SECRET", "x".repeat(31)), Hs256Secret.EVENTS_VARIABLES)
                .orElseThrow();
        TokenSettings weak = new TokenSettings(List.of(secret), null, Audiences.DEFAULT);
        TokenVerifier guessable = await(TokenVerifier.create(vertx, weak, clock));

        String warning = guessable.warnings().getFirst();
        assertTrue(warning.contains("(BUS_API_JWT_SECRET)"), warning);
        assertFalse(warning.contains("BUS_EVENTS_JWT_SECRET"), warning);
        ConfigException e = assertThrows(ConfigException.class, () -> guessable.refuseIfWeakAndPublic(false));
        assertEquals("BUS_API_JWT_SECRET", e.option());
    }

    @Test
    void shouldTakeAShortSecretForVerifyingAllTheSame() {
        TokenSettings weak = new TokenSettings(List.of(Hs256Secret.parse("short")), null, Audiences.DEFAULT);
        String token = hs256(Tokens.HS256, Tokens.CLAIMS, "short".getBytes(StandardCharsets.UTF_8));

        assertEquals(
                "u-1",
                accepted(await(TokenVerifier.create(vertx, weak, clock)), token).subject());
    }

    @Test
    void shouldHaveNothingToSayOfAStrongSecret() {
        assertEquals(List.of(), verifier.warnings());
        assertDoesNotThrow(() -> verifier.refuseIfWeakAndPublic(false));
        await(verifier.close());
    }

    @Test
    void shouldRefuseToVerifyWithNothing() {
        ConfigException e =
                assertThrows(ConfigException.class, () -> new TokenSettings(List.of(), null, Audiences.DEFAULT));
        assertTrue(String.valueOf(e.getMessage()).contains("--jwks"), e.getMessage());
        assertThrows(ConfigException.class, () -> new TokenSettings(List.of(), " ", Audiences.DEFAULT));
    }

    private boolean holds(String claims) {
        try {
            accepted(verifier, hs256(claims));
            return true;
        } catch (ApiException e) {
            assertEquals(401, e.status());
            return false;
        }
    }

    private static long now() {
        return Tokens.NOW.getEpochSecond();
    }
}
