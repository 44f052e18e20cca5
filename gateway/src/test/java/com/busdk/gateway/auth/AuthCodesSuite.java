package com.busdk.gateway.auth;

import static com.busdk.gateway.auth.AuthService.USER;
import static com.busdk.gateway.auth.AuthService.await;
import static com.busdk.gateway.auth.AuthService.otp;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.client.sql.Database;
import com.busdk.client.sql.Sql;
import com.busdk.gateway.auth.AuthService.Reply;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the auth service promises of one-time passwords, whichever store it has. */
abstract class AuthCodesSuite {
    static final String ROOT = "/api/v1/auth";

    Vertx vertx;
    AuthService auth;
    Map<String, String> flags;
    Map<String, String> environment;

    abstract Map<String, String> storeFlags() throws Exception;

    abstract Map<String, String> storeEnvironment() throws Exception;

    @BeforeEach
    void start() throws Exception {
        vertx = Vertx.vertx();
        flags = storeFlags();
        environment = storeEnvironment();
        auth = AuthService.start(vertx, flags, environment);
    }

    @AfterEach
    void stop() throws Exception {
        auth.close();
        await(vertx.close());
    }

    @Test
    void shouldLetACodeBeUsedOnce() throws Exception {
        auth.session(USER);
        assertEquals(401, auth.verify(USER, auth.sentCode(USER)).status());
    }

    @Test
    void shouldLetACodeBeUsedForTenMinutes() throws Exception {
        auth.register(USER);
        auth.requestCode(USER);
        auth.clock.advance(Duration.ofMinutes(10).minusMillis(1));
        String late = auth.sentCode(USER);
        auth.register("other@example.com");
        auth.requestCode("other@example.com");
        assertEquals(200, auth.verify(USER, late).status());
        auth.clock.advance(Duration.ofMinutes(10));
        assertEquals(
                401,
                auth.verify("other@example.com", auth.sentCode("other@example.com"))
                        .status());
    }

    @Test
    void shouldKeepOneCodeForAnAddress() throws Exception {
        auth.register(USER);
        auth.requestCode(USER);
        String first = auth.sentCode(USER);
        auth.requestCode(USER);
        String second = auth.sentCode(USER);

        if (!first.equals(second)) {
            assertEquals(401, auth.verify(USER, first).status());
        }
        assertEquals(200, auth.verify(USER, second).status());
    }

    @Test
    void shouldNotTakeTheCodeOfAnotherAddress() throws Exception {
        auth.register(USER);
        auth.register("other@example.com");
        auth.requestCode(USER);
        auth.requestCode("other@example.com");
        if (!auth.sentCode(USER).equals(auth.sentCode("other@example.com"))) {
            assertEquals(
                    401, auth.verify("other@example.com", auth.sentCode(USER)).status());
        }
        assertEquals(401, auth.verify("nobody@example.com", auth.sentCode(USER)).status());
    }

    @Test
    void shouldEndACodeAfterFiveWrongGuesses() throws Exception {
        auth.register(USER);
        auth.requestCode(USER);
        String code = auth.sentCode(USER);
        for (int i = 0; i < 4; i++) {
            assertEquals(401, auth.verify(USER, wrong(code)).status());
        }
        auth.register("careful@example.com");
        assertEquals(200, auth.verify(USER, code).status(), "the fifth guess is right");

        auth.requestCode(USER);
        code = auth.sentCode(USER);
        for (int i = 0; i < 5; i++) {
            assertEquals(401, auth.verify(USER, wrong(code)).status());
        }
        assertEquals(401, auth.verify(USER, code).status(), "right, and too late");
    }

