package com.busdk.cli.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.CommandLineRun;
import com.busdk.cli.CommandLineRun.Result;
import com.busdk.cli.events.FakeService;
import com.busdk.cli.events.FakeService.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code bus operator token issue} without {@code --local}: the auth service signs. */
class RemoteTokenTest {
    private static final String KEY = "an-internal-key-of-tests";
    private static final String PATH = "POST /api/internal/auth/token";
    private static final String ISSUED = "{\"access_token\":\"aa.bb.cc\",\"token_type\":\"Bearer\","
            + "\"expires_at\":\"2026-01-31T12:00:00Z\",\"audience\":\"ai.hg.fi/internal\",\"scope\":\"usage:read\"}";

    @TempDir
    Path folder;

    private final FakeService service = new FakeService();

    @AfterEach
    void stop() {
        service.close();
    }

    private Result issue(String... more) throws Exception {
        List<String> words = new ArrayList<>(List.of("operator", "token", "issue", "--scope", "usage:read"));
        words.addAll(List.of(more));
        return CommandLineRun.in(folder)
                .with("BUS_AUTH_API_URL", service.url() + "/api/v1/auth")
                .with("BUS_OPERATOR_INTERNAL_KEY", KEY)
                .run(words.toArray(String[]::new));
    }

    @Test
    void shouldHaveTheAuthServiceSignAToken() throws Exception {
        List<String> keys = new ArrayList<>();
        service.onHeaders(headers -> keys.add(headers.getFirst("X-Bus-Internal-Key")));
        service.on(PATH, Answer.json(200, ISSUED));

        Result issued = issue("--subject", "collector", "--ttl", "5m", "--format", "token");

        assertEquals(0, issued.code(), issued.err());
        assertEquals("aa.bb.cc\n", issued.out());
        assertEquals(List.of(KEY), keys);
        assertEquals(
                "{\"subject\":\"collector\",\"audience\":\"ai.hg.fi/api\",\"scope\":\"usage:read\",\"ttl_seconds\":300}",
                service.asked().getFirst().body());
    }

    @Test
    void shouldWriteATokenForItsOwnerAlone() throws Exception {
        service.on(PATH, Answer.json(200, ISSUED));
        assertEquals(0, issue("-o", "token", "--format", "token").code());
        assertEquals("aa.bb.cc\n", Files.readString(folder.resolve("token")));
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("token"))));
    }

    @Test
    void shouldTakeTheKeyFromAFile() throws Exception {
        List<String> keys = new ArrayList<>();
        service.onHeaders(headers -> keys.add(headers.getFirst("X-Bus-Internal-Key")));
        service.on(PATH, Answer.json(200, ISSUED));
        Files.writeString(folder.resolve("key"), "the-key-of-a-file\n");
        assertEquals(0, issue("--internal-key-file", "key").code());
        assertEquals(List.of("the-key-of-a-file"), keys);
    }

    /** As whoever asks for a machine then: a script that waits for the platform looks at the code alone. */
    @ParameterizedTest
    @CsvSource({
        "502, bad_gateway, the auth service behind the gateway cannot be reached, 69",
        "502, bad_gateway, the answer makes no sense, 1",
        "503, unavailable, the auth service is shutting down, 69",
        "504, timeout, the auth service did not answer in time, 124",
        "500, internal, a fault, 1"
    })
    void shouldTellAServiceThatIsAwayFromOneThatFails(int status, String type, String message, int code)
            throws Exception {
        service.on(PATH, Answer.error(status, type, message));

        Result result = issue();

        assertEquals(code, result.code(), result.err());
        assertTrue(result.err().contains("the auth service answered " + status + ": " + message), result.err());
    }

    @Test
    void shouldSayWhatIsWrongAndNeverTheKey() throws Exception {
        service.on(PATH, Answer.error(403, "forbidden", "wrong key " + KEY));
        Result refused = issue();
        assertEquals(77, refused.code());
        assertFalse(refused.err().contains(KEY), refused.err());
        assertTrue(refused.err().contains("BUS_AUTH_INTERNAL_SHARED_KEY"), refused.err());

        service.on(PATH, Answer.json(200, "<html>"));
        assertEquals(1, issue().code());
        assertEquals(69, issue("--api-url", "http://127.0.0.1:1").code());
        assertEquals(2, issue("--local", "--internal-key-file", "key").code());
        assertEquals(2, issue("--hs256-secret-file", "secret").code());
        Result keyless = CommandLineRun.in(folder).run("operator", "token", "issue");
        assertEquals(2, keyless.code());
        assertTrue(
                keyless.err().contains("--internal-key-file") && keyless.err().contains("--local"), keyless.err());
    }
}
