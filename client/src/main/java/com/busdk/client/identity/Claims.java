package com.busdk.client.identity;

import com.busdk.client.auth.TokenClaims;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * Reads and checks the claims of a token whose signature holds (RFC 7519, section 4.1). One object per token, used by
 * one thread.
 */
final class Claims {

    /** The last second of the year 9999: a date behind it is most likely in milliseconds. */
    private static final long LAST_SECOND = 253_402_300_799L;

    private @Nullable String subject;
    private @Nullable List<String> audience;
    private @Nullable Long expiresAt;
    private @Nullable Long issuedAt;
    private @Nullable Long notBefore;
    private @Nullable String tokenUse;
    private Set<String> scopes = Set.of();

    private Claims() {}

    /**
     * The identity that the claims give at that second.
     *
     * @throws TokenRefused if a claim is missing, twice there, of the wrong type, or does not hold now and here
     */
    static Identity identity(byte[] json, Audiences audiences, long now) throws TokenRefused {
        Claims claims = new Claims();
        try (JsonParser in = StrictJson.parser(json)) {
            claims.read(in);
        } catch (IOException e) {
            throw new TokenRefused("The token's claims are not a JSON object with each claim once.");
        }
        return claims.check(audiences, now);
    }

    private void read(JsonParser in) throws IOException, TokenRefused {
        if (in.nextToken() != JsonToken.START_OBJECT) {
            throw new TokenRefused("The token's claims are not a JSON object.");
        }
        while (in.nextToken() != JsonToken.END_OBJECT) {
            String claim = in.currentName();
            in.nextToken();
            switch (claim) {
                case "sub" -> subject = text(in, "sub");
                case "aud" -> audience = audience(in);
                case "exp" -> expiresAt = date(in, "exp");
                case "iat" -> issuedAt = date(in, "iat");
                case "nbf" -> notBefore = date(in, "nbf");
                case "scope" -> scopes = scopes(text(in, "scope"));
                case "token_use" -> tokenUse = text(in, "token_use");
                default -> in.skipChildren();
            }
        }
        if (in.nextToken() != null) {
            throw new TokenRefused("The token's claims have something after their JSON object.");
        }
    }

    private Identity check(Audiences audiences, long now) throws TokenRefused {
        String sub = required(subject, "sub");
        if (!Identity.isSubject(sub)) {
            throw new TokenRefused("The token's claim sub must have 1 to " + Identity.MAX_SUBJECT_BYTES
                    + " bytes of UTF-8, without control characters.");
        }
        String aud = accepted(required(audience, "aud"), audiences);
        long exp = required(expiresAt, "exp");
        if (now >= exp + Identity.LEEWAY_SECONDS) {
            throw new TokenRefused("The token has expired.");
        }
        long latestStart = now + Identity.LEEWAY_SECONDS;
        if (required(issuedAt, "iat") > latestStart) {
            throw new TokenRefused("The token's claim iat lies in the future: check the clocks.");
        }
        if (notBefore != null && notBefore > latestStart) {
            throw new TokenRefused("The token is not valid yet (nbf).");
        }
        boolean service = TokenClaims.SERVICE.equals(tokenUse) || aud.equals(audiences.internal());
        return new Identity(sub, aud, service, scopes, exp);
    }

    private static String accepted(List<String> audience, Audiences audiences) throws TokenRefused {
        // Internal first: a token for both is a service's, and may do what either may.
        if (audience.contains(audiences.internal())) {
            return audiences.internal();
        }
        if (audience.contains(audiences.api())) {
            return audiences.api();
        }
        throw new TokenRefused("The token is for another audience: it needs " + audiences.api() + ".");
    }

    private static <T> T required(@Nullable T value, String claim) throws TokenRefused {
        if (value == null) {
            throw new TokenRefused("The token has no claim " + claim + ".");
        }
        return value;
    }

    private static String text(JsonParser in, String claim) throws IOException, TokenRefused {
        if (in.currentToken() != JsonToken.VALUE_STRING) {
            throw new TokenRefused("The token's claim " + claim + " must be a text.");
        }
        return in.getText();
    }

    private static List<String> audience(JsonParser in) throws IOException, TokenRefused {
        if (in.currentToken() == JsonToken.VALUE_STRING) {
            return List.of(in.getText());
        }
        if (in.currentToken() != JsonToken.START_ARRAY) {
            throw new TokenRefused("The token's claim aud must be a text or an array of texts.");
        }
        List<String> names = new ArrayList<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            if (in.currentToken() != JsonToken.VALUE_STRING) {
                throw new TokenRefused("The token's claim aud must be a text or an array of texts.");
            }
            names.add(in.getText());
        }
        return names;
    }

    /** Seconds since the epoch; a fraction is allowed by RFC 7519 (section 2) and cut off. */
    private static long date(JsonParser in, String claim) throws IOException, TokenRefused {
        if (in.currentToken() == JsonToken.VALUE_NUMBER_INT || in.currentToken() == JsonToken.VALUE_NUMBER_FLOAT) {
            // A double is exact for every second of four-digit years, and turns 1e999999999 into an infinity at once.
            double seconds = in.getDoubleValue();
            if (seconds >= 0 && seconds <= LAST_SECOND) {
                return (long) seconds;
            }
        }
        throw new TokenRefused("The token's claim " + claim + " must be a time in seconds since 1970.");
    }

    private static Set<String> scopes(String text) {
        Set<String> scopes = new LinkedHashSet<>();
        StringTokenizer words = new StringTokenizer(text, " ");
        while (words.hasMoreTokens()) {
            scopes.add(words.nextToken());
        }
        return scopes;
    }
}
