package com.busdk.client.identity;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Makes tokens and key sets, right and wrong ones, with the JDK alone: nothing of the code under test helps. */
final class Tokens {

    static final String SECRET = "an-example-secret-of-more-than-32-bytes";
    static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    static final String HS256 = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    static final String CLAIMS = claims("\"scope\":\"events:send events:listen\"");

    private Tokens() {}

    /** Right claims with some more behind them. */
    static String claims(String more) {
        return "{\"sub\":\"u-1\",\"aud\":\"ai.hg.fi/api\",\"iat\":%d,\"exp\":%d%s}"
                .formatted(NOW.getEpochSecond(), NOW.getEpochSecond() + 3600, more.isEmpty() ? "" : "," + more);
    }

    static String hs256(String claims) {
        return hs256(HS256, claims, SECRET.getBytes(StandardCharsets.UTF_8));
    }

    static String hs256(String header, String claims) {
        return hs256(header, claims, SECRET.getBytes(StandardCharsets.UTF_8));
    }

    static String hs256(String header, String claims, byte[] secret) {
        return hs256Parts(encode(header), encode(claims), secret);
    }

    /** Signs parts that are encoded already, so that they can be encoded wrongly. */
    static String hs256Parts(String header, String claims, byte[] secret) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            String signed = header + "." + claims;
            return signed + "." + encode(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static String rs256(String kid, PrivateKey key, String claims) {
        return signed("SHA256withRSA", header("RS256", kid), key, claims);
    }

    static String es256(String kid, PrivateKey key, String claims) {
        return signed("SHA256withECDSAinP1363Format", header("ES256", kid), key, claims);
    }

    static String edDsa(String kid, PrivateKey key, String claims) {
        return signed("Ed25519", header("EdDSA", kid), key, claims);
    }

    static String signed(String algorithm, String header, PrivateKey key, String claims) {
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            String signed = encode(header) + "." + encode(claims);
            signature.update(signed.getBytes(StandardCharsets.UTF_8));
            return signed + "." + encode(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static String header(String alg, String kid) {
        return "{\"alg\":\"%s\",\"kid\":\"%s\"}".formatted(alg, kid);
    }

    static KeyPair rsa(int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(bits);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static KeyPair ec(String curve) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec(curve));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static KeyPair ed25519() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static String jwks(String... keys) {
        return "{\"keys\":[" + String.join(",", keys) + "]}";
    }

    static String jwk(String kid, PublicKey key) {
        return jwk(kid, key, "");
    }

    /** @param more fields that the key has besides, with a comma before them */
    static String jwk(String kid, PublicKey key, String more) {
        return "{\"kid\":\"%s\",%s%s}".formatted(kid, jwkBody(key), more);
    }

    static String jwkBody(PublicKey key) {
        return switch (key) {
            case RSAPublicKey rsa ->
                "\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\""
                        .formatted(encode(unsigned(rsa.getModulus())), encode(unsigned(rsa.getPublicExponent())));
            case ECPublicKey ec -> {
                int size = (ec.getParams().getCurve().getField().getFieldSize() + 7) / 8;
                yield "\"kty\":\"EC\",\"crv\":\"P-%d\",\"x\":\"%s\",\"y\":\"%s\""
                        .formatted(
                                ec.getParams().getCurve().getField().getFieldSize(),
                                encode(fixed(ec.getW().getAffineX(), size)),
                                encode(fixed(ec.getW().getAffineY(), size)));
            }
            // The last 32 bytes of the X.509 form are the key (RFC 8410, section 4).
            default -> {
                byte[] x509 = key.getEncoded();
                yield "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\""
                        .formatted(encode(Arrays.copyOfRange(x509, x509.length - 32, x509.length)));
            }
        };
    }

    static String encode(String text) {
        return encode(text.getBytes(StandardCharsets.UTF_8));
    }

    static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte[] unsigned(BigInteger number) {
        return fixed(number, (number.bitLength() + 7) / 8);
    }

    private static byte[] fixed(BigInteger number, int size) {
        byte[] bytes = number.toByteArray();
        byte[] out = new byte[size];
        int length = Math.min(size, bytes.length);
        System.arraycopy(bytes, bytes.length - length, out, size - length, length);
        return out;
    }
}
