package com.busdk.gateway.auth;

import com.busdk.client.sql.Database;
import com.busdk.gateway.auth.AuthTables.Challenge;
import com.busdk.gateway.auth.AuthTables.Listed;
import com.busdk.gateway.auth.AuthTables.Position;
import com.busdk.gateway.auth.AuthTables.Session;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the auth service remembers, an operation each, all or nothing. Writers take turns (see {@link Database}), so two
 * guesses at the same code never count as one.
 *
 * <p>What anybody may ask does the same reading and writing whether the address is known or not.
 *
 * <p>Any thread; answers come on the caller's context.
 */
final class AuthStore {
    /** How long a one-time password is good for (accounts). */
    static final Duration CODE_LIFE = Duration.ofMinutes(10);

    /** Wrong guesses that end a challenge (accounts). */
    static final int MAX_GUESSES = 5;

    /** Codes for one address in each window: with five guesses each, a code is found once in 40,000 hours of trying. */
    static final int MAX_CODES = 5;

    /** The window for that. */
    static final Duration CODES_WINDOW = Duration.ofHours(1);

    /** Sessions of one account: a person has a few devices; older ones give way. */
    static final int MAX_SESSIONS = 50;

    /** No code, and none before it. */
    private static final Challenge NONE = new Challenge("", 0, 0, 0, 0);

    /** How long an address may wait without its holder having shown to read its mail. */
    private static final Duration UNVERIFIED_LIFE = Duration.ofDays(30);

    private final Database database;
    private final Clock clock;
    private final OtpCodes codes;
    private final SessionLife life;

    /**
     * How long sessions live.
     *
     * @param each until it has to be refreshed
     * @param most since the one-time password, however often it is refreshed
     */
    record SessionLife(Duration each, Duration most) {}

    AuthStore(Database database, Clock clock, OtpCodes codes, SessionLife life) {
        this.database = database;
        this.clock = clock;
        this.codes = codes;
        this.life = life;
    }

    /** What came of asking for a code. */
    sealed interface CodeRequest {
        /** Another one is not made for so many seconds. */
        record Limited(int retryAfterSeconds) implements CodeRequest {}

        /** One was made; it is for nobody if nobody has the address. */
        record Made(String code, boolean known) implements CodeRequest {
            @Override
            public String toString() {
                return "Made"; // the code does not print
            }
        }
    }

    /** A session that was begun or prolonged. */
    record Begun(String sessionId, Account account, long issuedAt, long expiresAt) {}

    Future<Void> register(EmailAddress address) {
        long now = clock.millis();
        return database.write(c -> {
                    AuthTables.register(c, address, now);
                    return address;
                })
                .mapEmpty();
    }

    Future<CodeRequest> requestCode(EmailAddress address) {
        long now = clock.millis();
        String code = codes.draw();
        String hash = codes.hash(address, code);
        return database.write(c -> {
            Challenge before = AuthTables.challenge(c, address).orElse(NONE);
            // A window begins with a code: a row without one is of somebody who guessed.
            boolean inWindow = before.codes() > 0 && now < before.windowStart() + CODES_WINDOW.toMillis();
            if (inWindow && before.codes() >= MAX_CODES) {
                long wait = before.windowStart() + CODES_WINDOW.toMillis() - now;
                return new CodeRequest.Limited((int) Math.ceilDiv(wait, 1000L));
            }
            long window = inWindow ? before.windowStart() : now;
            long made = inWindow ? before.codes() + 1 : 1;
            AuthTables.put(c, address, new Challenge(hash, now + CODE_LIFE.toMillis(), 0, window, made));
            return new CodeRequest.Made(code, AuthTables.account(c, address).isPresent());
        });
    }

    /** A session for whoever knows the code, which is good for no other one from then on; empty for all others. */
    Future<Optional<Begun>> verify(EmailAddress address, String code) {
        long now = clock.millis();
        String hash = codes.hash(address, code);
        return database.write(c -> {
            Challenge challenge = AuthTables.challenge(c, address).orElse(NONE);
            AuthTables.countGuess(c, address, now);
            Account account = AuthTables.account(c, address).orElse(null);
            boolean right = OtpCodes.same(hash, challenge.codeHash());
            boolean live = now < challenge.expiresAt() && challenge.guesses() < MAX_GUESSES;
            if (!right || !live || account == null) {
                return Optional.empty();
            }
            // Nothing stays that would tell an address whose holder has just logged in from one that nobody has. There
            // is no code any more that could be guessed; the next one has its own five guesses, in a window of its own.
            AuthTables.forget(c, address);
            AuthTables.verified(c, account.id());
            Begun begun = begin(new Account(account.id(), account.status(), true), now, now);
            AuthTables.startSession(c, begun.sessionId(), account.id(), now, begun.expiresAt());
            AuthTables.keepSessions(c, account.id(), MAX_SESSIONS);
            return Optional.of(begun);
        });
    }

    Future<Optional<Account>> session(String sessionId, String accountId) {
        long now = clock.millis();
        return database.read(
                c -> AuthTables.session(c, sessionId, accountId, now).map(Session::account));
    }

    /** Another session in place of this one, which has ended then; empty if it had ended before. */
    Future<Optional<Begun>> refresh(String sessionId, String accountId) {
        long now = clock.millis();
        return database.write(c -> {
            Session old = AuthTables.session(c, sessionId, accountId, now).orElse(null);
            if (old == null || !AuthTables.endSession(c, sessionId, accountId, now)) {
                return Optional.empty();
            }
            Begun begun = begin(old.account(), now, old.startedAt());
            if (begun.expiresAt() <= now) {
                return Optional.empty();
            }
            AuthTables.startSession(c, begun.sessionId(), accountId, old.startedAt(), begun.expiresAt());
            return Optional.of(begun);
        });
    }

    /** Ends a session; false if it had ended before. */
    Future<Boolean> logout(String sessionId, String accountId) {
        long now = clock.millis();
        return database.write(c -> AuthTables.endSession(c, sessionId, accountId, now));
    }

    Future<Optional<Account>> decide(EmailAddress address, Account.Status status, @Nullable String reason, String by) {
        long now = clock.millis();
        return database.write(c -> AuthTables.decide(c, address, status, reason, by, now));
    }

    Future<List<Listed>> list(Account.Status status, Position after, int limit) {
        return database.read(c -> AuthTables.list(c, status, after, limit));
    }

    /** Whether the store answers. */
    Future<Void> ready() {
        return database.read(c -> AuthTables.list(c, Account.Status.REJECTED, new Position(Long.MAX_VALUE, ""), 1))
                .mapEmpty();
    }

    Future<Integer> sweep() {
        long now = clock.millis();
        return database.write(
                c -> AuthTables.sweep(c, now, now - CODES_WINDOW.toMillis(), now - UNVERIFIED_LIFE.toMillis()));
    }

    Future<Void> close() {
        return database.close();
    }

    private Begun begin(Account account, long now, long startedAt) {
        // Whole seconds, as the token has them: what the one says holds for the other.
        long second = Math.floorDiv(now, 1000L) * 1000L;
        long end = Math.min(
                second + life.each().toMillis(), startedAt + life.most().toMillis());
        return new Begun(UUID.randomUUID().toString(), account, second, Math.floorDiv(end, 1000L) * 1000L);
    }
}
