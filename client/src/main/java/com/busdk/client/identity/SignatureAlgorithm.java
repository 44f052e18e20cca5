package com.busdk.client.identity;

import java.security.Key;
import org.jose4j.jca.ProviderContext;
import org.jose4j.jws.EcdsaUsingShaAlgorithm;
import org.jose4j.jws.EdDsaAlgorithm;
import org.jose4j.jws.HmacUsingShaAlgorithm;
import org.jose4j.jws.JsonWebSignatureAlgorithm;
import org.jose4j.jws.RsaUsingShaAlgorithm;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/**
 * The signatures that may be configured (RFC 7518, RFC 8037), each with its own kind of key; {@code none} is not among
 * them. Usable from any thread; a check takes microseconds of processor time and does not wait.
 */
enum SignatureAlgorithm {
    HS256(new HmacUsingShaAlgorithm.HmacSha256(), 32),
    RS256(new RsaUsingShaAlgorithm.RsaSha256(), 0),
    ES256(new EcdsaUsingShaAlgorithm.EcdsaP256UsingSha256(), 64),
    ED_DSA(new EdDsaAlgorithm(), 64);

    private static final ProviderContext PROVIDERS = new ProviderContext();

    /** Written in its constructor only, as all of the library's algorithms, which it shares between threads itself. */
    @SuppressWarnings("ImmutableEnumChecker")
    private final JsonWebSignatureAlgorithm implementation;

    private final int signatureBytes;

    /** @param signatureBytes length of every signature, 0 if it depends on the key */
    SignatureAlgorithm(JsonWebSignatureAlgorithm implementation, int signatureBytes) {
        this.implementation = implementation;
        this.signatureBytes = signatureBytes;
    }

    /** The algorithm of a token's {@code alg}, compared exactly, or null if it is none of these. */
    static @Nullable SignatureAlgorithm named(String alg) {
        return switch (alg) {
            case "HS256" -> HS256;
            case "RS256" -> RS256;
            case "ES256" -> ES256;
            case "EdDSA" -> ED_DSA;
            default -> null;
        };
    }

    /** Whether it is checked with a public key, so that the key comes from a key set. */
    boolean asymmetric() {
        return this != HS256;
    }

    /** Whether a key is of the right kind and strong enough (RSA: 2048 bits; ES256: P-256). */
    boolean accepts(Key key) {
        try {
            implementation.validateVerificationKey(key);
            return true;
        } catch (JoseException e) {
            return false;
        }
    }

    boolean verify(Key key, byte[] signed, byte[] signature) {
        if (signatureBytes != 0 && signature.length != signatureBytes) {
            return false;
        }
        try {
            return implementation.verifySignature(signature, key, signed, PROVIDERS);
        } catch (JoseException e) {
            return false;
        }
    }
}
