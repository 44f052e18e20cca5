package com.busdk.client.identity;

import static com.busdk.client.identity.Tokens.CLAIMS;
import static com.busdk.client.identity.Tokens.HS256;
import static com.busdk.client.identity.Tokens.SECRET;
import static com.busdk.client.identity.Tokens.encode;
import static com.busdk.client.identity.Tokens.header;
import static com.busdk.client.identity.Tokens.hs256;
import static com.busdk.client.identity.Tokens.hs256Parts;
import static com.busdk.client.identity.Verdicts.accepted;
import static com.busdk.client.identity.Verdicts.await;
import static com.busdk.client.identity.Verdicts.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.Hs256Secret;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What people try with tokens. The verifier here has a shared secret and a key set: every door that there is. */
class TokenAttackTest {
    private static final byte[] SECRET_BYTES = SECRET.getBytes(StandardCharsets.UTF_8);
    private static final KeyPair RSA = Tokens.rsa(2048);
    private static final KeyPair EC = Tokens.ec("secp256r1");
    private static final KeyPair ED = Tokens.ed25519();

    private static Vertx vertx;

    @TempDir
    private Path dir;

    private Path keySet;
    private TokenVerifier both;
    private TokenVerifier keysOnly;
    private TokenVerifier secretOnly;

    @BeforeAll
    static void startVertx() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stopVertx() {
        await(vertx.close());
    }

    @BeforeEach
    void makeVerifiers() throws Exception {
        keySet = Files.writeString(
                dir.resolve("keys.json"),
                Tokens.jwks(
                        Tokens.jwk("rsa", RSA.getPublic()),
                        Tokens.jwk("ec", EC.getPublic()),
                        Tokens.jwk("ed", ED.getPublic())));
        List<Hs256Secret> secrets = List.of(Hs256Secret.parse(SECRET));
        both = verifier(secrets, keySet.toString());
        keysOnly = verifier(List.of(), keySet.toString());
        secretOnly = verifier(secrets, null);
    }

    private static TokenVerifier verifier(List<Hs256Secret> secrets, String jwks) {
        TokenSettings settings = new TokenSettings(secrets, jwks, Audiences.DEFAULT);
        return await(TokenVerifier.create(vertx, settings, new MovableClock()));
    }

    @Test
    void shouldAcceptEachKindOfTokenThatIsRight() {
        for (String token : List.of(
                hs256(CLAIMS),
                Tokens.rs256("rsa", RSA.getPrivate(), CLAIMS),
                Tokens.es256("ec", EC.getPrivate(), CLAIMS),
                Tokens.edDsa("ed", ED.getPrivate(), CLAIMS))) {
            assertEquals("u-1", accepted(both, token).subject());
        }
    }

    @Test
    void shouldRefuseAPublicKeyAsSharedSecret() throws Exception {
        byte[] der = RSA.getPublic().getEncoded();
        String pem = "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END PUBLIC KEY-----\n";
        List<byte[]> secrets = List.of(
                der,
                pem.getBytes(StandardCharsets.UTF_8),
                pem.strip().getBytes(StandardCharsets.UTF_8),
                EC.getPublic().getEncoded(),
                Files.readAllBytes(keySet));
        for (byte[] secret : secrets) {
            for (String kid : List.of("rsa", "ec", "ed")) {
                refused(both, hs256(header("HS256", kid), CLAIMS, secret));
                assertTrue(refused(keysOnly, hs256(header("HS256", kid), CLAIMS, secret))
                        .contains("not accepted"));
            }
        }
    }

    @Test
    void shouldRefuseEachAlgorithmThatIsNotConfigured() {
        assertTrue(refused(keysOnly, hs256(CLAIMS)).contains("not accepted"));
        assertTrue(refused(secretOnly, Tokens.rs256("rsa", RSA.getPrivate(), CLAIMS))
                .contains("not accepted"));
        refused(secretOnly, Tokens.es256("ec", EC.getPrivate(), CLAIMS));
        refused(secretOnly, Tokens.edDsa("ed", ED.getPrivate(), CLAIMS));
    }

    @Test
    void shouldRefuseAKeyUsedWithAnotherAlgorithm() {
        refused(both, Tokens.signed("SHA256withRSA", header("ES256", "rsa"), RSA.getPrivate(), CLAIMS));
        refused(both, Tokens.signed("SHA256withRSA", header("RS256", "ec"), RSA.getPrivate(), CLAIMS));
        refused(both, Tokens.signed("Ed25519", header("RS256", "ed"), ED.getPrivate(), CLAIMS));
        refused(both, Tokens.signed("SHA512withRSA", header("RS512", "rsa"), RSA.getPrivate(), CLAIMS));
        refused(both, Tokens.signed("SHA256withRSA", header("PS256", "rsa"), RSA.getPrivate(), CLAIMS));
        // The signature in DER instead of the two numbers side by side.
        refused(both, Tokens.signed("SHA256withECDSA", header("ES256", "ec"), EC.getPrivate(), CLAIMS));
    }

