package com.busdk.client.auth;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A look into a token <em>without</em> checking its signature: for telling a person what is in it and for noticing that it
 * has expired. Never a reason to trust its bearer. Immutable.
 *
 * <p>Example: {@code TokenClaims.peek(token).map(claims -> claims.isExpired(Instant.now()))}.
 *
 * @param subject the claim {@code sub}
 * @param audience the claim {@code aud}, a string or an array of them
 * @param issuedAt the claim {@code iat}
 * @param expiresAt the claim {@code exp}
 * @param scopes the words of the claim that says what the token allows
 * @param service whether the claim {@code token_use} is {@code service}
 */
public record TokenClaims(
        @Nullable String subject,
        List<String> audience,
        @Nullable Instant issuedAt,
        @Nullable Instant expiresAt,
        Scopes scopes,
        boolean service) {
    /** Value of the claim {@code token_use} of a service token. */
    public static final String SERVICE = "service";

    /** A longer token does not fit into a request's headers anyway. */
    private static final int MAX_TOKEN_CHARS = 64 * 1024;

    private static final JsonFactory JSON = new JsonFactory();

    /** Keeps an unmodifiable copy. */
    public TokenClaims {
        audience = List.copyOf(audience);
    }

    /**
     * Reads the claims of a token without verifying it.
     *
     * @param token a JWT in its compact form
     * @return its claims, or empty if it does not look like a JWT
     */
    public static Optional<TokenClaims> peek(String token) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3 || token.length() > MAX_TOKEN_CHARS) {
            return Optional.empty();
        }
        try (JsonParser parser = JSON.createParser(Base64.getUrlDecoder().decode(parts[1]))) {
            return parser.nextToken() == JsonToken.START_OBJECT ? Optional.of(read(parser)) : Optional.empty();
        } catch (IOException | IllegalArgumentException | DateTimeException e) {
            return Optional.empty(); // whatever is wrong with it, it is not a token that can be shown
        }
    }

    /**
     * Tells whether the token has expired.
     *
     * @param now the present time
     * @return true if it names an expiry and that is past
     */
    public boolean isExpired(Instant now) {
        return expiresAt != null && !now.isBefore(expiresAt);
    }

    private static TokenClaims read(JsonParser parser) throws IOException {
        String subject = null;
        List<String> audience = List.of();
        Instant issuedAt = null;
        Instant expiresAt = null;
        Scopes scopes = Scopes.NONE;
        boolean service = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String claim = parser.currentName();
            parser.nextToken();
            switch (claim) {
                case "sub" -> subject = parser.getValueAsString();
                case "aud" -> audience = strings(parser);
                case "iat" -> issuedAt = time(parser);
                case "exp" -> expiresAt = time(parser);
                case "scope" -> scopes = Scopes.parse(parser.getValueAsString(""));
                case "token_use" -> service = SERVICE.equals(parser.getValueAsString());
                default -> parser.skipChildren();
            }
        }
        return new TokenClaims(subject, audience, issuedAt, expiresAt, scopes, service);
    }

    private static @Nullable Instant time(JsonParser parser) throws IOException {
        return parser.currentToken() != null && parser.currentToken().isNumeric()
                ? Instant.ofEpochSecond(parser.getValueAsLong())
                : null;
    }

    private static List<String> strings(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            return List.of(parser.getText());
        }
        List<String> out = new ArrayList<>();
        if (parser.currentToken() == JsonToken.START_ARRAY) {
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (parser.currentToken() == JsonToken.VALUE_STRING) {
                    out.add(parser.getText());
                }
                parser.skipChildren();
            }
        }
        return out;
    }
}
