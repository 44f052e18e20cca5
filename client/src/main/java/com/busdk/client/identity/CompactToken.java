package com.busdk.client.identity;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A signed token taken apart (RFC 7515, compact form), before its signature is checked: nothing in it may be believed
 * yet. Nobody writes into its arrays, which stay in this package.
 */
final class CompactToken {

    /** Longest token in characters: real ones have a few hundred, and the header line has to fit 16 KiB. */
    static final int MAX_LENGTH = 8 * 1024;

    /** Longest {@code kid}: ids are names or hashes. */
    static final int MAX_KEY_ID_LENGTH = 256;

    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private final SignatureAlgorithm algorithm;
    private final @Nullable String keyId;
    private final byte[] signed;
    private final byte[] claims;
    private final byte[] signature;

    CompactToken(SignatureAlgorithm algorithm, @Nullable String keyId, byte[] signed, byte[] claims, byte[] signature) {
        this.algorithm = algorithm;
        this.keyId = keyId;
        this.signed = signed;
        this.claims = claims;
        this.signature = signature;
    }

    /** @throws TokenRefused if it has not the form of a signed token, or is signed in a way that is never accepted */
    static CompactToken parse(String token) throws TokenRefused {
        if (token.length() > MAX_LENGTH) {
            throw new TokenRefused("The token is longer than " + MAX_LENGTH + " characters.");
        }
        int first = token.indexOf('.');
        int second = token.indexOf('.', first + 1);
        if (first < 0 || second < 0 || token.indexOf('.', second + 1) >= 0) {
            throw new TokenRefused("The token is not a signed JWT: it must have exactly three parts.");
        }
        byte[] header = decode(token.substring(0, first));
        byte[] claims = decode(token.substring(first + 1, second));
        byte[] signature = decode(token.substring(second + 1));
        Header fields = Header.parse(header);
        byte[] signed = token.substring(0, second).getBytes(StandardCharsets.US_ASCII);
        return new CompactToken(fields.algorithm, fields.keyId, signed, claims, signature);
    }

    /** What its header claims to be signed with. */
    SignatureAlgorithm algorithm() {
        return algorithm;
    }

    /** The header's {@code kid}, or null; only ever compared with the ids of configured keys. */
    @Nullable
    String keyId() {
        return keyId;
    }

    /** The bytes that the signature is over. */
    byte[] signed() {
        return signed;
    }

    /** The payload's bytes. */
    byte[] claims() {
        return claims;
    }

    /** The signature's bytes. */
    byte[] signature() {
        return signature;
    }

    private static byte[] decode(String part) throws TokenRefused {
        if (!part.isEmpty()) {
            try {
                byte[] bytes = DECODER.decode(part);
                // The decoder takes padding and stray bits at the end; a token has one spelling only.
                if (ENCODER.encodeToString(bytes).equals(part)) {
                    return bytes;
                }
            } catch (IllegalArgumentException e) {
                // Answered below; the decoder's message quotes a character of the token.
            }
        }
        throw new TokenRefused("The token is not a signed JWT: each part must be base64url without padding.");
    }

    /** What counts of the header; {@code jku}, {@code x5u}, {@code jwk} and the like are passed over, never followed. */
    private record Header(
            SignatureAlgorithm algorithm, @Nullable String keyId) {

        static Header parse(byte[] json) throws TokenRefused {
            try (JsonParser in = StrictJson.parser(json)) {
                return parse(in);
            } catch (IOException e) {
                throw new TokenRefused("The token's header is not a JSON object with each field once.");
            }
        }

        private static Header parse(JsonParser in) throws IOException, TokenRefused {
            SignatureAlgorithm algorithm = null;
            String keyId = null;
            if (in.nextToken() != JsonToken.START_OBJECT) {
                throw new TokenRefused("The token's header is not a JSON object.");
            }
            while (in.nextToken() != JsonToken.END_OBJECT) {
                String field = in.currentName();
                in.nextToken();
                switch (field) {
                    case "alg" -> algorithm = algorithm(in);
                    case "kid" -> keyId = keyId(in);
                    case "typ" -> checkType(in);
                    // Both change how the rest has to be read (RFC 7515 4.1.11, RFC 7797); nothing here needs them.
                    case "crit", "b64" -> throw new TokenRefused("The token's header demands an extension.");
                    default -> in.skipChildren();
                }
            }
            if (in.nextToken() != null) {
                throw new TokenRefused("The token's header has something after its JSON object.");
            }
            if (algorithm == null) {
                throw new TokenRefused("The token's header names no algorithm.");
            }
            return new Header(algorithm, keyId);
        }

        private static SignatureAlgorithm algorithm(JsonParser in) throws IOException, TokenRefused {
            SignatureAlgorithm algorithm =
                    in.currentToken() == JsonToken.VALUE_STRING ? SignatureAlgorithm.named(in.getText()) : null;
            if (algorithm == null) {
                throw new TokenRefused("The token is signed with an algorithm that is not accepted here.");
            }
            return algorithm;
        }

        private static String keyId(JsonParser in) throws IOException, TokenRefused {
            if (in.currentToken() != JsonToken.VALUE_STRING || in.getTextLength() > MAX_KEY_ID_LENGTH) {
                throw new TokenRefused(
                        "The token's kid must be a text of at most " + MAX_KEY_ID_LENGTH + " characters.");
            }
            return in.getText();
        }

        private static void checkType(JsonParser in) throws IOException, TokenRefused {
            // Media types have no case (RFC 7515, section 4.1.9).
            if (in.currentToken() != JsonToken.VALUE_STRING
                    || !(in.getText().equalsIgnoreCase("JWT") || in.getText().equalsIgnoreCase("at+jwt"))) {
                throw new TokenRefused("The token's typ must be JWT or at+jwt.");
            }
        }
    }
}
