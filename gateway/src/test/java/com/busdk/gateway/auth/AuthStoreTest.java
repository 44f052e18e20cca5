package com.busdk.gateway.auth;

import static com.busdk.gateway.auth.AuthService.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.sql.Database;
import com.busdk.client.sql.DatabaseLocation;
import com.busdk.gateway.auth.AuthStore.CodeRequest;
import com.busdk.gateway.auth.AuthStore.SessionLife;
import com.busdk.gateway.auth.AuthTables.Position;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AuthStoreTest {
    private final MovableClock clock = new MovableClock();
    private Vertx vertx;
    private AuthStore store;

    @BeforeEach
    void open() throws Exception {
        vertx = Vertx.vertx();
        Database database = await(Database.open(vertx, new DatabaseLocation.Memory(), AuthTables.SCHEMA));
        SessionLife life = new SessionLife(Duration.ofHours(24), Duration.ofDays(30));
        store = new AuthStore(database, clock, new OtpCodes(new byte[32]), life);
    }

    @AfterEach
    void close() throws Exception {
        await(store.close());
        await(vertx.close());
    }

    private int waiting() throws Exception {
        return await(store.list(Account.Status.WAITLISTED, new Position(-1, ""), 10))
                .size();
    }

    @Test
    void shouldForgetWhatIsOver() throws Exception {
        EmailAddress user = EmailAddress.parse("user@example.com");
        EmailAddress silent = EmailAddress.parse("silent@example.com");
        await(store.register(user));
        await(store.register(silent));
        CodeRequest.Made code = assertInstanceOf(CodeRequest.Made.class, await(store.requestCode(user)));
        assertTrue(await(store.verify(user, code.code())).isPresent());
        await(store.requestCode(EmailAddress.parse("unknown@example.com")));
        await(store.verify(EmailAddress.parse("guessed@example.com"), "abcdef"));

        assertEquals(0, await(store.sweep()), "nothing is");
        clock.advance(Duration.ofHours(1).plusMillis(1));
        assertEquals(2, await(store.sweep()), "what was asked for, and what was guessed without");
        clock.advance(Duration.ofHours(23));
        assertEquals(1, await(store.sweep()), "the session");
        assertEquals(2, waiting());
        clock.advance(Duration.ofDays(30));
        assertEquals(1, await(store.sweep()), "who never read the mail");
        assertEquals(1, waiting());
        clock.advance(Duration.ofDays(365));
        assertEquals(0, await(store.sweep()), "who did may wait");
    }

    @Test
    void shouldDrawCodesOfSixDigitsOfAllKinds() {
        OtpCodes codes = new OtpCodes(new byte[32]);
        boolean zero = false;
        for (int i = 0; i < 1_000; i++) {
            String code = codes.draw();
            assertTrue(code.matches("[0-9]{6}"), code);
            zero |= code.startsWith("0");
        }
        assertTrue(zero, "leading zeros are drawn too");
    }

    @Test
    void shouldHashACodeForOneAddressWithOneKey() {
        EmailAddress user = EmailAddress.parse("user@example.com");
        String hash = new OtpCodes(new byte[32]).hash(user, "012345");

        assertEquals(64, hash.length());
        assertEquals(hash, new OtpCodes(new byte[32]).hash(user, "012345"));
        assertNotEquals(hash, new OtpCodes(new byte[32]).hash(EmailAddress.parse("other@example.com"), "012345"));
        assertNotEquals(hash, new OtpCodes(new byte[] {1}).hash(user, "012345"));
    }
}
