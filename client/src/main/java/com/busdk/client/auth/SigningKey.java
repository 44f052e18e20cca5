package com.busdk.client.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;

/**
 * A private key that signs tokens: of P-256 for ES256 (RFC 7518, section 3.4), or of Ed25519 for EdDSA (RFC 8037). Who
 * verifies them needs the public half only. It never shows itself. Immutable, any thread.
 *
 * <p>Example: {@code SigningKey.parse(Files.readString(file))}.
 */
public final class SigningKey {
    private final PrivateKey key;
    private final String implementation;
    private final VerificationKey verificationKey;

    private SigningKey(PrivateKey key, String implementation, VerificationKey verificationKey) {
        this.key = key;
        this.implementation = implementation;
        this.verificationKey = verificationKey;
    }

    /**
     * Reads a key.
     *
     * @param pem PKCS#8 in PEM, as {@code openssl genpkey} writes it, or SEC 1, as {@code openssl ecparam -genkey} does
     * @return the key
     * @throws IllegalArgumentException if there is no private key of P-256 or Ed25519 in it; the message goes on from the
     *     file's name and shows nothing of the key
     */
    public static SigningKey parse(String pem) {
        return of(PemKey.parse(pem));
    }

    static SigningKey of(PemKey pem) {
        return switch (pem.privateKey()) {
            case null -> throw new IllegalArgumentException("its key is a public one: the private one signs");
            case ECPrivateKey ec
            when P256.is(ec) ->
                new SigningKey(ec, "SHA256withECDSAinP1363Format", VerificationKey.of(P256.publicPoint(ec)));
            case EdECPrivateKey ed
            when ed.getParams().getName().equals(NamedParameterSpec.ED25519.getName()) ->
                new SigningKey(ed, "Ed25519", ed25519(ed));
            default -> throw new IllegalArgumentException("its key is neither P-256 (ES256) nor Ed25519 (EdDSA)");
        };
    }

    /**
     * The public half.
     *
     * @return the key that verifies what this one signs
     */
    public VerificationKey verificationKey() {
        return verificationKey;
    }

    byte[] sign(String text) {
        try {
            Signature signature = Signature.getInstance(implementation);
            signature.initSign(key);
            signature.update(text.getBytes(StandardCharsets.US_ASCII));
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java does not sign with " + implementation, e);
        }
    }

    /** A pair is made of 32 bytes that are drawn (RFC 8032, section 5.1.5): drawing the private key makes its pair. */
    private static VerificationKey ed25519(EdECPrivateKey key) {
        byte[] seed = key.getBytes()
                .orElseThrow(() -> new IllegalArgumentException("its key cannot be read: keep it in a file"));
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
            generator.initialize(NamedParameterSpec.ED25519, new Drawn(seed));
            return VerificationKey.of(generator.generateKeyPair().getPublic());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no Ed25519", e);
        }
    }

    /** Draws what is known already. */
    private static final class Drawn extends SecureRandom {
        private final byte[] bytes;

        Drawn(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public void nextBytes(byte[] into) {
            System.arraycopy(bytes, 0, into, 0, into.length);
        }
    }

    @Override
    public String toString() {
        return "SigningKey[" + verificationKey + ']';
    }
}
