package com.busdk.cli.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.CommandLineRun;
import com.busdk.cli.CommandLineRun.Result;
import com.busdk.cli.ExitCode;
import com.busdk.cli.events.FakeService;
import com.busdk.cli.events.FakeService.Answer;
import com.busdk.cli.events.FakeService.Asked;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenMinter.Grant;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code bus auth} and {@code bus operator auth} before a service that answers as a test says. */
class AuthCommandsTest {
    private static final String ALICE = "11111111-1111-4111-8111-111111111111";
    private static final String SESSION = token(ALICE, "ai.hg.fi/auth", "status:read token:issue");
    private static final String API = token(ALICE, "ai.hg.fi/api", "vm:read vm:write");
    private static final String OTP = "493 281";

    @TempDir
    Path folder;

    private final FakeService service = new FakeService();

    @AfterEach
    void stop() {
        service.close();
    }

    private static String token(String subject, String audience, String scopes) {
        var grant = Grant.user(subject, Scopes.parse(scopes)).withAudience(audience);
        return new TokenMinter(Hs256Secret.parse("s".repeat(40)), Clock.systemUTC()).mint(grant);
    }

    private CommandLineRun bus() {
        return CommandLineRun.in(folder)
                .with("BUS_AUTH_API_URL", service.url())
                .with("BUS_CONFIG_DIR", folder.resolve("config").toString());
    }

    private Result auth(String... words) {
        String[] line = new String[words.length + 1];
        line[0] = "auth";
        System.arraycopy(words, 0, line, 1, words.length);
        return bus().run(line);
    }

    private Path file(String name) {
        return folder.resolve("config/auth").resolve(name);
    }

