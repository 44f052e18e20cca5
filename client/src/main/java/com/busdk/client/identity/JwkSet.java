package com.busdk.client.identity;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.security.Key;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/**
 * The public keys of a JSON Web Key Set (RFC 7517): RSA of at least 2048 bits for RS256, P-256 for ES256, Ed25519 for
 * EdDSA. Keys of other kinds or for other uses are passed over, as the RFC asks; symmetric ones too, since a set that is
 * handed around is no place for a secret. Immutable.
 */
final class JwkSet {

    /** Most bytes of a key set: some hundred keys, where a real one has a handful. */
    static final int MAX_BYTES = 256 * 1024;

    /** Most keys of a set that are looked at. */
    static final int MAX_KEYS = 256;

    /** Characters of 32 bytes in base64url: all Ed25519 keys. The library would fill up a shorter one with zeros. */
    private static final int ED25519_LENGTH = 43;

    static final JwkSet EMPTY = new JwkSet(List.of());

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final List<VerificationKey> keys;
    private final Map<String, VerificationKey> byId;

    /** A key and the only algorithm that it may be used for. */
    record VerificationKey(@Nullable String id, SignatureAlgorithm algorithm, Key key) {}

    private JwkSet(List<VerificationKey> keys) {
        this.keys = List.copyOf(keys);
        Map<String, VerificationKey> ids = new HashMap<>();
        for (VerificationKey key : keys) {
            if (key.id() != null && ids.put(key.id(), key) != null) {
                throw new IllegalArgumentException("two keys have the same kid");
            }
        }
        this.byId = Map.copyOf(ids);
    }

    /**
     * Reads a key set.
     *
     * @param mayBeEmpty whether a set without any key is one, too
     * @throws IllegalArgumentException if it is none, or holds no key that can be used; the message says what is wrong,
     *     without the place, which the caller knows
     */
    static JwkSet parse(byte[] json, boolean mayBeEmpty) {
        JsonNode set;
        try (JsonParser in = StrictJson.parser(json)) {
            set = MAPPER.readTree(in);
            if (in.nextToken() != null) {
                throw new IllegalArgumentException("there is something after the JSON object");
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("it is not JSON with each field once");
        }
        JsonNode list = set == null ? null : set.get("keys");
        if (list == null || !list.isArray() || list.size() > MAX_KEYS) {
            throw new IllegalArgumentException("it is not an object with an array \"keys\" of at most " + MAX_KEYS);
        }
        List<VerificationKey> usable = new ArrayList<>();
        for (JsonNode entry : list) {
            VerificationKey key = key(entry);
            if (key != null) {
                usable.add(key);
            }
        }
        if (usable.isEmpty() && !(mayBeEmpty && list.isEmpty())) {
            throw new IllegalArgumentException(
                    "none of its keys can verify RS256 (2048 bits or more), ES256 or EdDSA (Ed25519)");
        }
        return new JwkSet(usable);
    }

    private static @Nullable VerificationKey key(JsonNode entry) {
        SignatureAlgorithm algorithm = algorithm(entry);
        if (algorithm == null || !forSignatures(entry, algorithm)) {
            return null;
        }
        String id = entry.path("kid").textValue();
        if (id != null && id.length() > CompactToken.MAX_KEY_ID_LENGTH) {
            return null;
        }
        try {
            Key key = PublicJsonWebKey.Factory.newPublicJwk(publicPart(entry)).getKey();
            return algorithm.accepts(key) ? new VerificationKey(id, algorithm, key) : null;
        } catch (JoseException | RuntimeException e) {
            // The library meets odd numbers with all kinds of exceptions; a key that it cannot read is passed over.
            return null;
        }
    }

    private static @Nullable SignatureAlgorithm algorithm(JsonNode entry) {
        String curve = entry.path("crv").asText();
        return switch (entry.path("kty").asText()) {
            case "RSA" -> SignatureAlgorithm.RS256;
            case "EC" -> curve.equals("P-256") ? SignatureAlgorithm.ES256 : null;
            case "OKP" ->
                curve.equals("Ed25519") && entry.path("x").asText().length() == ED25519_LENGTH
                        ? SignatureAlgorithm.ED_DSA
                        : null;
            default -> null;
        };
    }

    /** RFC 7517, sections 4.2 to 4.4: {@code use}, {@code key_ops} and {@code alg} narrow what a key is for. */
    private static boolean forSignatures(JsonNode entry, SignatureAlgorithm algorithm) {
        JsonNode use = entry.get("use");
        if (use != null && !use.asText().equals("sig")) {
            return false;
        }
        JsonNode alg = entry.get("alg");
        if (alg != null && SignatureAlgorithm.named(alg.asText()) != algorithm) {
            return false;
        }
        JsonNode operations = entry.get("key_ops");
        if (operations == null) {
            return true;
        }
        for (JsonNode operation : operations) {
            if (operation.asText().equals("verify")) {
                return true;
            }
        }
        return false;
    }

    /** Only what makes the public key: no private part is ever held, no certificate looked at. */
    private static Map<String, Object> publicPart(JsonNode entry) {
        Map<String, Object> part = new HashMap<>();
        for (String field : List.of("kty", "n", "e", "crv", "x", "y")) {
            String value = entry.path(field).textValue();
            if (value != null) {
                part.put(field, value);
            }
        }
        return part;
    }

    /**
     * The key for a token, or null if none fits: the key with its {@code kid}, else, for a token without one, the only
     * key of its algorithm. A key of another algorithm never fits.
     */
    @Nullable
    VerificationKey find(CompactToken token) {
        if (token.keyId() != null) {
            VerificationKey key = byId.get(token.keyId());
            return key != null && key.algorithm() == token.algorithm() ? key : null;
        }
        VerificationKey only = null;
        for (VerificationKey key : keys) {
            if (key.algorithm() == token.algorithm()) {
                if (only != null) {
                    return null;
                }
                only = key;
            }
        }
        return only;
    }

    int size() {
        return keys.size();
    }

    boolean sameKeys(JwkSet other) {
        return keys.equals(other.keys);
    }
}
