package com.busdk.client.identity;

import static com.busdk.client.identity.Verdicts.accepted;
import static com.busdk.client.identity.Verdicts.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.SigningKey;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.VerificationKey;
import com.busdk.client.config.ConfigException;
import com.busdk.client.http.ApiException;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** A service that verifies the tokens that it has signed itself. */
class OwnKeysTest {
    private static final Clock CLOCK = Clock.fixed(Tokens.NOW, ZoneOffset.UTC);

    private static SigningKey key(KeyPair pair) {
        return SigningKey.parse("-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(pair.getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----");
    }

    private static TokenVerifier verifier(List<Hs256Secret> secrets, SigningKey... keys) {
        List<VerificationKey> published =
                List.of(keys).stream().map(SigningKey::verificationKey).toList();
        return await(TokenVerifier.ofOwnKeys(
                secrets,
                () -> Future.succeededFuture(VerificationKey.jwks(published)),
                Audiences.DEFAULT,
                new MovableClock()));
    }

    private static String minted(TokenMinter minter) {
        return minter.mint(TokenMinter.Grant.user("u-1", Scopes.parse("vm:read")));
    }

    @Test
    void shouldTakeTokensOfAllItsKeys() {
        SigningKey es256 = key(Tokens.ec("secp256r1"));
        SigningKey edDsa = key(Tokens.ed25519());
        Hs256Secret secret = Hs256Secret.parse(Tokens.SECRET);
        TokenVerifier verifier = verifier(List.of(secret), es256, edDsa);

        for (TokenMinter minter :
                List.of(new TokenMinter(es256, CLOCK), new TokenMinter(edDsa, CLOCK), new TokenMinter(secret, CLOCK))) {
            Identity identity = accepted(verifier, minted(minter));
            assertEquals("u-1", identity.subject());
        }
    }

    @Test
    void shouldNotTakeTokensOfOthers() {
        SigningKey own = key(Tokens.ec("secp256r1"));
        TokenVerifier verifier = verifier(List.of(), own);
        byte[] published = VerificationKey.jwks(List.of(own.verificationKey()));

        for (TokenMinter minter : List.of(
                new TokenMinter(key(Tokens.ec("secp256r1")), CLOCK),
                new TokenMinter(Hs256Secret.parse(Tokens.SECRET), CLOCK),
                // The public key as if it were a shared secret.
                new TokenMinter(Hs256Secret.parse(new String(published, StandardCharsets.UTF_8)), CLOCK))) {
            assertThrows(ApiException.class, () -> await(verifier.verify("Bearer " + minted(minter))));
        }
    }

    /** A thousand checks of one token cost one signature: all but the first give the very identity that it gave. */
    @Test
    void shouldVerifyASignatureOnce() {
        SigningKey own = key(Tokens.ec("secp256r1"));
        TokenVerifier verifier = verifier(List.of(), own);
        String header = "Bearer " + minted(new TokenMinter(own, CLOCK));
        Identity first = await(verifier.verify(header));

        for (int i = 0; i < 1_000; i++) {
            assertSame(first, await(verifier.verify(header)));
            assertSame(first, verifier.cached(header));
        }
        assertEquals(1, verifier.rememberedTokens());
    }

    /** As another process of the service does that has been given the next key before this one. */
    @Test
    void shouldTakeTokensOfAKeyThatComesLater() {
        SigningKey first = key(Tokens.ec("secp256r1"));
        SigningKey second = key(Tokens.ed25519());
        List<VerificationKey> published = new CopyOnWriteArrayList<>(List.of(first.verificationKey()));
        MovableClock clock = new MovableClock();
        TokenVerifier verifier = await(TokenVerifier.ofOwnKeys(
                List.of(), () -> Future.succeededFuture(VerificationKey.jwks(published)), Audiences.DEFAULT, clock));

        published.add(second.verificationKey());
        clock.advance(KeyRing.MIN_INTERVAL);

        assertEquals(
                "u-1",
                accepted(verifier, minted(new TokenMinter(second, CLOCK))).subject());
    }

    /** As a process with the shared secret alone, beside the first one that signs with a key. */
    @Test
    void shouldTakeTokensOfTheFirstKeyThatThereIsBesideItsSecret() {
        Hs256Secret secret = Hs256Secret.parse(Tokens.SECRET);
        SigningKey first = key(Tokens.ec("secp256r1"));
        List<VerificationKey> published = new CopyOnWriteArrayList<>();
        MovableClock clock = new MovableClock();
        TokenVerifier verifier = await(TokenVerifier.ofOwnKeys(
                List.of(secret),
                () -> Future.succeededFuture(VerificationKey.jwks(published)),
                Audiences.DEFAULT,
                clock));
        String ofFirst = minted(new TokenMinter(first, CLOCK));
        assertEquals(List.of(), verifier.warnings());
        accepted(verifier, minted(new TokenMinter(secret, CLOCK)));
        assertThrows(ApiException.class, () -> await(verifier.verify("Bearer " + ofFirst)));

        published.add(first.verificationKey());
        clock.advance(KeyRing.MIN_INTERVAL);
        accepted(verifier, ofFirst);

        published.clear(); // and is taken out again
        clock.advance(KeyRing.MAX_AGE);
        accepted(verifier, minted(new TokenMinter(secret, CLOCK)));
        await(verifier.verify("Bearer " + ofFirst).otherwiseEmpty()); // reads the keys again, behind its answer
        assertThrows(ApiException.class, () -> await(verifier.verify("Bearer " + ofFirst)));
    }

    @Test
    void shouldWarnOfAWeakSecretBesideItsKeys() {
        Hs256Secret weak = Hs256Secret.fromEnvironment(
                        Map.of("BUS_AUTH_HS256_SECRET", "x".repeat(31)), Hs256Secret.EVENTS_VARIABLES)
                .orElseThrow();
        List<String> warnings =
                verifier(List.of(weak), key(Tokens.ec("secp256r1"))).warnings();

        assertEquals(1, warnings.size());
        assertTrue(warnings.getFirst().contains("(BUS_AUTH_HS256_SECRET)"), warnings.getFirst());
        assertFalse(warnings.getFirst().contains("BUS_EVENTS_JWT_SECRET"), warnings.getFirst());
    }

    @Test
    void shouldRefuseToVerifyWithNothing() {
        assertThrows(
                ConfigException.class,
                () -> await(TokenVerifier.ofOwnKeys(
                        List.of(),
                        () -> Future.succeededFuture(VerificationKey.jwks(List.of())),
                        Audiences.DEFAULT,
                        new MovableClock())));
    }
}