    private void have(String name, String token) throws IOException {
        Files.createDirectories(file(name).getParent());
        Files.writeString(file(name), token + "\n");
        Files.setPosixFilePermissions(file(name), PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void shouldWriteATokenForItsOwnerAlone() throws Exception {
        have("token", SESSION);
        service.on("POST /api/v1/auth/token", Answer.json(200, "{\"access_token\":\"" + API + "\"}"));
        Files.writeString(folder.resolve("old"), "others may read this, and the last line of it is longer: " + API);
        Files.setPosixFilePermissions(folder.resolve("old"), PosixFilePermissions.fromString("rw-rw-rw-"));
        for (String name : List.of("new", "old")) {
            assertEquals(0, auth("token", "-o", name, "--scope", "vm:read").code());
            assertEquals(API + "\n", Files.readString(folder.resolve(name)));
            assertPrivate(folder.resolve(name));
        }
    }

    /** The answer begins in time, and then nothing more comes of it. */
    @Test
    @Timeout(30)
    void shouldNotWaitForTheRestOfAnAnswer() throws Exception {
        have("token", SESSION);
        try (ServerSocket stalls = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            for (int i = 0; i < 2; i++) {
                Thread.ofVirtual().start(() -> begin(stalls));
            }
            String url = "http://127.0.0.1:" + stalls.getLocalPort() + "/api/v1/auth";
            Result status = bus().with("BUS_AUTH_API_URL", url).run("auth", "--timeout", "300ms", "status");
            assertEquals(ExitCode.TIMED_OUT, status.code(), status.err());
            Result issued = bus().with("BUS_AUTH_API_URL", url)
                    .with("BUS_OPERATOR_INTERNAL_KEY", "an-internal-key-of-tests")
                    .run("operator", "token", "--timeout", "300ms", "issue");
            assertEquals(ExitCode.TIMED_OUT, issued.code(), issued.err());
        }
    }

    /** Begins an answer on a connection, and waits until the client has gone. */
    private static void begin(ServerSocket server) {
        try (Socket connection = server.accept()) {
            connection
                    .getOutputStream()
                    .write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".getBytes(StandardCharsets.US_ASCII));
            connection.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // closed
        }
    }

    private static void assertPrivate(Path file) throws IOException {
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    private static void assertNothingSecret(Result result, String... secrets) {
        for (String secret : secrets) {
            assertFalse(result.out().contains(secret), "printed: " + secret);
            assertFalse(result.err().contains(secret), "said: " + secret);
        }
    }

    private Asked asked() {
        return service.asked().getLast();
    }

    @Test
    void shouldAskForAnAccountAndForAOneTimePassword() {
        service.on("POST /api/v1/auth/register", Answer.json(200, "{\"status\":\"waitlisted\"}"));
        service.on("POST /api/v1/auth/otp/request", Answer.json(200, "{\"status\":\"sent\"}"));

        assertEquals(
                "STATUS\nwaitlisted\n",
                auth("register", "--email", "user@example.com").out());
        assertEquals("{\"email\":\"user@example.com\"}", asked().body());
        assertEquals("null", asked().authorization());
        Result login = auth("login", "--email", "user@example.com", "-f", "json");
        assertEquals("{\"status\":\"sent\"}\n", login.out());
        assertTrue(login.err().contains("bus auth verify"), login.err());
        assertEquals(
                "status\nsent\n",
                bus().as("bus-auth")
                        .run("login", "--email", "a@b.c", "-f", "tsv")
                        .out());
    }

    @ParameterizedTest
    @CsvSource({"--otp,''", "'',493 281", "'',' 493281 '"})
    void shouldKeepTheSessionOfAVerifiedAddressAndShowNothingOfIt(String option, String typed) throws Exception {
        service.on(
                "POST /api/v1/auth/otp/verify",
                Answer.json(
                        200,
                        "{\"token\":\"" + SESSION + "\",\"expires_at\":\"2026-01-31T12:00:00Z\",\"identity_id\":\""
                                + ALICE + "\",\"email_verified\":true,\"status\":\"waitlisted\"}"));

        String[] line = option.isEmpty()
                ? new String[] {"auth", "verify", "--email", "user@example.com", "-f", "json"}
                : new String[] {"auth", "verify", "--email", "user@example.com", "-f", "json", option, OTP};
        Result verified = bus().reading(typed + "\n").run(line);

        assertEquals(0, verified.code(), verified.err());
        assertEquals("{\"email\":\"user@example.com\",\"otp\":\"493281\"}", asked().body());
        assertEquals(
                "{\"identity_id\":\"" + ALICE + "\",\"status\":\"waitlisted\",\"email_verified\":true,"
                        + "\"expires_at\":\"2026-01-31T12:00:00Z\"}\n",
                verified.out());
        assertNothingSecret(verified, SESSION, "493281", OTP);
        assertEquals(SESSION + "\n", Files.readString(file("token")));
        assertPrivate(file("token"));
        Path made = file("token").getParent();
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(made)));
        assertTrue(verified.err().contains("operator"), verified.err());
    }

    @Test
    void shouldKeepNoSessionOfAnAddressThatIsNot() {
        service.on("POST /api/v1/auth/otp/verify", Answer.error(401, "invalid_auth", "the one-time password is wrong"));

        Result wrong = auth("verify", "--email", "user@example.com", "--otp", "123456");

        assertEquals(77, wrong.code());
        assertNothingSecret(wrong, "123456");
        assertFalse(Files.exists(file("token")));
        assertEquals(2, auth("verify", "--email", "user@example.com").code(), "nobody typed a code");
    }

    @Test
    void shouldPrintTheApiTokenAndSaveIt() throws Exception {
        have("token", SESSION);
        have("api-token", "somebody.elses.token");
        service.on(
                "POST /api/v1/auth/token",
                Answer.json(
                        200,
                        "{\"access_token\":\"" + API
                                + "\",\"token_type\":\"Bearer\",\"expires_at\":\"2026-01-31T12:00:00Z\",\"audience\":\"ai.hg.fi/api\",\"scope\":\"vm:read"
                                + " vm:write\"}"));

        Result token = auth("token", "--scope", "vm:read  vm:write", "--ttl", "10m");

        assertEquals(0, token.code(), token.err());
        assertEquals(API + "\n", token.out());
        assertFalse(token.err().contains(API), token.err());
        assertTrue(token.err().contains("vm:read vm:write"), token.err());
        assertEquals("{\"scope\":\"vm:read vm:write\",\"ttl_seconds\":600}", asked().body());
        assertEquals("Bearer " + SESSION, asked().authorization());
        assertEquals(API + "\n", Files.readString(file("api-token")));
        assertPrivate(file("api-token"));

        Result quiet = auth("token", "--quiet", "--resources", "vm:read");
        assertEquals(0, quiet.code());
        assertEquals("", quiet.out());
        assertEquals("", quiet.err());
        assertEquals("{\"scope\":\"vm:read\"}", asked().body());
        assertEquals(
                API, auth("token", "--scope", "vm:read", "-f", "token").out().strip());
        assertTrue(auth("token", "--scope", "vm:read", "-f", "tsv")
                .out()
                .endsWith("\n" + API + "\tai.hg.fi/api\tvm:read vm:write\t2026-01-31T12:00:00Z\n"));
    }

    @Test
    void shouldLeaveTheTokenThatIsThereWhereItGetsNone() throws Exception {
        have("token", SESSION);
        have("api-token", "somebody.elses.token");
        service.on(
                "POST /api/v1/auth/token",
                Answer.error(403, "insufficient_access", "container:admin is not on the list"));

        Result refused = auth("token", "--scope", "container:admin");

        assertEquals(77, refused.code());
        assertTrue(refused.err().contains("container:admin is not on the list"), refused.err());
        assertEquals("somebody.elses.token\n", Files.readString(file("api-token")));
    }

    @Test
    void shouldShowHowTheAccountStands() throws Exception {
        have("token", SESSION);
        service.on(
                "GET /api/v1/auth/status",
                Answer.json(
                        200, "{\"identity_id\":\"" + ALICE + "\",\"status\":\"approved\",\"email_verified\":true}"));

        Result status = auth("status");

        assertEquals(
                "IDENTITY ID                           STATUS    EMAIL VERIFIED\n" + ALICE + "  approved  true\n",
                status.out());
        assertTrue(status.err().contains("bus auth token"), status.err());
        assertEquals("Bearer " + SESSION, asked().authorization());
    }

    @Test
    void shouldSayHowToLogIn() throws Exception {
        for (String[] line : List.of(
                new String[] {"status"}, new String[] {"token", "--scope", "vm:read"}, new String[] {"logout"})) {
            Result result = auth(line);
            assertEquals(77, result.code());
            assertTrue(result.err().contains("bus auth login"), result.err());
        }
        have("token", SESSION);
        service.on("GET /api/v1/auth/status", Answer.error(401, "invalid_auth", "the session has ended"));
        Result ended = auth("status");
        assertEquals(77, ended.code());
        assertTrue(ended.err().contains("bus auth login"), ended.err());
        assertNothingSecret(ended, SESSION);
    }

    @ParameterizedTest
    @CsvSource({"204", "401"})
    void shouldLeaveNoTokenBehindWhenItLogsOut(int status) throws Exception {
        have("token", SESSION);
        have("api-token", API);
        service.on("POST /api/v1/auth/logout", Answer.json(status, ""));

        Result out = auth("logout");

        assertEquals(0, out.code(), out.err());
        assertEquals("Bearer " + SESSION, asked().authorization());
        assertFalse(Files.exists(file("token")));
        assertFalse(Files.exists(file("api-token")));
    }

    @Test
    void shouldKeepWhatIsNotOfItsSession() throws Exception {
        have("token", SESSION);
        have("api-token", token("somebody-else", "ai.hg.fi/api", "vm:read"));
        service.on("POST /api/v1/auth/logout", Answer.error(503, "unavailable", "not now"));
        assertEquals(69, auth("logout").code());
        assertTrue(Files.exists(file("token")), "the session goes on");
        service.on("POST /api/v1/auth/logout", Answer.error(403, "forbidden", "not from here"));
        assertEquals(77, auth("logout").code());
        assertTrue(Files.exists(file("token")), "the session goes on, whoever it is that refuses");

        service.on("POST /api/v1/auth/logout", Answer.json(204, ""));
        assertEquals(0, auth("logout").code());
        assertTrue(Files.exists(file("api-token")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "auth register|--email",
                "auth login|--email",
                "auth verify --otp 1|--email",
                "auth token|--scope",
                "auth token --scope vm:read --ttl 0s|--ttl",
                "auth token --scope vm:read --ttl soon|--ttl",
                "auth token --token x|no option takes a token",
                "operator auth approve|--email"
            })
    void shouldSayWhatIsMissing(String line, String word) {
        Result result = bus().run(line.split(" ", -1));
        assertEquals(2, result.code(), result.err());
        assertTrue(result.err().contains(word), result.err());
        assertEquals(List.of(), service.asked());
    }

    @Test
    void shouldTellTheWaysOfFailingApart() {
        Result away = bus().with("BUS_AUTH_API_URL", "http://127.0.0.1:1").run("auth", "login", "--email", "a@b.c");
        assertEquals(69, away.code());
        assertTrue(away.err().contains("BUS_AUTH_API_URL"), away.err());
        service.on("POST /api/v1/auth/otp/request", Answer.error(429, "rate_limited", "too many: wait"));
        assertEquals(1, auth("login", "--email", "a@b.c").code());
        service.on("POST /api/v1/auth/otp/request", Answer.json(200, "<html>"));
        assertEquals(1, auth("login", "--email", "a@b.c").code());
        service.on("POST /api/v1/auth/otp/verify", Answer.json(200, "{}"));
        assertEquals(1, auth("verify", "--email", "a@b.c", "--otp", "1").code());
    }

    // --- the operator ---

    @Test
    void shouldDecideWithTheOperatorsTokenAndNoOther() throws Exception {
        have("token", SESSION);
        service.on(
                "POST /api/v1/auth/admin/approve",
                Answer.json(200, "{\"identity_id\":\"" + ALICE + "\",\"status\":\"approved\"}"));
        service.on(
                "POST /api/v1/auth/admin/reject",
                Answer.json(200, "{\"identity_id\":\"" + ALICE + "\",\"status\":\"rejected\"}"));
        Result none = bus().run("operator", "auth", "approve", "--email", "user@example.com");
        assertEquals(77, none.code());
        assertTrue(none.err().contains("BUS_OPERATOR_TOKEN"), none.err());

        have("operator-token", "of.the.file");
        Result approved = bus().run("operator", "auth", "approve", "--email", "user@example.com", "-f", "tsv");
        assertEquals("identity_id\tstatus\n" + ALICE + "\tapproved\n", approved.out());
        assertEquals("Bearer of.the.file", asked().authorization());
        assertEquals("{\"email\":\"user@example.com\"}", asked().body());

        bus().with("BUS_OPERATOR_TOKEN", "of.the.variable")
                .run("operator", "auth", "reject", "--email", "user@example.com", "--reason", "spam");
        assertEquals("Bearer of.the.variable", asked().authorization());
        assertEquals("{\"email\":\"user@example.com\",\"reason\":\"spam\"}", asked().body());

        Files.writeString(folder.resolve("given"), "of.the.option");
        bus().with("BUS_OPERATOR_TOKEN", "of.the.variable")
                .run("operator", "auth", "reject", "--email", "u@example.com", "--token-file", "given");
        assertEquals("Bearer of.the.option", asked().authorization());
    }

    @Test
    void shouldShowWhoWaits() throws Exception {
        have("operator-token", "of.the.file");
        service.on(
                "GET /api/v1/auth/admin/waitlist",
                Answer.json(
                        200,
                        "{\"items\":[{\"identity_id\":\"" + ALICE + "\",\"email\":\"user@example.com\","
                                + "\"status\":\"waitlisted\",\"email_verified\":true,"
                                + "\"created_at\":\"2026-01-31T12:00:00Z\"}]}"));

        assertEquals(
                "email\tidentity_id\tstatus\temail_verified\tcreated_at\nuser@example.com\t" + ALICE
                        + "\twaitlisted\ttrue\t2026-01-31T12:00:00Z\n",
                bus().run("operator", "auth", "waitlist", "-f", "tsv").out());
        assertEquals("Bearer of.the.file", asked().authorization());

        service.on(
                "GET /api/v1/auth/admin/waitlist",
                Answer.json(200, "{\"items\":[],\"has_more\":true,\"next\":\"7.x\"}"));
        Result page = bus().run("operator", "auth", "waitlist", "--after", "6.&y");
        assertEquals("after=6.&y", asked().query());
        assertTrue(page.err().contains("--after 7.x"), page.err());
    }
}
