package com.busdk.broker.contract.harness;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Tokens that the service under test takes, and some that it must not. */
public final class Tokens {
    /** What the service under test verifies with. */
    public static final String SECRET = "not-a-secret-0123456789-0123456789-0123456789";

    private static final TokenMinter MINTER = new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC());

    private Tokens() {}

    /** A user's token for the public API. */
    public static String user(String subject, String scope) {
        return MINTER.mint(TokenMinter.Grant.user(subject, Scopes.parse(scope)));
    }

    /** A service token for the public API. */
    public static String service(String subject, String scope) {
        return MINTER.mint(TokenMinter.Grant.service(subject, Scopes.parse(scope)));
    }

    /** A token for the internal audience, which makes it a service token without saying so. */
    public static String internal(String subject, String scope) {
        return MINTER.mint(TokenMinter.Grant.user(subject, Scopes.parse(scope)).withAudience(Scopes.AUDIENCE_INTERNAL));
    }

    /** A service token that expires that long after now, or before where it is negative. */
    public static String expiring(String subject, String scope, Duration fromNow) {
        Instant now = Instant.now();
        return signed(claims(
                subject,
                scope,
                now.minusSeconds(600).getEpochSecond(),
                now.plus(fromNow).getEpochSecond()));
    }

    /** The claims of a service token as JSON. */
    public static String claims(String subject, String scope, long issuedAt, long expiresAt) {
        return "{\"sub\":\"%s\",\"aud\":\"ai.hg.fi/api\",\"scope\":\"%s\",\"token_use\":\"service\",\"iat\":%d,\"exp\":%d}"
                .formatted(subject, scope, issuedAt, expiresAt);
    }

    /** A token of any claims, rightly signed. */
    public static String signed(String claims) {
        return signed("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", claims, SECRET);
    }

    /** A token of any header and claims, with the HMAC of that secret. */
    public static String signed(String header, String claims, String secret) {
        String content = base64(header) + "." + base64(claims);
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return content + "." + base64(mac.doFinal(content.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Text as it stands in a token. */
    public static String base64(String text) {
        return base64(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
