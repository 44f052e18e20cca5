package com.busdk.client.auth;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A key out of a PEM file (RFC 7468): the first block that is a key. Its messages show nothing of it. Immutable.
 *
 * @param privateKey set for a private key
 * @param publicKey set for a public one
 */
record PemKey(@Nullable PrivateKey privateKey, @Nullable PublicKey publicKey) {
    /** The two kinds that sign here, as {@link KeyFactory} names them. */
    private static final List<String> KINDS = List.of("EC", "Ed25519");

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]*KEY)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");

    private static final int P256_BYTES = 32;

    /** Version 1, and that 32 bytes follow. */
    private static final byte[] SEC1_BEGIN = HexFormat.of().parseHex("0201010420");

    /** With the two bytes of the whole before it. */
    private static final int SEC1_HEAD = 7;

    /** That the curve is P-256, by its object identifier 1.2.840.10045.3.1.7. */
    private static final byte[] SEC1_CURVE = HexFormat.of().parseHex("a00a06082a8648ce3d030107");

    /** Version 0, {@code ecPublicKey} of P-256, and the key of SEC 1 up to its 32 bytes. */
    private static final byte[] PKCS8_HEAD =
            HexFormat.of().parseHex("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420");

    private static final String MAKE_ONE =
            "make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256";

    static PemKey parse(String pem) {
        Matcher block = BLOCK.matcher(pem);
        if (!block.find()) {
            throw new IllegalArgumentException("there is no key in it (PEM): " + MAKE_ONE);
        }
        byte[] der;
        try {
            der = Base64.getMimeDecoder().decode(block.group(2));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("its key is damaged: " + MAKE_ONE);
        }
        return switch (block.group(1)) {
            case "PRIVATE KEY" -> new PemKey(privateKey(der), null);
            case "PUBLIC KEY" -> new PemKey(null, publicKey(der));
            case "ENCRYPTED PRIVATE KEY" ->
                throw new IllegalArgumentException("its key is encrypted: keep it in a file that only the service"
                        + " may read, without a passphrase");
            case "EC PRIVATE KEY" -> new PemKey(privateKey(pkcs8(der)), null);
            default ->
                throw new IllegalArgumentException(
                        "its key is in an old form: turn it into PKCS#8 with openssl pkcs8 -topk8 -nocrypt -in FILE");
        };
    }

    /**
     * PKCS#8 (RFC 5208) of a key of P-256 in the form of SEC 1 (RFC 5915), which {@code openssl ecparam -genkey} writes.
     * There is one way to write each of them for this curve, but for the public half, which may be left out.
     */
    private static byte[] pkcs8(byte[] sec1) {
        int end = SEC1_HEAD + P256_BYTES + SEC1_CURVE.length;
        if (sec1.length < end
                || sec1[0] != 0x30
                || sec1[1] != sec1.length - 2
                || !Arrays.equals(sec1, 2, SEC1_HEAD, SEC1_BEGIN, 0, SEC1_BEGIN.length)
                || !Arrays.equals(sec1, SEC1_HEAD + P256_BYTES, end, SEC1_CURVE, 0, SEC1_CURVE.length)) {
            throw neither();
        }
        byte[] key = Arrays.copyOf(PKCS8_HEAD, PKCS8_HEAD.length + P256_BYTES);
        System.arraycopy(sec1, SEC1_HEAD, key, PKCS8_HEAD.length, P256_BYTES);
        return key;
    }

    private static PrivateKey privateKey(byte[] der) {
        for (String kind : KINDS) {
            try {
                return KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(der));
            } catch (GeneralSecurityException _) {
                // of another kind
            }
        }
        throw neither();
    }

    private static PublicKey publicKey(byte[] der) {
        for (String kind : KINDS) {
            try {
                return KeyFactory.getInstance(kind).generatePublic(new X509EncodedKeySpec(der));
            } catch (GeneralSecurityException _) {
                // of another kind
            }
        }
        throw neither();
    }

    private static IllegalArgumentException neither() {
        return new IllegalArgumentException("its key is neither P-256 (ES256) nor Ed25519 (EdDSA): " + MAKE_ONE);
    }

    @Override
    public String toString() {
        return "PemKey"; // the key does not print
    }
}
