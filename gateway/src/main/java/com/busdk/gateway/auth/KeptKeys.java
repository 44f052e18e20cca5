package com.busdk.gateway.auth;

import com.busdk.client.auth.VerificationKey;
import com.busdk.client.identity.Audiences;
import com.busdk.client.identity.TokenVerifier;
import com.busdk.client.sql.Database;
import com.busdk.gateway.http.Json;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The public halves of all keys whose tokens may still live, in the store: so a token outlives the replacement of the key
 * that signed it, and processes on one store know each other's keys. Each process puts its signing key there, and moves
 * the time of its end on for as long as it signs with it ({@link #renew}).
 *
 * <p>Any thread.
 */
final class KeptKeys {
    /** Keys of one set: of more, those that end first are left out, as after a loop of starts with ever new keys. */
    private static final int MAX_KEYS = 64;

    /** Past the last token's end: {@link #renew} comes every ten minutes, and may fail a few times. */
    private static final Duration MARGIN = Duration.ofHours(1);

    private static final String OTP_KEY = "otp-key";
    private static final int OTP_KEY_BYTES = 32;

    private final Database database;
    private final Clock clock;
    private final AuthKeys keys;
    private final Duration longestLife;
    private volatile List<VerificationKey> last;

    private KeptKeys(Database database, Clock clock, AuthKeys keys, Duration longestLife) {
        this.database = database;
        this.clock = clock;
        this.keys = keys;
        this.longestLife = longestLife;
        this.last = keys.configured();
    }

    /**
     * Stores the public half of the key that signs, and reads the others.
     *
     * @param longestLife of a session's token or another, from the moment that it is signed
     * @param keepOthers whether other keys are still believed; if not, they are forgotten at once
     */
    static Future<KeptKeys> open(
            Database database, Clock clock, AuthKeys keys, Duration longestLife, boolean keepOthers) {
        KeptKeys kept = new KeptKeys(database, clock, keys, longestLife);
        Future<Integer> forgotten =
                keepOthers ? Future.succeededFuture(0) : database.write(c -> AuthTables.forgetKeys(c));
        return forgotten.compose(_ -> kept.renew()).compose(_ -> kept.read()).map(kept);
    }

    /** Moves the end of the key that signs on, and forgets keys whose last token has ended. */
    Future<Void> renew() {
        long now = clock.millis();
        long until = now + longestLife.plus(MARGIN).toMillis();
        return database.write(c -> {
                    Optional<VerificationKey> signing = keys.signing();
                    if (signing.isPresent()) {
                        AuthTables.keepKey(c, signing.get().keyId(), text(signing.get()), until);
                    }
                    return AuthTables.sweepKeys(c, now);
                })
                .mapEmpty();
    }

    /** The set as the store has it now. */
    Future<byte[]> read() {
        long now = clock.millis();
        return database.read(c -> AuthTables.keys(c, now, MAX_KEYS)).map(rows -> {
            List<VerificationKey> all = new ArrayList<>(keys.configured());
            rows.forEach(row -> key(row).ifPresent(all::add));
            last = List.copyOf(all);
            return VerificationKey.jwks(all);
        });
    }

    /** What is published: while the store is away, what it was before. */
    Future<byte[]> published() {
        return read().recover(_ -> Future.succeededFuture(VerificationKey.jwks(last)));
    }

    /**
     * Knows tokens that were signed with any of these keys, or with the shared secret; also where there is no key yet, since
     * another process may come that signs with one.
     */
    Future<TokenVerifier> verifier(Audiences audiences) {
        return TokenVerifier.ofOwnKeys(keys.secrets(), this::read, audiences, clock);
    }

    /**
     * The key that one-time passwords are hashed with: from the shared secret, or where there is none, one that the first
     * process has put into the store. It outlives the signing key, and is the same for all processes.
     */
    static Future<byte[]> otpKey(Database database, AuthKeys keys) {
        Optional<byte[]> own = keys.otpKey();
        if (own.isPresent()) {
            return Future.succeededFuture(own.get());
        }
        byte[] fresh = new byte[OTP_KEY_BYTES];
        new SecureRandom().nextBytes(fresh);
        String text = Base64.getEncoder().encodeToString(fresh);
        return database.write(c -> AuthTables.kept(c, OTP_KEY, text))
                .map(kept -> Base64.getDecoder().decode(kept));
    }

    private static String text(VerificationKey key) {
        ObjectNode jwk = Json.object().put("alg", key.algorithm()).put("kid", key.keyId());
        key.members().forEach(jwk::put);
        return new String(Json.bytes(jwk), StandardCharsets.UTF_8);
    }

    private static Optional<VerificationKey> key(String text) {
        return Json.payload(text).map(jwk -> {
            Map<String, String> members = new HashMap<>();
            for (Map.Entry<String, JsonNode> member : jwk.properties()) {
                members.put(member.getKey(), member.getValue().asText());
            }
            String algorithm = Optional.ofNullable(members.remove("alg")).orElse("");
            String id = Optional.ofNullable(members.remove("kid")).orElse("");
            return new VerificationKey(algorithm, id, members);
        });
    }
}
