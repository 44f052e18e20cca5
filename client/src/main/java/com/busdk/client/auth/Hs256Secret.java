package com.busdk.client.auth;

import com.busdk.client.config.ConfigException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A shared secret for HS256 signatures: raw text, or bytes in Base64 behind the prefix {@code base64:}. It never shows
 * itself in {@link #toString} or in an error. Immutable.
 *
 * <p>Example: {@code Hs256Secret.fromEnvironment(System.getenv(), Hs256Secret.EVENTS_VARIABLES)}.
 */
public final class Hs256Secret {
    /** Fewer bytes than the hash has are weaker than the signature (RFC 7518, section 3.2). */
    public static final int RECOMMENDED_BYTES = 32;

    /** Where the events service looks for its secret, in this order. */
    public static final List<String> EVENTS_VARIABLES =
            List.of("BUS_EVENTS_JWT_SECRET", "BUS_API_JWT_SECRET", "BUS_AUTH_HS256_SECRET");

    private static final String BASE64 = "base64:";

    private final byte[] bytes;
    private final @Nullable String variable;

    private Hs256Secret(byte[] bytes, @Nullable String variable) {
        this.bytes = bytes;
        this.variable = variable;
    }

    /**
     * Reads a secret.
     *
     * @param text raw text, or {@code base64:…} (standard or URL alphabet, with or without padding)
     * @return the secret
     * @throws IllegalArgumentException if it is empty or not Base64; the message does not repeat it
     */
    public static Hs256Secret parse(String text) {
        return parse(text, null);
    }

    private static Hs256Secret parse(String text, @Nullable String variable) {
        byte[] bytes = text.startsWith(BASE64)
                ? decode(text.substring(BASE64.length()).strip())
                : text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0) {
            throw new IllegalArgumentException(
                    "the signing secret is empty: set at least " + RECOMMENDED_BYTES + " bytes");
        }
        return new Hs256Secret(bytes, variable);
    }

    /**
     * The secret of the first of these variables that is set.
     *
     * @param environment the environment, {@code System.getenv()} outside of tests
     * @param variables names in the order in which they count
     * @return the secret, or empty if none is set
     * @throws ConfigException if the one that is set cannot be used
     */
    public static Optional<Hs256Secret> fromEnvironment(Map<String, String> environment, List<String> variables) {
        for (String variable : variables) {
            String value = environment.get(variable);
            if (value != null && !value.isEmpty()) {
                try {
                    return Optional.of(parse(value, variable));
                } catch (IllegalArgumentException e) {
                    throw new ConfigException(variable, String.valueOf(e.getMessage()));
                }
            }
        }
        return Optional.empty();
    }

    /**
     * The key's bytes.
     *
     * @return a copy
     */
    public byte[] bytes() {
        return bytes.clone();
    }

    /**
     * Where it comes from, for messages.
     *
     * @return the name of the variable that it was read from; empty for one that is in no environment
     */
    public Optional<String> variable() {
        return Optional.ofNullable(variable);
    }

    /**
     * Tells whether the secret is shorter than {@link #RECOMMENDED_BYTES}: a reason for a warning, and for refusing to
     * serve on an address that others reach.
     *
     * @return true if it is short
     */
    public boolean isShort() {
        return bytes.length < RECOMMENDED_BYTES;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Hs256Secret that && MessageDigest.isEqual(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return bytes.length; // says nothing about the content
    }

    @Override
    public String toString() {
        return "Hs256Secret[" + bytes.length + " bytes]";
    }

    private static byte[] decode(String base64) {
        try {
            return Base64.getDecoder().decode(base64.replace('-', '+').replace('_', '/'));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the signing secret after base64: is not Base64", e);
        }
    }
}
