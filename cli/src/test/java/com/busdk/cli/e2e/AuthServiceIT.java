package com.busdk.cli.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.testing.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The auth service as a process of its own on a PostgreSQL, as in production. */
@Timeout(300)
class AuthServiceIT {
    private static final String SECRET = "a-secret-of-tests-that-is-long-enough-for-hs256";
    private static final String EMAIL = "user@example.com";
    private static final Pattern PASSWORD = Pattern.compile("one-time password for user@example\\.com: ([0-9]{6})");

    @TempDir
    Path folder;

    @Test
    void shouldWaitForItsDatabaseAndKeepItsAccountsThere() throws Exception {
        try (PostgresServer server = PostgresServer.start();
                Bus service = new Bus(Files.createDirectory(folder.resolve("service")));
                Bus user = new Bus(Files.createDirectory(folder.resolve("user")))) {
            service.with("BUS_AUTH_HS256_SECRET=" + SECRET).with("BUS_AUTH_POSTGRES_DSN=" + server.newDatabase());
            server.stop();

            Bus.Ended early = start(service).end();
            assertEquals(69, early.code(), "which a service manager tries again: " + early.err());
            assertFalse((early.out() + early.err()).contains(server.password()), early.err());

            server.run();
            Bus.Running first = start(service);
            user.with("BUS_AUTH_API_URL=" + url(first)).with("BUS_AUTH_HS256_SECRET=" + SECRET);
            done(user, "auth", "register", "--email", EMAIL);
            done(user, "auth", "login", "--email", EMAIL);
            Matcher password = PASSWORD.matcher(
                    first.awaitErr(line -> PASSWORD.matcher(line).find()));
            assertTrue(password.find());
            done(user, "auth", "verify", "--email", EMAIL, "--otp", password.group(1));
            first.signal("KILL");
            first.end();

            Bus.Running second = start(service);
            user.with("BUS_AUTH_API_URL=" + url(second));
            assertTrue(done(user, "auth", "status").contains("waitlisted"), "the session holds");
            second.signal("TERM");
            Bus.Ended ended = second.end();
            assertEquals(0, ended.code(), ended.err());
        }
    }

    private static Bus.Running start(Bus service) throws Exception {
        return service.start("api", "provider", "auth", "--addr", "127.0.0.1:0", "--otp-sender", "console");
    }

    private static String url(Bus.Running service) throws Exception {
        String line = service.awaitOut(text -> text.contains(" at http://"));
        return line.substring(line.indexOf("http://"));
    }

    private static String done(Bus user, String... words) throws Exception {
        Bus.Ended ended = user.run(words);
        assertEquals(0, ended.code(), String.join(" ", words) + ": " + ended.err());
        return ended.out();
    }
}
