package com.busdk.cli.attack;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Tokens that are none. What each of them is refused for is tested in the client's {@code TokenAttackTest}. */
final class TokenAttacks {
    private static final KeyPair RSA = rsa();
    private static final int FLOOD = 3_000;
    private static final int HEADER_ROOM = 15_000;

    private TokenAttacks() {}

    static List<Attack> all() {
        return List.of(
                new Attack("tokens that are wrong", "401", (target, _) -> refused(target, bad(), 401)),
                new Attack("tokens by the thousand", "401", (target, _) -> flood(target)),
                new Attack("huge tokens", "401 or 431", (target, _) -> huge(target)));
    }

    /** A set with one public key, which the target takes beside its secret. */
    static String jwks() {
        RSAPublicKey key = (RSAPublicKey) RSA.getPublic();
        return "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"rsa\",\"alg\":\"RS256\",\"use\":\"sig\",\"n\":\""
                + encode(unsigned(key.getModulus())) + "\",\"e\":\"" + encode(unsigned(key.getPublicExponent()))
                + "\"}]}";
    }

    private static String refused(Target target, List<String> tokens, int status) throws IOException {
        Tally tally = new Tally();
        for (String token : tokens) {
            int came =
                    target.ask(Requests.get(Requests.EVENTS + "/names", token)).status();
            tally.add(came);
            if (came != status) {
                throw new AssertionError("this token was answered " + came + ": " + token);
            }
        }
        return tally.toString();
    }

    private static List<String> bad() {
        long now = Instant.now().getEpochSecond();
        byte[] secret = Target.SECRET.getBytes(StandardCharsets.UTF_8);
        String good = claims(now, now + 600);
        byte[] publicKey = RSA.getPublic().getEncoded();
        String pem = "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(publicKey)
                + "\n-----END PUBLIC KEY-----\n";
        List<String> all = new ArrayList<>();
        for (String alg : List.of("none", "None", "NONE", "nOnE", "", "HS512", "hs256", "RS256")) {
            String content = encode("{\"alg\":\"" + alg + "\"}") + "." + encode(good) + ".";
            all.add(content);
            all.add(signed("{\"alg\":\"" + alg + "\",\"kid\":\"rsa\"}", good, secret));
        }
        for (byte[] key : List.of(
                publicKey,
                pem.getBytes(StandardCharsets.UTF_8),
                pem.strip().getBytes(StandardCharsets.UTF_8),
                unsigned(((RSAPublicKey) RSA.getPublic()).getModulus()),
                jwks().getBytes(StandardCharsets.UTF_8))) {
            all.add(signed("{\"alg\":\"HS256\",\"kid\":\"rsa\"}", good, key));
        }
        for (String more : List.of(
                "\"kid\":\"../../../../dev/null\"",
                "\"kid\":\"/dev/null\"",
                "\"kid\":\"rsa' OR '1'='1\"",
                "\"kid\":\"http://127.0.0.1:1/keys\"",
                "\"jku\":\"http://127.0.0.1:1/keys\"",
                "\"x5u\":\"http://127.0.0.1:1/cert\"",
                "\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}")) {
            all.add(signed("{\"alg\":\"HS256\"," + more + "}", good, new byte[] {0}));
        }
        for (String typ : List.of("JWE", "dpop+jwt", "")) {
            all.add(signed("{\"alg\":\"HS256\",\"typ\":\"" + typ + "\"}", good, secret));
        }
        for (String header : List.of(
                "{\"alg\":\"HS256\",\"alg\":\"none\"}",
                "{\"alg\":\"HS256\",\"crit\":[\"x\"]}",
                "{\"alg\":\"HS256\",\"b64\":false}",
                "[]",
                "{")) {
            all.add(signed(header, good, secret));
        }
        String rest = good.substring(1);
        for (String claims : List.of(
                claims(now - 1_200, now - 600),
                claims(now + 600, now + 1_200),
                "{\"nbf\":" + (now + 600) + "," + rest,
                "{\"sub\":\"root\"," + rest,
                "{\"\\u0073ub\":\"root\"," + rest,
                "{\"scope\":\"events:admin\"," + rest,
                good.replace("ai.hg.fi/api", "somebody.else/api"),
                good.replace("\"aud\"", "\"audience\""),
                good.replace("\"exp\"", "\"expires\""),
                good.replace("\"sub\":\"mallory\"", "\"sub\":7"),
                good.replace("\"sub\":\"mallory\"", "\"sub\":\"\""),
                good.replace("\"exp\":", "\"exp\":9e99,\"x\":"),
                "{\"a\":" + "[".repeat(3_000) + "]".repeat(3_000) + "," + rest,
                "null",
                "{")) {
            all.add(signed("{\"alg\":\"HS256\"}", claims, secret));
        }
        String token = signed("{\"alg\":\"HS256\"}", good, secret);
        all.add(token + ".");
        all.add(token + ".x");
        all.add(token.substring(0, token.length() - 1));
        all.add(token.substring(0, token.lastIndexOf('.')));
        all.add(token.replace('.', ' '));
        all.add(token + "=");
        all.add("...");
        return all;
    }

    /** Each another one, well signed but for a byte: nothing of it may be remembered. */
    private static String flood(Target target) throws IOException {
        long now = Instant.now().getEpochSecond();
        String claims = encode(claims(now, now + 600));
        Tally tally = new Tally();
        try (Wire wire = target.open()) {
            for (int i = 0; i < FLOOD; i++) {
                String header = i % 2 == 0
                        ? "{\"alg\":\"HS256\",\"kid\":\"" + i + "\"}"
                        : "{\"alg\":\"RS256\",\"kid\":\"" + i + "\"}";
                wire.send(Requests.get(
                        Requests.EVENTS + "/names", encode(header) + "." + claims + "." + encode(new byte[32])));
                tally.add(wire.answer().status());
            }
        }
        return tally.only("401").toString();
    }

    private static String huge(Target target) throws IOException {
        Tally tally = new Tally();
        for (int length : List.of(HEADER_ROOM, 100_000, 1 << 20)) {
            for (String token : List.of("x".repeat(length), "a.".repeat(length / 2), ".".repeat(length))) {
                for (int i = 0; i < 20; i++) {
                    tally.add(target.ask(Requests.get(Requests.EVENTS + "/names", token))
                            .status());
                }
            }
        }
        return tally.only("401", "431").toString();
    }

    private static String claims(long issuedAt, long expiresAt) {
        return "{\"sub\":\"mallory\",\"aud\":\"ai.hg.fi/api\",\"scope\":\"events:send events:listen\",\"iat\":"
                + issuedAt + ",\"exp\":" + expiresAt + "}";
    }

    private static String signed(String header, String claims, byte[] secret) {
        String content = encode(header) + "." + encode(claims);
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return content + "." + encode(mac.doFinal(content.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair rsa() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2_048);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] unsigned(BigInteger number) {
        byte[] bytes = number.toByteArray();
        return bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    }

    private static String encode(String text) {
        return encode(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