    /** Two processes that forgot guesses of each other, or of the same moment, would let the code in after them. */
    @Test
    void shouldCountGuessesThatComeAtOnce() throws Exception {
        auth.register(USER);
        auth.requestCode(USER);
        String code = auth.sentCode(USER);
        try (AuthService other = AuthService.start(vertx, flags, environment, auth.clock)) {
            List<CompletableFuture<Reply>> guesses = new ArrayList<>();
            for (int i = 0; i < AuthStore.MAX_GUESSES; i++) {
                AuthService to = i % 2 == 0 ? auth : other;
                guesses.add(to.sendAsync(to.posting(ROOT + "/otp/verify", otp(USER, wrong(code)))));
            }
            for (CompletableFuture<Reply> guess : guesses) {
                assertEquals(401, guess.get(60, TimeUnit.SECONDS).status());
            }
            assertEquals(401, auth.verify(USER, code).status(), "five were wrong, so that none counts any more");
            assertEquals(401, other.verify(USER, code).status());
        }
    }

    private static String wrong(String code) {
        return (code.charAt(0) == '9' ? '0' : (char) (code.charAt(0) + 1)) + code.substring(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {USER, "nobody@example.com"})
    void shouldLimitCodesForOneAddress(String address) throws Exception {
        auth.register(USER);
        for (int i = 0; i < 5; i++) {
            assertEquals(200, auth.requestCode(address).status());
        }

        Reply limited = auth.requestCode(address);

        assertEquals(429, limited.status());
        assertEquals("rate_limited", limited.error());
        assertEquals("3600", limited.whole().headers().firstValue("Retry-After").orElse(""));
        auth.restart();
        assertEquals(429, auth.requestCode(address).status(), "a restart forgives nothing");
        auth.clock.advance(Duration.ofHours(1));
        assertEquals(200, auth.requestCode(address).status());
    }

    /** What is left of a login, or of a guess, must not move the window: its end would tell who has just logged in. */
    @Test
    void shouldLimitCodesAlikeForWhoHasJustLoggedInAndForNobody() throws Exception {
        auth.session(USER);
        auth.verify(USER, "abcdef");
        auth.verify("nobody@example.com", "abcdef");
        auth.clock.advance(Duration.ofMinutes(20));

        assertEquals(limited("never-seen@example.com"), limited(USER));
        assertEquals(limited("other@example.com"), limited("nobody@example.com"));
    }

    /** A row each: what is written takes the time, and none would tell that there was one already, or is. */
    @Test
    void shouldWriteAGuessDownForAnyAddress() throws Exception {
        auth.session(USER);
        auth.verify(USER, "abcdef");
        auth.verify("never-seen@example.com", "abcdef");

        Map<String, String> settings = new HashMap<>(environment);
        settings.put("BUS_AUTH_HS256_SECRET", AuthService.SECRET);
        Database database = await(
                Database.open(vertx, AuthProviderOptions.read(flags, settings).store(), AuthTables.SCHEMA));
        List<String> rows = await(database.read(c -> Sql.list(
                c,
                row -> row.getString(1) + " " + row.getLong(2),
                "SELECT email, guesses FROM auth_challenge ORDER BY email")));
        await(database.close());
        assertEquals(List.of("never-seen@example.com 1", USER + " 1"), rows);
    }

    /** How many codes there were before the limit, and what its answer says. */
    private String limited(String address) throws Exception {
        for (int i = 0; i < 2 * AuthStore.MAX_CODES; i++) {
            Reply reply = auth.requestCode(address);
            if (reply.status() != 200) {
                return i + " " + AuthAttackTest.said(reply);
            }
        }
        return "no limit";
    }

    /** Guesses of before a code do not count against it, and those of after a login open no way to another. */
    @Test
    void shouldGiveEachCodeItsOwnGuessesAlsoAfterALogin() throws Exception {
        for (int i = 0; i < 5; i++) {
            assertEquals(401, auth.verify(USER, "abcdef").status());
        }
        auth.session(USER);
        for (int i = 0; i < 5; i++) {
            assertEquals(401, auth.verify(USER, "abcdef").status());
        }
        auth.requestCode(USER);
        String code = auth.sentCode(USER);
        for (int i = 0; i < 5; i++) {
            assertEquals(401, auth.verify(USER, wrong(code)).status());
        }
        assertEquals(401, auth.verify(USER, code).status(), "right, and too late");
    }
}
