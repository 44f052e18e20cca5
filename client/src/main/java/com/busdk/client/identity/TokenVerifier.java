package com.busdk.client.identity;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.config.ConfigException;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.identity.JwkSet.VerificationKey;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.security.Key;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Tells whose token an {@code Authorization} header carries. Follows RFC 8725: only configured algorithms, each with its
 * own kind of key, and nothing of a token is believed or followed before its signature holds.
 *
 * <p>Threads: any number of event loops at once; no call blocks. A verified token is remembered, so that
 * {@link #cached} answers a repeated header with one hash look-up:
 *
 * <pre>{@code
 * Identity identity = verifier.cached(header);
 * Future<Identity> caller = identity != null ? Future.succeededFuture(identity) : verifier.verify(header);
 * }</pre>
 */
public final class TokenVerifier {

    /**
     * Most verified tokens that are remembered: one for each of as many callers, at 0.5 to 1 kB each for usual tokens.
     * Refused tokens are not remembered at all, so that garbage takes no memory.
     */
    public static final int MAX_CACHED_TOKENS = 10_000;

    /** Most callers that may wait for a key set to be read; more are answered 503 at once. */
    public static final int MAX_WAITING = 1_024;

    private static final String SCHEME = "Bearer ";

    private final List<Hs256Secret> secrets;
    private final List<Key> sharedKeys;
    private final @Nullable KeyRing ring;
    private final @Nullable JwksSource source;
    private final Audiences audiences;
    private final InstantSource clock;
    private final List<String> warnings;
    private final AtomicInteger waiting = new AtomicInteger();
    private final Cache<String, Remembered> verified = Caffeine.newBuilder()
            .maximumSize(MAX_CACHED_TOKENS)
            .executor(Runnable::run) // no threads but the callers'; the work put off is small
            .build();

    /**
     * A token that held.
     *
     * @param until second of the epoch from which it has to be verified again
     * @param keys the key set it was verified with, or null for a shared secret; once that set is replaced it counts no
     *     more, since its key may have been taken out
     */
    private record Remembered(
            Identity identity, long until, @Nullable JwkSet keys) {}

    private TokenVerifier(
            TokenSettings settings,
            @Nullable JwksSource source,
            @Nullable KeyRing ring,
            InstantSource clock,
            List<String> warnings) {
        this.secrets = settings.secrets();
        this.sharedKeys = secrets.stream().map(TokenVerifier::key).toList();
        this.audiences = settings.audiences();
        this.source = source;
        this.ring = ring;
        this.clock = clock;
        this.warnings = List.copyOf(warnings);
    }

    /**
     * Makes a verifier, having read the key set if there is one.
     *
     * @param clock tells the time that {@code exp}, {@code nbf} and {@code iat} are held against
     * @return the verifier; fails with {@link ConfigException} if a key set <em>file</em> cannot be used. A URL that
     *     does not answer is a warning, since its service may start later: it is asked again when a token needs it
     */
    public static Future<TokenVerifier> create(Vertx vertx, TokenSettings settings, InstantSource clock) {
        List<String> warnings = weaknesses(settings.secrets());
        String jwks = settings.jwks();
        if (jwks == null) {
            return Future.succeededFuture(new TokenVerifier(settings, null, null, clock, warnings));
        }
        JwksSource source;
        try {
            source = JwksSource.of(vertx, jwks);
        } catch (ConfigException e) {
            return Future.failedFuture(e);
        }
        if (source.unprotected()) {
            warnings.add(JwksSource.OPTION + ": the signing keys come from " + source.place()
                    + " over plain HTTP: whoever can alter that answer can make tokens. Use https.");
        }
        return create(settings, source, clock, warnings);
    }

    /**
     * Makes a verifier for a service that signs tokens itself.
     *
     * @param secrets shared secrets for HS256, may be none
     * @param keys reads its key set, as it publishes it, which may have no key (yet) where there is a secret; any thread
     *     calls it, without blocking. It is read again when a token names a key that is not there, as one that another
     *     process of the service signs with
     * @param audiences the audiences to accept
     * @param clock tells the time that {@code exp}, {@code nbf} and {@code iat} are held against
     * @return the verifier; fails with {@link ConfigException} if the key set cannot be used
     */
    public static Future<TokenVerifier> ofOwnKeys(
            List<Hs256Secret> secrets, Supplier<Future<byte[]>> keys, Audiences audiences, InstantSource clock) {
        JwksSource source = new JwksSource.Own(keys, !secrets.isEmpty());
        return create(new TokenSettings(secrets, source.place(), audiences), source, clock, weaknesses(secrets));
    }

    /** A sentence for each secret that can be guessed, in a list that may grow. */
    private static List<String> weaknesses(List<Hs256Secret> secrets) {
        List<String> weaknesses = new ArrayList<>();
        for (Hs256Secret secret : secrets) {
            if (secret.isShort()) {
                weaknesses.add(weakness(secret));
            }
        }
        return weaknesses;
    }

    private static String weakness(Hs256Secret secret) {
        return "The secret for HS256 tokens"
                + secret.variable().map(name -> " (" + name + ")").orElse("")
                + " has fewer than " + Hs256Secret.RECOMMENDED_BYTES
                + " bytes, so that tokens may be forged by guessing it: set a longer one, made for example with"
                + " openssl rand -base64 48.";
    }

    static Future<TokenVerifier> create(
            TokenSettings settings, JwksSource source, InstantSource clock, List<String> warnings) {
        KeyRing ring = new KeyRing(source, clock);
        return ring.refresh().transform(read -> {
            if (read.failed()) {
                String problem = source.place() + ": " + read.cause().getMessage();
                if (!source.mayComeLater()) {
                    return Future.failedFuture(new ConfigException(JwksSource.OPTION, problem));
                }
                warnings.add(JwksSource.OPTION + ": " + problem + ". It is asked again when a token needs it.");
            }
            return Future.succeededFuture(new TokenVerifier(settings, source, ring, clock, warnings));
        });
    }

    /**
     * The fast path: the identity of a token that was verified before and still holds. One hash look-up, never blocks.
     *
     * @param header the {@code Authorization} header as it came
     * @return the identity, or null if {@link #verify} has to look at the header
     */
    public @Nullable Identity cached(CharSequence header) {
        String key = header.toString();
        Remembered found = verified.getIfPresent(key);
        if (found == null) {
            return null;
        }
        if (now() < found.until && (ring == null || found.keys == null || found.keys == ring.keys())) {
            return found.identity;
        }
        verified.asMap().remove(key, found);
        return null;
    }

    /**
     * Verifies the token of a header.
     *
     * @param header the {@code Authorization} header, or null if there was none
     * @return the identity; already there unless a key set has to be read first, and then completed on the caller's Vert.x
     *     context, if it has one. Fails with {@link ApiException}: {@code invalid_auth} if the token does not hold,
     *     {@code unavailable} if the key set that could tell cannot be read at the moment
     */
    public Future<Identity> verify(@Nullable String header) {
        try {
            String token = token(header);
            String canonical = SCHEME + token;
            Identity known = cached(canonical);
            if (known != null) {
                return Future.succeededFuture(known);
            }
            CompactToken parsed = CompactToken.parse(token);
            if (!parsed.algorithm().asymmetric()) {
                return Future.succeededFuture(bySecret(canonical, parsed));
            }
            if (ring == null) {
                throw unaccepted();
            }
            return byKeySet(canonical, parsed, ring);
        } catch (TokenRefused e) {
            return Future.failedFuture(invalidAuth(e));
        }
    }

    /** What an operator should know at start-up, a sentence each; may be empty. */
    public List<String> warnings() {
        return warnings;
    }

    /**
     * Refuses to serve others than this machine with a secret that can be guessed.
     *
     * @param bindAddressIsLoopback whether the service can be reached from this machine only
     * @throws ConfigException if a secret is weak and the address is not loopback
     */
    public void refuseIfWeakAndPublic(boolean bindAddressIsLoopback) {
        for (Hs256Secret secret : secrets) {
            if (secret.isShort() && !bindAddressIsLoopback) {
                throw new ConfigException(
                        secret.variable().orElse(Hs256Secret.EVENTS_VARIABLES.getFirst()),
                        weakness(secret) + " With such a secret the service listens on a loopback address only.");
            }
        }
    }

    /** Gives back the connection to the key set's server, if there is one. */
    public Future<Void> close() {
        return source == null ? Future.succeededFuture() : source.close();
    }

    /** How many tokens are remembered at the moment, for tests. */
    long rememberedTokens() {
        verified.cleanUp();
        return verified.estimatedSize();
    }

    private static Key key(Hs256Secret secret) {
        return new SecretKeySpec(secret.bytes(), "HmacSHA256");
    }

    private static String token(@Nullable String header) throws TokenRefused {
        if (header == null || header.isBlank()) {
            throw new TokenRefused("There is no token: send the header Authorization: Bearer <JWT>.");
        }
        if (!header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw new TokenRefused("The Authorization header must be: Bearer <JWT>.");
        }
        return header.substring(SCHEME.length()).strip();
    }

    private Identity bySecret(String canonical, CompactToken token) throws TokenRefused {
        if (sharedKeys.isEmpty()) {
            throw unaccepted();
        }
        for (Key key : sharedKeys) {
            if (token.algorithm().verify(key, token.signed(), token.signature())) {
                return remember(canonical, token, null);
            }
        }
        throw wronglySigned();
    }

    private Future<Identity> byKeySet(String canonical, CompactToken token, KeyRing ring) throws TokenRefused {
        JwkSet keys = ring.keys();
        VerificationKey key = keys.find(token);
        if (key != null) {
            ring.refreshIfOld();
            return Future.succeededFuture(byKey(canonical, token, keys, key));
        }
        Future<Void> reading = ring.refresh();
        if (reading.isComplete()) {
            return afterReading(canonical, token, ring, reading.succeeded());
        }
        if (waiting.incrementAndGet() > MAX_WAITING) {
            waiting.decrementAndGet();
            return Future.failedFuture(keysUnavailable());
        }
        Context caller = Vertx.currentContext();
        Promise<Identity> answer = Promise.promise();
        reading.onComplete(read -> {
            waiting.decrementAndGet();
            if (caller == null) {
                answerAfterReading(canonical, token, ring, read.succeeded(), answer);
            } else {
                caller.runOnContext(there -> answerAfterReading(canonical, token, ring, read.succeeded(), answer));
            }
        });
        return answer.future();
    }

    private void answerAfterReading(
            String canonical, CompactToken token, KeyRing ring, boolean read, Promise<Identity> answer) {
        try {
            afterReading(canonical, token, ring, read).onComplete(answer);
        } catch (TokenRefused e) {
            answer.fail(invalidAuth(e));
        }
    }

    private Future<Identity> afterReading(String canonical, CompactToken token, KeyRing ring, boolean read)
            throws TokenRefused {
        JwkSet keys = ring.keys();
        VerificationKey key = keys.find(token);
        if (key != null) {
            return Future.succeededFuture(byKey(canonical, token, keys, key));
        }
        if (read) {
            throw new TokenRefused("The token is signed with a key that is not known here.");
        }
        return Future.failedFuture(keysUnavailable());
    }

    private Identity byKey(String canonical, CompactToken token, JwkSet keys, VerificationKey key) throws TokenRefused {
        if (!key.algorithm().verify(key.key(), token.signed(), token.signature())) {
            throw wronglySigned();
        }
        return remember(canonical, token, keys);
    }

    private Identity remember(String canonical, CompactToken token, @Nullable JwkSet keys) throws TokenRefused {
        long now = now();
        Identity identity = Claims.identity(token.claims(), audiences, now);
        long until = identity.expiresAt() + Identity.LEEWAY_SECONDS;
        if (keys != null) {
            // Looked at again now and then, which is what makes an old key set be read again.
            until = Math.min(until, now + KeyRing.MAX_AGE.toSeconds());
        }
        verified.put(canonical, new Remembered(identity, until, keys));
        return identity;
    }

    private long now() {
        return Math.floorDiv(clock.millis(), 1000L);
    }

    private static TokenRefused unaccepted() {
        return new TokenRefused("The token is signed with an algorithm that is not accepted here.");
    }

    private static TokenRefused wronglySigned() {
        return new TokenRefused("The token's signature does not hold.");
    }

    private static ApiException invalidAuth(TokenRefused refused) {
        return ApiException.of(ErrorType.INVALID_AUTH, refused.getMessage() + " Get a token with: bus auth token");
    }

    private static ApiException keysUnavailable() {
        return ApiException.of(
                        ErrorType.UNAVAILABLE,
                        "The keys that tokens are verified with cannot be read: try again in a while.")
                .withRetryAfter((int) KeyRing.MIN_INTERVAL.toSeconds());
    }
}
