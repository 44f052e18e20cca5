package com.busdk.client.auth;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import java.util.function.Function;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Mints tokens (JWT, RFC 7519) that are signed with a shared secret (HS256) or with a private key (ES256, EdDSA), with the
 * JDK's own means. Any thread may use it.
 *
 * <pre>{@code
 * String token = new TokenMinter(secret, Clock.systemUTC())
 *         .mint(TokenMinter.Grant.service("local", Scopes.parse("events:send events:listen")));
 * }</pre>
 */
public final class TokenMinter {
    /** How long a token lives unless the grant says otherwise. */
    public static final Duration DEFAULT_TTL = Duration.ofHours(1);

    private static final String HMAC_SHA256 = "HmacSHA256";
    private static final JsonFactory JSON = new JsonFactory();

    private final String header;
    private final Function<String, byte[]> signer;
    private final Clock clock;

    /**
     * A minter.
     *
     * @param secret signs the tokens
     * @param clock gives the time of issue
     */
    public TokenMinter(Hs256Secret secret, Clock clock) {
        SecretKeySpec key = new SecretKeySpec(secret.bytes(), HMAC_SHA256);
        this.header = header("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
        this.signer = text -> hmac(key, text);
        this.clock = clock;
    }

    /**
     * A minter whose tokens anybody can verify who has the public key.
     *
     * @param key signs the tokens, which name it by its id
     * @param clock gives the time of issue
     */
    public TokenMinter(SigningKey key, Clock clock) {
        VerificationKey published = key.verificationKey();
        this.header = header(
                "{\"alg\":\"" + published.algorithm() + "\",\"typ\":\"JWT\",\"kid\":\"" + published.keyId() + "\"}");
        this.signer = key::sign;
        this.clock = clock;
    }

    /**
     * Mints a token: {@code sub}, {@code aud}, {@code iat}, {@code exp}, a fresh {@code jti}, {@code scope}, and
     * {@code token_use} for a service.
     *
     * @param grant what the token says
     * @return the token in its compact form
     */
    public String mint(Grant grant) {
        return mint(grant, UUID.randomUUID().toString(), clock.instant());
    }

    /**
     * Mints a token of which its maker keeps a note.
     *
     * @param grant what the token says
     * @param tokenId the claim {@code jti}
     * @param now the claim {@code iat}, to the second; {@code exp} is the grant's time to live later
     * @return the token in its compact form
     */
    public String mint(Grant grant, String tokenId, Instant now) {
        String signed = header + '.' + encode(claims(grant, tokenId, now));
        return signed + '.' + encode(signer.apply(signed));
    }

    private static String header(String json) {
        return encode(json.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] claims(Grant grant, String tokenId, Instant now) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256);
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("sub", grant.subject());
            json.writeStringField("aud", grant.audience());
            json.writeNumberField("iat", now.getEpochSecond());
            json.writeNumberField("exp", now.plus(grant.ttl()).getEpochSecond());
            json.writeStringField("jti", tokenId);
            json.writeStringField("scope", grant.scopes().toString());
            if (grant.service()) {
                json.writeStringField("token_use", TokenClaims.SERVICE);
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static byte[] hmac(SecretKeySpec key, String text) {
        try {
            Mac mac = Mac.getInstance(HMAC_SHA256);
            mac.init(key);
            return mac.doFinal(text.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + HMAC_SHA256, e);
        }
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /**
     * What a token is to say.
     *
     * @param subject whose token it is, not blank
     * @param audience for whom it is meant, not blank
     * @param scopes what it allows
     * @param ttl how long it is valid, at least a second
     * @param service true for a service token, which sees the events of all identities
     */
    public record Grant(String subject, String audience, Scopes scopes, Duration ttl, boolean service) {
        /** Refuses what makes no token. */
        public Grant {
            if (subject.isBlank()) {
                throw new IllegalArgumentException("the subject is blank: say whose token it is");
            }
            if (audience.isBlank()) {
                throw new IllegalArgumentException("the audience is blank: write " + Scopes.AUDIENCE_API);
            }
            if (ttl.compareTo(Duration.ofSeconds(1)) < 0) {
                throw new IllegalArgumentException("the token would expire at once: give a time to live of 1s or more");
            }
        }

        /**
         * A service token for the public API that lives {@link #DEFAULT_TTL}.
         *
         * @param subject the service's name
         * @param scopes what it allows
         * @return the grant
         */
        public static Grant service(String subject, Scopes scopes) {
            return new Grant(subject, Scopes.AUDIENCE_API, scopes, DEFAULT_TTL, true);
        }

        /**
         * A user token for the public API that lives {@link #DEFAULT_TTL}.
         *
         * @param subject the user's identity
         * @param scopes what it allows
         * @return the grant
         */
        public static Grant user(String subject, Scopes scopes) {
            return new Grant(subject, Scopes.AUDIENCE_API, scopes, DEFAULT_TTL, false);
        }

        /**
         * The same grant with another time to live.
         *
         * @param other how long the token is valid
         * @return the grant
         */
        public Grant withTtl(Duration other) {
            return new Grant(subject, audience, scopes, other, service);
        }

        /**
         * The same grant for another audience.
         *
         * @param other for whom the token is meant
         * @return the grant
         */
        public Grant withAudience(String other) {
            return new Grant(subject, other, scopes, ttl, service);
        }
    }
}
