package com.busdk.cli.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.CommandLineRun;
import com.busdk.cli.ExitCode;
import com.busdk.cli.events.FakeService;
import com.busdk.cli.events.FakeService.Answer;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DoctorCommandTest {
    @TempDir
    Path directory;

    private final FakeService service = new FakeService();

    @AfterEach
    void stop() {
        service.close();
    }

    private CommandLineRun bus(String token) {
        return CommandLineRun.in(directory)
                .with("BUS_EVENTS_API_URL", service.url())
                .with("BUS_API_TOKEN", token);
    }

    private static String token(Instant issued, Scopes scopes) {
        var minter = new TokenMinter(Hs256Secret.parse("s".repeat(40)), Clock.fixed(issued, ZoneOffset.UTC));
        return minter.mint(TokenMinter.Grant.service("tester", scopes));
    }

    private static String token() {
        return token(Instant.now(), Scopes.parse("events:send events:listen"));
    }

    private void ready() {
        service.on("GET /readyz", Answer.json(200, "{\"ok\":true}"));
        service.on("GET /api/v1/events/names", Answer.json(200, "{\"names\":[]}"));
    }

    @Test
    void shouldFindNothingWhereAllIsWell() {
        ready();

        var result = bus(token()).run("doctor");

        assertEquals(0, result.code(), result.out());
        assertTrue(result.out().lines().allMatch(line -> line.startsWith("ok ")), result.out());
        assertEquals(7, result.out().lines().count(), result.out());
    }

    @Test
    void shouldTellWhatIsMissingWithoutServiceAndToken() {
        service.close();

        var result = bus("").run("doctor", "-f", "tsv");

        assertEquals(ExitCode.UNREACHABLE, result.code());
        assertTrue(result.out().contains("token\tfailed\tno token"), result.out());
        assertTrue(result.out().contains("service\tfailed\tcannot reach"), result.out());
        assertTrue(result.out().contains("bus up"), result.out());
    }

    @Test
    void shouldFindATokenThatHasExpired() {
        ready();

        var result = bus(token(Instant.now().minus(Duration.ofHours(2)), Scopes.parse("events:send")))
                .run("doctor");

        assertEquals(ExitCode.NO_PERMISSION, result.code());
        assertTrue(result.out().contains("expired at"), result.out());
    }

    /** The auth service gives users theirs: 'bus up' leaves it alone, and they have no secret to sign one with. */
    @Test
    void shouldTellAUserHowToGetANewToken() {
        ready();
        var minter = new TokenMinter(
                Hs256Secret.parse("s".repeat(40)),
                Clock.fixed(Instant.now().minus(Duration.ofHours(2)), ZoneOffset.UTC));
        String expired = minter.mint(TokenMinter.Grant.user("somebody", Scopes.parse("vm:read vm:write")));

        var result = bus(expired).run("doctor");

        assertEquals(ExitCode.NO_PERMISSION, result.code());
        assertTrue(result.out().contains("bus auth token --scope \"vm:read vm:write\""), result.out());
        assertFalse(result.out().contains("bus up"), result.out());
    }

    @Test
    void shouldFindATokenFromTheFuture() {
        ready();

        var result = bus(token(Instant.now().plus(Duration.ofHours(1)), Scopes.parse("events:send")))
                .run("doctor");

        assertEquals(ExitCode.NO_PERMISSION, result.code());
        assertTrue(result.out().contains("issued in the future"), result.out());
    }

    @Test
    void shouldWarnOfScopesThatAreMissing() {
        ready();

        var result = bus(token(Instant.now(), Scopes.parse("vm:read"))).run("doctor");

        assertEquals(0, result.code(), result.out());
        assertTrue(result.out().contains("warning  scopes    vm:read"), result.out());
    }

    @Test
    void shouldFindThatTheServiceRefusesTheToken() {
        ready();
        service.on("GET /api/v1/events/names", Answer.error(401, "invalid_auth", "wrongly signed"));

        var result = bus(token()).run("doctor", "-f", "json");

        assertEquals(ExitCode.NO_PERMISSION, result.code());
        assertTrue(result.out().startsWith("{\"ok\":false,\"checks\":["), result.out());
        assertTrue(
                result.out().contains("{\"check\":\"access\",\"state\":\"failed\",\"message\":\"wrongly signed\""),
                result.out());
    }

    @Test
    void shouldFindThatTheServiceIsNotReady() {
        ready();
        service.on("GET /readyz", Answer.error(503, "unavailable", "the disk is full"));

        var result = bus(token()).run("doctor");

        assertEquals(ExitCode.UNREACHABLE, result.code());
        assertTrue(result.out().contains("not ready: the disk is full"), result.out());
    }

    @Test
    void shouldFindClocksThatAreApart() {
        Instant now = Instant.parse("2026-01-01T00:00:00Z");

        assertEquals(
                Finding.State.OK, DoctorCommand.clock(now.minusSeconds(2), now).state());
        assertEquals(
                Finding.State.WARNING,
                DoctorCommand.clock(now.plusSeconds(20), now).state());
        Finding far = DoctorCommand.clock(now.minusSeconds(600), now);
        assertEquals(Finding.State.FAILED, far.state());
        assertEquals("10m apart from the service", far.message());
    }

    @Test
    void shouldWarnOfATokenSentInTheClear() {
        var result = bus(token()).run("doctor", "--api-url", "http://bus.invalid", "--timeout", "2s");

        assertEquals(ExitCode.UNREACHABLE, result.code());
        assertTrue(result.out().contains("warning  url"), result.out());
    }

    @Test
    void shouldFindAUrlThatIsNone() {
        var result = bus(token()).run("doctor", "--api-url", "ftp://bus.example.com");

        assertEquals(ExitCode.FAILED, result.code());
        assertTrue(result.out().contains("failed   url"), result.out());
    }

    @Test
    void shouldAskTheOtherServicesThatAreSet() {
        ready();
        var bus = bus(token()).with("BUS_API_BASE_URL", service.url()).with("BUS_AUTH_API_URL", service.url());

        var result = bus.run("doctor");

        assertEquals(0, result.code(), result.out());
        assertTrue(
                result.out()
                        .contains("ok       gateway   " + service.url() + " (BUS_API_BASE_URL), reachable and ready\n"),
                result.out());
        assertTrue(
                result.out()
                        .contains("ok       auth      " + service.url()
                                + "/api/v1/auth (BUS_AUTH_API_URL), reachable and ready\n"),
                result.out());
    }

    @Test
    void shouldFindAGatewayThatIsNotThere() throws IOException {
        ready();
        int port;
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = taken.getLocalPort();
        }

        var result =
                bus(token()).with("BUS_AI_API_URL", "http://127.0.0.1:" + port).run("doctor", "-f", "tsv");

        assertEquals(ExitCode.UNREACHABLE, result.code(), result.out());
        assertTrue(
                result.out().contains("gateway\tfailed\tcannot reach http://127.0.0.1:" + port + " (BUS_AI_API_URL): "),
                result.out());
        assertTrue(result.out().contains("service\tok\t"), result.out());
    }

    @Test
    void shouldFindAGatewayThatIsNotReady() {
        ready();
        try (var gateway = new FakeService()) {
            gateway.on("GET /readyz", Answer.error(503, "unavailable", "the vm service is away"));

            var result = bus(token()).with("BUS_AI_API_URL", gateway.url()).run("doctor");

            assertEquals(ExitCode.UNREACHABLE, result.code(), result.out());
            assertTrue(result.out().contains("not ready: the vm service is away"), result.out());
            assertTrue(
                    gateway.asked().stream()
                            .allMatch(asked -> asked.authorization().equals("null")),
                    "no token");
        }
    }

    /** The answer begins in time, and then nothing more comes of it. */
    @ParameterizedTest
    @ValueSource(strings = {"200 OK", "503 Service Unavailable"})
    @Timeout(30)
    void shouldNotWaitForTheRestOfAnAnswer(String status) throws Exception {
        ready();
        try (var stalls = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> begin(stalls, status));

            var result = bus(token())
                    .with("BUS_AI_API_URL", "http://127.0.0.1:" + stalls.getLocalPort())
                    .run("doctor", "--timeout", "2s");

            assertEquals(ExitCode.UNREACHABLE, result.code(), result.out());
            assertTrue(result.out().contains("failed   gateway"), result.out());
        }
    }

    /** Begins an answer, and waits until the client has gone. */
    private static void begin(ServerSocket server, String status) {
        try (Socket connection = server.accept()) {
            connection
                    .getOutputStream()
                    .write(("HTTP/1.1 " + status + "\r\nContent-Length: 100\r\n\r\n{")
                            .getBytes(StandardCharsets.US_ASCII));
            connection.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // closed
        }
    }

    @Test
    void shouldFindUrlsOfOtherServicesThatAreNone() {
        ready();

        var result = bus(token()).with("BUS_AUTH_API_URL", "ftp://x").run("doctor");

        assertEquals(ExitCode.FAILED, result.code(), result.out());
        assertTrue(result.out().contains("failed   auth      BUS_AUTH_API_URL"), result.out());
    }

    /** Its port is the default one of the local stack, which need not have a gateway. */
    @Test
    void shouldOnlyWarnWhereNothingIsSetAndNoGatewayRuns() throws IOException {
        int port;
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = taken.getLocalPort();
        }

        var result = CommandLineRun.in(directory)
                .with("LOCAL_AI_PLATFORM_PORT", Integer.toString(port))
                .run("doctor", "--timeout", "5s");

        assertTrue(
                result.out().contains("warning  gateway   cannot reach http://127.0.0.1:" + port + " (default:"),
                result.out());
    }

    @Test
    void shouldAskTheGatewayOfTheLocalStackWhereNothingIsSet() {
        ready();

        var result = CommandLineRun.in(directory)
                .with("LOCAL_AI_PLATFORM_PORT", service.url().replaceAll(".*:", ""))
                .run("doctor", "--timeout", "5s");

        assertTrue(
                result.out()
                        .contains("ok       gateway   " + service.url()
                                + " (default: the local stack), reachable and ready"),
                result.out());
    }
}
