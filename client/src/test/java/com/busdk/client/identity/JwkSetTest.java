package com.busdk.client.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.util.Base64;
import java.util.Collections;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JwkSetTest {
    private static final KeyPair RSA = Tokens.rsa(2048);
    private static final KeyPair EC = Tokens.ec("secp256r1");
    private static final KeyPair ED = Tokens.ed25519();

    @Test
    void shouldFindAKeyByItsIdAndAlgorithm() {
        JwkSet set = parse(Tokens.jwks(
                Tokens.jwk("a", RSA.getPublic()), Tokens.jwk("b", EC.getPublic()), Tokens.jwk("c", ED.getPublic())));

        assertEquals(3, set.size());
        assertEquals(RSA.getPublic(), key(set, SignatureAlgorithm.RS256, "a"));
        assertEquals(EC.getPublic(), key(set, SignatureAlgorithm.ES256, "b"));
        assertEquals(ED.getPublic(), key(set, SignatureAlgorithm.ED_DSA, "c"));
        assertNull(key(set, SignatureAlgorithm.ES256, "a"));
        assertNull(key(set, SignatureAlgorithm.RS256, "b"));
        assertNull(key(set, SignatureAlgorithm.RS256, "x"));
    }

    @Test
    void shouldTakeTheOnlyKeyOfTheAlgorithmForATokenWithoutId() {
        JwkSet set = parse(Tokens.jwks(
                Tokens.jwk("a", RSA.getPublic()),
                Tokens.jwk("b", Tokens.rsa(2048).getPublic()),
                "{" + Tokens.jwkBody(EC.getPublic()) + "}"));

        assertEquals(EC.getPublic(), key(set, SignatureAlgorithm.ES256, null));
        assertNull(key(set, SignatureAlgorithm.RS256, null), "there are two");
        assertNull(key(set, SignatureAlgorithm.ED_DSA, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"kty\":\"oct\",\"kid\":\"s\",\"k\":\"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\"}",
                "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
                "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}",
                "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"}",
                "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
                "{\"kty\":\"RSA\",\"n\":7,\"e\":\"AQAB\"}",
                "{\"kty\":\"RSA\"}",
                "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\"}",
                "{\"kty\":\"new\"}",
                "{\"kty\":null}",
                "{}",
                "7",
                "null",
            })
    void shouldPassOverKeysThatItCannotUse(String other) {
        JwkSet set = parse(Tokens.jwks(other, Tokens.jwk("a", RSA.getPublic())));

        assertEquals(1, set.size());
        assertThrows(IllegalArgumentException.class, () -> parse(Tokens.jwks(other)));
    }

    @Test
    void shouldPassOverWeakKeysAndOtherCurves() {
        assertUnusable(Tokens.jwk("a", Tokens.rsa(1024).getPublic()));
        assertUnusable(Tokens.jwk("a", Tokens.ec("secp384r1").getPublic()));
        assertUnusable(Tokens.jwk("k".repeat(257), RSA.getPublic()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ",\"use\":\"enc\"", ",\"use\":null", ",\"alg\":\"RS512\"", ",\"alg\":\"PS256\"", ",\"alg\":\"HS256\"",
                ",\"alg\":\"none\"", ",\"alg\":7", ",\"key_ops\":[\"encrypt\"]", ",\"key_ops\":[]", ",\"key_ops\":7",
            })
    void shouldPassOverKeysForOtherUses(String more) {
        assertUnusable(Tokens.jwk("a", RSA.getPublic(), more));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ",\"use\":\"sig\"",
                ",\"alg\":\"RS256\"",
                ",\"key_ops\":[\"sign\",\"verify\"]",
                ",\"d\":\"c2VjcmV0\",\"x5u\":\"http://127.0.0.1/\",\"x5c\":[\"AA\"]",
            })
    void shouldTakeKeysForSignatures(String more) {
        assertEquals(
                1, parse(Tokens.jwks(Tokens.jwk("a", RSA.getPublic(), more))).size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"keys\":{}}",
                "{\"keys\":[]}",
                "{\"keys\":7}",
                "not json",
                "{\"keys\":[]",
                "{\"keys\":[],\"keys\":[]}",
            })
    void shouldRefuseWhatIsNoKeySet(String json) {
        assertThrows(IllegalArgumentException.class, () -> parse(json));
    }

    @Test
    void shouldRefuseASetThatIsAmbiguousOrTooLong() {
        String key = Tokens.jwk("a", RSA.getPublic());

        assertThrows(IllegalArgumentException.class, () -> parse(Tokens.jwks(key, key)));
        assertThrows(IllegalArgumentException.class, () -> parse(Tokens.jwks(key) + "{}"));
        String[] many = Collections.nCopies(JwkSet.MAX_KEYS + 1, "{}").toArray(new String[0]);
        many[0] = key;
        assertThrows(IllegalArgumentException.class, () -> parse(Tokens.jwks(many)));
    }

    @Test
    void shouldTellWhetherTheKeysAreTheSame() {
        JwkSet set = parse(Tokens.jwks(Tokens.jwk("a", RSA.getPublic())));

        assertTrue(set.sameKeys(parse(Tokens.jwks(Tokens.jwk("a", RSA.getPublic(), ",\"use\":\"sig\"")))));
        assertFalse(set.sameKeys(parse(Tokens.jwks(Tokens.jwk("b", RSA.getPublic())))));
        assertFalse(set.sameKeys(parse(Tokens.jwks(Tokens.jwk("a", EC.getPublic())))));
        assertFalse(set.sameKeys(JwkSet.EMPTY));
    }

    /** RFC 8037, appendix A.4: a signature that this code has no part in. */
    @Test
    void shouldVerifyTheSignatureOfTheEdDsaStandard() {
        JwkSet set = parse(Tokens.jwks("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"rfc\","
                + "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"));
        byte[] signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".getBytes(StandardCharsets.US_ASCII);
        byte[] signature = Base64.getUrlDecoder()
                .decode("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
        JwkSet.VerificationKey key = find(set, SignatureAlgorithm.ED_DSA, "rfc");
        assertNotNull(key);

        assertTrue(SignatureAlgorithm.ED_DSA.verify(key.key(), signed, signature));
        signed[0]++;
        assertFalse(SignatureAlgorithm.ED_DSA.verify(key.key(), signed, signature));
    }

    private static void assertUnusable(String key) {
        assertThrows(IllegalArgumentException.class, () -> parse(Tokens.jwks(key)));
    }

    private static @Nullable Object key(JwkSet set, SignatureAlgorithm algorithm, @Nullable String kid) {
        JwkSet.VerificationKey found = find(set, algorithm, kid);
        return found == null ? null : found.key();
    }

    private static JwkSet.@Nullable VerificationKey find(
            JwkSet set, SignatureAlgorithm algorithm, @Nullable String kid) {
        byte[] none = {};
        return set.find(new CompactToken(algorithm, kid, none, none, none));
    }

    private static JwkSet parse(String json) {
        return JwkSet.parse(json.getBytes(StandardCharsets.UTF_8), false);
    }
}
