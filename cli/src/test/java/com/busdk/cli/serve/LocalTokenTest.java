package com.busdk.cli.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenClaims;
import com.busdk.client.config.BusDirs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalTokenTest {
    private static final Hs256Secret SECRET = Hs256Secret.parse("s".repeat(40));

    @TempDir
    Path directory;

    private Path place() {
        return directory.resolve("config/auth/api-token");
    }

    private LocalToken renew(String time) throws IOException {
        var dirs =
                BusDirs.of(Map.of("BUS_CONFIG_DIR", directory.resolve("config").toString()));
        var clock = Clock.fixed(Instant.parse(time), ZoneOffset.UTC);
        return LocalToken.renew(SECRET, directory.resolve("data"), dirs, clock);
    }

    @Test
    void shouldPutATokenWhereThereIsNone() throws IOException {
        LocalToken token = renew("2026-01-01T00:00:00Z");

        assertTrue(token.inPlace());
        assertEquals(place(), token.file());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(place())));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(place().getParent())));
        TokenClaims claims = TokenClaims.peek(Files.readString(place()).strip()).orElseThrow();
        assertTrue(claims.service());
        assertTrue(claims.scopes().has("events:admin"));
        assertEquals(token.expires(), claims.expiresAt());
    }

    @Test
    void shouldRenewItsOwnToken() throws IOException {
        renew("2026-01-01T00:00:00Z");
        String first = Files.readString(place());

        LocalToken second = renew("2026-01-02T00:00:00Z");

        assertTrue(second.inPlace());
        assertNotEquals(first, Files.readString(place()));
    }

    @Test
    void shouldLeaveTheTokenOfAnotherAlone() throws IOException {
        Files.createDirectories(place().getParent());
        Files.writeString(place(), "somebody.elses.token");

        LocalToken token = renew("2026-01-01T00:00:00Z");

        assertFalse(token.inPlace());
        assertEquals("somebody.elses.token", Files.readString(place()));
        assertEquals(directory.resolve("data/api-token"), token.file());
        assertTrue(TokenClaims.peek(Files.readString(token.file()).strip()).isPresent());
    }

    @Test
    void shouldLeaveATokenAloneThatReplacedItsOwn() throws IOException {
        renew("2026-01-01T00:00:00Z");
        Files.writeString(place(), "somebody.elses.token\n");

        assertFalse(renew("2026-01-02T00:00:00Z").inPlace());
        assertEquals("somebody.elses.token\n", Files.readString(place()));
    }

    @Test
    void shouldKnowItsOwnTokenWhenTheNewOneWasNeverWritten() throws IOException {
        renew("2026-01-01T00:00:00Z");
        String first = Files.readString(place());
        renew("2026-01-02T00:00:00Z");
        Files.writeString(place(), first);

        assertTrue(renew("2026-01-03T00:00:00Z").inPlace());
    }

    @Test
    void shouldKeepATokenForDecidingAboutAccountsBesideThat() throws IOException {
        var dirs =
                BusDirs.of(Map.of("BUS_CONFIG_DIR", directory.resolve("config").toString()));
        var clock = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);
        Path operator = directory.resolve("config/auth/operator-token");

        LocalToken token = LocalToken.renewOperator(SECRET, directory.resolve("data"), dirs, clock);

        assertTrue(token.inPlace());
        assertEquals(operator, token.file());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(operator)));
        TokenClaims claims =
                TokenClaims.peek(Files.readString(operator).strip()).orElseThrow();
        assertTrue(claims.service());
        assertEquals(List.of("ai.hg.fi/auth"), claims.audience());
        assertEquals(Scopes.parse("waitlist:read waitlist:approve"), claims.scopes());
        assertFalse(Files.exists(place()), "it is no API token");

        Files.writeString(operator, "somebody.elses.token\n");
        assertFalse(LocalToken.renewOperator(SECRET, directory.resolve("data"), dirs, clock)
                .inPlace());
        assertEquals("somebody.elses.token\n", Files.readString(operator));
    }

    @Test
    void shouldKeepTheSecretThatItMade() throws IOException {
        Path data = directory.resolve("data");

        String first = LocalSecret.of(Map.of(), data);
        String second = LocalSecret.of(Map.of(), data);
        String given = LocalSecret.of(Map.of("BUS_API_JWT_SECRET", "from the environment"), data);

        assertEquals(first, second);
        assertEquals("from the environment", given);
        assertFalse(Hs256Secret.parse(first).isShort());
        Path file = data.resolve("jwt-secret");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void shouldKeepTheInternalKeyThatItMadeUnlessTheUserHasOne() throws IOException {
        Path data = directory.resolve("data");
        Path file = data.resolve("internal-key");

        assertEquals(
                Optional.empty(), LocalInternalKey.of(Map.of("BUS_AUTH_INTERNAL_SHARED_KEY", "one of my own"), data));
        assertEquals(Optional.empty(), LocalInternalKey.of(Map.of("BUS_AUTH_INTERNAL_KEY_FILE", "/my/own"), data));
        assertFalse(Files.exists(file));

        assertEquals(Optional.of(file.toAbsolutePath()), LocalInternalKey.of(Map.of(), data));
        String key = Files.readString(file).strip();
        assertTrue(key.matches("[0-9a-f]{64}"), "32 bytes");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        LocalInternalKey.of(Map.of(), data);
        assertEquals(key, Files.readString(file).strip());
    }
}
