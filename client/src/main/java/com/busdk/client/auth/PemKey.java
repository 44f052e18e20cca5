package com.busdk.client.auth;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
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
            default ->
                throw new IllegalArgumentException(
                        "its key is in an old form: turn it into PKCS#8 with openssl pkcs8 -topk8 -nocrypt -in FILE");
        };
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