    @Test
    void shouldRefuseSignaturesOfStrangers() {
        refused(both, hs256(HS256, CLAIMS, "another-secret-of-more-than-32-bytes".getBytes(StandardCharsets.UTF_8)));
        refused(both, Tokens.rs256("rsa", Tokens.rsa(2048).getPrivate(), CLAIMS));
        refused(both, Tokens.es256("ec", Tokens.ec("secp256r1").getPrivate(), CLAIMS));
        refused(both, Tokens.edDsa("ed", Tokens.ed25519().getPrivate(), CLAIMS));
    }

    @Test
    void shouldRefuseAnEllipticSignatureOfZeros() {
        String signed = encode(header("ES256", "ec")) + "." + encode(CLAIMS) + ".";

        refused(both, signed + encode(new byte[64]));
        byte[] ones = new byte[64];
        ones[31] = 1;
        ones[63] = 1;
        refused(both, signed + encode(ones));
        refused(both, encode(header("EdDSA", "ed")) + "." + encode(CLAIMS) + "." + encode(new byte[64]));
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "None", "NONE", "nOnE", "", "hs256", "HS256 ", "HS384", "HS512", "eddsa", "dir"})
    void shouldRefuseAlgorithmsThatAreNone(String alg) {
        String header = "{\"alg\":\"" + alg + "\"}";

        refused(both, encode(header) + "." + encode(CLAIMS) + ".");
        refused(both, encode(header) + "." + encode(CLAIMS) + "." + encode("x"));
        refused(both, hs256(header, CLAIMS));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"typ\":\"JWT\"}",
                "{\"alg\":null}",
                "{\"alg\":256}",
                "{\"alg\":[\"HS256\"]}",
                "[]",
                "null",
                "\"HS256\"",
                "",
                "{",
                "{\"alg\":\"HS256\"",
                "{\"alg\":\"HS256\"}}",
                "{\"alg\":\"HS256\"} x",
                "{\"alg\":\"HS256\",}",
                "{'alg':'HS256'}",
                "{\"alg\":\"HS256\"}{\"alg\":\"none\"}",
                "{\"alg\":\"HS256\",\"alg\":\"HS256\"}",
                "{\"alg\":\"none\",\"alg\":\"HS256\"}",
                "{\"alg\":\"HS256\",\"\\u0061lg\":\"HS256\"}",
                "{\"alg\":\"HS256\",\"x\":{\"a\":1,\"a\":2}}",
                "{\"alg\":\"HS256\",\"crit\":[]}",
                "{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}",
                "{\"alg\":\"HS256\",\"crit\":null}",
                "{\"alg\":\"HS256\",\"b64\":false}",
                "{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}",
                "{\"alg\":\"HS256\",\"typ\":\"JWE\"}",
                "{\"alg\":\"HS256\",\"typ\":\"\"}",
                "{\"alg\":\"HS256\",\"typ\":null}",
                "{\"alg\":\"HS256\",\"typ\":[\"JWT\"]}",
                "{\"alg\":\"HS256\",\"typ\":\"dpop+jwt\"}",
                "{\"alg\":\"HS256\",\"kid\":7}",
                "{\"alg\":\"HS256\",\"kid\":null}",
            })
    void shouldRefuseHeadersThatAreNotStrict(String header) {
        refused(both, hs256(header, CLAIMS));
    }

    @ParameterizedTest
    @ValueSource(strings = {"JWT", "jwt", "at+jwt", "AT+JWT"})
    void shouldAcceptTheTwoTypes(String typ) {
        assertEquals(
                "u-1",
                accepted(both, hs256("{\"alg\":\"HS256\",\"typ\":\"" + typ + "\"}", CLAIMS))
                        .subject());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../../../dev/null",
                "/dev/null",
                "/etc/passwd",
                "rsa' OR '1'='1",
                "rsa\\u0000",
                "|id",
                "",
                "RSA",
                "http://127.0.0.1/keys.json",
                "${jndi:ldap://127.0.0.1/a}",
            })
    void shouldTakeAKeyIdForAnIdAndNothingElse(String kid) {
        // /dev/null as key would make the empty text the secret.
        refused(both, hs256(header("HS256", kid), CLAIMS, new byte[] {0}));
        assertTrue(refused(both, Tokens.rs256(kid, RSA.getPrivate(), CLAIMS)).contains("not known"));
        // The secret's own tokens may carry any id: it selects nothing.
        assertEquals("u-1", accepted(both, hs256(header("HS256", kid), CLAIMS)).subject());
    }

    @Test
    void shouldRefuseAKeyIdThatIsTooLong() {
        refused(both, Tokens.rs256("k".repeat(CompactToken.MAX_KEY_ID_LENGTH + 1), RSA.getPrivate(), CLAIMS));
    }

    @Test
    void shouldNeverFollowWhereAHeaderPoints() {
        KeyPair own = Tokens.rsa(2048);
        AtomicInteger asked = new AtomicInteger();
        HttpServer server = await(vertx.createHttpServer()
                .requestHandler(request -> {
                    asked.incrementAndGet();
                    request.response().end(Tokens.jwks(Tokens.jwk("mine", own.getPublic())));
                })
                .listen(0, "127.0.0.1"));
        String url = "http://127.0.0.1:" + server.actualPort() + "/keys.json";
        String jwk = "{\"kid\":\"mine\"," + Tokens.jwkBody(own.getPublic()) + "}";
        try {
            for (String more : List.of(
                    "\"jku\":\"" + url + "\"",
                    "\"x5u\":\"" + url + "\"",
                    "\"jwk\":" + jwk,
                    "\"x5c\":[\""
                            + Base64.getEncoder().encodeToString(own.getPublic().getEncoded()) + "\"]",
                    "\"iss\":\"" + url + "\"")) {
                String header = "{\"alg\":\"RS256\"," + more;
                refused(both, Tokens.signed("SHA256withRSA", header + "}", own.getPrivate(), CLAIMS));
                refused(both, Tokens.signed("SHA256withRSA", header + ",\"kid\":\"mine\"}", own.getPrivate(), CLAIMS));
                refused(both, Tokens.signed("SHA256withRSA", header + ",\"kid\":\"rsa\"}", own.getPrivate(), CLAIMS));
            }
            assertEquals(0, asked.get());
        } finally {
            await(server.close());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "\"x\"",
                "{",
                "{}",
                "{} ",
                "{}{}",
                "{\"sub\":\"u-1\",\"sub\":\"u-2\",\"aud\":\"ai.hg.fi/api\",\"iat\":1,\"exp\":9999999999}",
                "{\"sub\":\"u-1\",\"aud\":\"ai.hg.fi/api\",\"iat\":1,\"exp\":1,\"exp\":9999999999}",
                "{\"sub\":\"u-1\",\"aud\":\"ai.hg.fi/api\",\"iat\":1,\"exp\":9999999999,\"\\u0073ub\":\"u-2\"}",
                "{\"sub\":\"u-1\",\"aud\":\"ai.hg.fi/api\",\"iat\":1,\"exp\":9999999999,\"x\":{\"y\":1,\"y\":2}}",
                "{\"sub\":\"u-1\",\"aud\":\"ai.hg.fi/api\",\"iat\":1,\"exp\":9999999999}x",
                "{\"sub\":\"u-1\",\"aud\":\"ai.hg.fi/api\",\"iat\":1,\"exp\":9999999999,}",
                "{\"sub\":\"u-1\",\"aud\":\"ai.hg.fi/api\",\"iat\":1,\"exp\":NaN}",
                "{\"sub\":\"u-1\",\"aud\":\"ai.hg.fi/api\",\"iat\":1,\"exp\":0x7fffffff}",
            })
    void shouldRefuseClaimsThatAreNotStrict(String claims) {
        refused(both, hs256(claims));
    }

    @Test
    void shouldRefuseClaimsOfGreatDepth() {
        accepted(both, hs256(Tokens.claims("\"x\":" + "[".repeat(15) + "]".repeat(15))));
        refused(both, hs256(Tokens.claims("\"x\":" + "[".repeat(16) + "]".repeat(16))));
        refused(both, hs256(Tokens.claims("\"x\":" + "[".repeat(2_000) + "]".repeat(2_000))));
    }

    @Test
    void shouldRefuseClaimsThatAreNotUtf8() {
        byte[] utf16 = CLAIMS.getBytes(StandardCharsets.UTF_16BE);
        byte[] latin1 = CLAIMS.replace("u-1", "u-ä").getBytes(StandardCharsets.ISO_8859_1);
        byte[] overlong = CLAIMS.replace("u-1", "u-\u00c0\u00af").getBytes(StandardCharsets.ISO_8859_1);
        for (byte[] claims : List.of(utf16, latin1, overlong)) {
            refused(both, hs256Parts(encode(HS256), encode(claims), SECRET_BYTES));
        }
    }

    @Test
    void shouldRefuseATokenWithPartsMissingOrAdded() {
        String token = hs256(CLAIMS);
        int lastDot = token.lastIndexOf('.');
        String signed = token.substring(0, lastDot);
        for (String bad : List.of(
                signed,
                signed + ".",
                signed + "..",
                token + ".",
                token + ".x",
                token + "..",
                "." + token,
                "..",
                ".",
                "x",
                "a.b.c",
                "a.b.c.d.e",
                token.replace('.', ' '),
                token.replace(".", ".."),
                "." + encode(CLAIMS) + token.substring(lastDot),
                encode(HS256) + "." + token.substring(lastDot),
                token + " " + token,
                token + "," + token)) {
            refused(both, bad);
        }
    }

    @Test
    void shouldRefuseEverySecondSpellingOfAPart() {
        String token = hs256(CLAIMS);
        String signed = token.substring(0, token.lastIndexOf('.'));
        String signature = token.substring(token.lastIndexOf('.') + 1);
        // 32 bytes leave two spare bits in the last character; these name the same bytes with other spare bits.
        char last = signature.charAt(signature.length() - 1);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for (int spare = 1; spare < 4; spare++) {
            char other = alphabet.charAt(alphabet.indexOf(last) + spare);
            refused(both, signed + "." + signature.substring(0, signature.length() - 1) + other);
        }
        refused(both, token + "=");
        refused(both, token + "==");
        refused(both, token + "%3D");
        refused(both, signed + "." + signature.substring(0, 20) + "\n" + signature.substring(20));
        refused(both, signed + "." + signature.substring(0, 20) + "\u0000" + signature.substring(20));
        refused(both, signed + "." + Base64.getEncoder().encodeToString(new byte[] {-1, -2, -3}));
        // A header and claims with padding, signed as they stand.
        String padded = Base64.getUrlEncoder().encodeToString("{\"alg\":\"HS256\" }".getBytes(StandardCharsets.UTF_8));
        assertTrue(padded.endsWith("="), padded);
        refused(both, hs256Parts(padded, encode(CLAIMS), SECRET_BYTES));
    }

    @Test
    void shouldRefuseWhatIsNotAscii() {
        String token = hs256(CLAIMS);

        refused(both, token.replace('e', 'е')); // the Cyrillic letter
        refused(both, token + "\u200b");
        refused(both, token.replace('.', '\uff0e'));
        refused(both, "\ufeff" + token);
        refused(both, "😀.😀.😀");
        refused(both, "\ud800.\ud800.\ud800");
    }

    @Test
    void shouldAcceptTheLongestTokenAndRefuseALongerOne() {
        String longest = hs256(Tokens.claims("\"x\":\"" + "x".repeat(5_850) + "\""));
        int missing = (CompactToken.MAX_LENGTH - longest.length()) * 3 / 4;
        String fitting = hs256(Tokens.claims("\"x\":\"" + "x".repeat(5_850 + missing) + "\""));
        assertTrue(fitting.length() <= CompactToken.MAX_LENGTH && fitting.length() > CompactToken.MAX_LENGTH - 4);

        assertEquals("u-1", accepted(both, fitting).subject());
        String message = refused(both, hs256(Tokens.claims("\"x\":\"" + "x".repeat(5_850 + missing + 3) + "\"")));
        assertTrue(message.contains("8192"), message);
        refused(both, "x".repeat(10_000_000));
        refused(both, ".".repeat(10_000_000));
    }

    @Test
    void shouldRememberNothingOfGarbage() {
        Random random = new Random(42);
        List<String> tokens = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            tokens.add(encode(noise) + "." + encode(noise) + "." + encode(noise));
            tokens.add(encode(HS256) + "." + encode(Tokens.claims("\"jti\":" + i)) + "." + encode(noise));
            tokens.add(encode(header("RS256", "k" + i)) + "." + encode(CLAIMS) + "." + encode(noise));
        }

        for (String token : tokens) {
            refused(both, token);
        }

        assertEquals(0, both.rememberedTokens());
    }

    @Test
    void shouldNotConfuseARememberedTokenWithOneThatOnlyBeginsTheSame() {
        String token = hs256(CLAIMS);
        accepted(both, token);

        refused(both, token.substring(0, token.length() - 1));
        refused(both, token + "A");
        refused(both, token.substring(0, token.lastIndexOf('.') + 1) + encode(new byte[32]));
        Future<Identity> again = both.verify("Bearer " + token);
        assertTrue(again.succeeded());
    }
}
