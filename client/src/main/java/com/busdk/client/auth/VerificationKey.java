package com.busdk.client.auth;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.ECPoint;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The public half of a key that signs tokens, as a JSON Web Key (RFC 7517). Immutable.
 *
 * @param algorithm {@code ES256} or {@code EdDSA}
 * @param keyId the key's thumbprint (RFC 7638): the same key has the same id everywhere
 * @param members what makes the key: {@code kty}, {@code crv}, {@code x} and, for ES256, {@code y}
 */
public record VerificationKey(String algorithm, String keyId, Map<String, String> members) {
    /** Bytes of a coordinate of P-256, and of a key of Ed25519. */
    private static final int COORDINATE_BYTES = 32;

    private static final JsonFactory JSON = new JsonFactory();

    /** Keeps a copy. */
    public VerificationKey {
        members = Map.copyOf(members);
    }

    /**
     * Reads a key.
     *
     * @param pem a public key, or a private one, whose public half is taken
     * @return the key
     * @throws IllegalArgumentException if there is no key of P-256 or Ed25519 in it; the message goes on from the file's
     *     name and shows nothing of the key
     */
    public static VerificationKey parse(String pem) {
        PemKey key = PemKey.parse(pem);
        return key.publicKey() == null ? SigningKey.of(key).verificationKey() : of(key.publicKey());
    }

    static VerificationKey of(PublicKey key) {
        return switch (key) {
            case ECPublicKey ec when P256.is(ec) -> of(ec.getW());
            // The last bytes of the X.509 form are the key (RFC 8410, section 4).
            case EdECPublicKey ed
            when ed.getParams().getName().equals(NamedParameterSpec.ED25519.getName()) -> {
                byte[] x509 = ed.getEncoded();
                byte[] x = Arrays.copyOfRange(x509, x509.length - COORDINATE_BYTES, x509.length);
                yield of("EdDSA", Map.of("kty", "OKP", "crv", "Ed25519", "x", encode(x)));
            }
            default -> throw new IllegalArgumentException("its key is neither P-256 (ES256) nor Ed25519 (EdDSA)");
        };
    }

    static VerificationKey of(ECPoint point) {
        return of(
                "ES256",
                Map.of(
                        "kty",
                        "EC",
                        "crv",
                        "P-256",
                        "x",
                        encode(coordinate(point.getAffineX())),
                        "y",
                        encode(coordinate(point.getAffineY()))));
    }

    /**
     * A set of keys as it is published (RFC 7517, section 5).
     *
     * @param keys the keys, one with the id of another is left out
     * @return JSON in UTF-8
     */
    public static byte[] jwks(Collection<VerificationKey> keys) {
        return json(generator -> {
            generator.writeStartObject();
            generator.writeArrayFieldStart("keys");
            TreeMap<String, VerificationKey> once = new TreeMap<>();
            keys.forEach(key -> once.put(key.keyId(), key));
            for (VerificationKey key : once.values()) {
                generator.writeStartObject();
                generator.writeStringField("kid", key.keyId());
                generator.writeStringField("use", "sig");
                generator.writeStringField("alg", key.algorithm());
                members(generator, key.members());
                generator.writeEndObject();
            }
            generator.writeEndArray();
            generator.writeEndObject();
        });
    }

    private static VerificationKey of(String algorithm, Map<String, String> members) {
        return new VerificationKey(algorithm, thumbprint(members), members);
    }

    /** The members that make the key, in the order of their names and without spaces, hashed (RFC 7638, section 3). */
    private static String thumbprint(Map<String, String> members) {
        byte[] canonical = json(generator -> {
            generator.writeStartObject();
            members(generator, members);
            generator.writeEndObject();
        });
        try {
            return encode(MessageDigest.getInstance("SHA-256").digest(canonical));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static void members(JsonGenerator generator, Map<String, String> members) throws IOException {
        SortedMap<String, String> sorted = new TreeMap<>(members);
        for (Map.Entry<String, String> member : sorted.entrySet()) {
            generator.writeStringField(member.getKey(), member.getValue());
        }
    }

    private static byte[] coordinate(BigInteger number) {
        byte[] bytes = number.toByteArray(); // has a byte of sign in front, or fewer than all bytes
        byte[] fixed = new byte[COORDINATE_BYTES];
        int length = Math.min(bytes.length, COORDINATE_BYTES);
        System.arraycopy(bytes, bytes.length - length, fixed, COORDINATE_BYTES - length, length);
        return fixed;
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Writes JSON into memory. */
    private interface Writing {
        void to(JsonGenerator generator) throws IOException;
    }

    private static byte[] json(Writing writing) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256);
        try (JsonGenerator generator = JSON.createGenerator(out)) {
            writing.to(generator);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    @Override
    public String toString() {
        return algorithm + " key " + keyId;
    }
}
