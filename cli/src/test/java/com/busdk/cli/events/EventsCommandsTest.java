package com.busdk.cli.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.ExitCode;
import com.busdk.cli.events.FakeService.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the commands ask, print and end with, against a service that answers as a test says. */
class EventsCommandsTest extends WithFakeService {
    private static String unreachable() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "http://127.0.0.1:" + socket.getLocalPort();
        }
    }

    // --- send ---

    @Test
    void shouldPublishAnEventWithAllItsFields() {
        service.on("POST /api/v1/events", Answer.json(202, ACCEPTED));

        var result = bus().run(
                        "events",
                        "send",
                        "--name",
                        "example.ping",
                        "--payload",
                        "{\"big\": 12345678901234567890, \"b\":1.50}",
                        "--correlation-id",
                        "c-1",
                        "--meta",
                        "a=b=c",
                        "--meta",
                        "x=",
                        "--idempotency-key",
                        "once",
                        "--key",
                        "k");

        assertEquals(0, result.code(), result.err());
        assertEquals("accepted example.ping as evt_1, sequence 7\n", result.out());
        var asked = service.asked().getFirst();
        assertEquals("Bearer " + TOKEN, asked.authorization());
        assertTrue(asked.type().startsWith("application/json"), asked.type());
        for (String part : List.of(
                "\"payload\":{\"big\": 12345678901234567890, \"b\":1.50}",
                "\"correlationId\":\"c-1\"",
                "\"a\":\"b=c\"",
                "\"x\":\"\"",
                "\"idempotencyKey\":\"once\"",
                "\"key\":\"k\"")) {
            assertTrue(asked.body().contains(part), asked.body());
        }
    }

    @Test
    void shouldPrintTheAnswerAsJsonAndColumns() {
        service.on("POST /api/v1/events", Answer.json(202, ACCEPTED));

        assertEquals(
                ACCEPTED + "\n",
                bus().run("events", "send", "--name", "example.ping", "-f", "json")
                        .out());
        assertEquals(
                "id\tname\tsequence\tduplicate\nevt_1\texample.ping\t7\tfalse\n",
                bus().run("-f", "tsv", "events", "send", "--name", "example.ping")
                        .out());
    }

    @Test
    void shouldReadThePayloadFromAFileOrStandardInput() throws IOException {
        service.on("POST /api/v1/events", Answer.json(202, ACCEPTED));
        Files.createDirectory(directory.resolve("below"));
        Files.writeString(directory.resolve("below/p.json"), "{\"from\":\n\"file\"}\n");

        var file = bus().run("events", "send", "-C", "below", "--name", "example.ping", "--payload", "@p.json");
        var input = bus().reading("[\"input\"]").run("events", "send", "--name", "example.ping", "--payload", "-");

        assertEquals(0, file.code(), file.err());
        assertEquals(0, input.code(), input.err());
        assertTrue(
                service.asked().get(0).body().contains("{\"from\": \"file\"}"),
                service.asked().get(0).body());
        assertTrue(
                service.asked().get(1).body().contains("[\"input\"]"),
                service.asked().get(1).body());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--name Ping",
                "--name ping",
                "--name example.ping --payload {",
                "--name example.ping --payload text",
                "--name example.ping --meta novalue",
                "--name example.ping --meta =x",
                "--name example.ping --ndjson",
                "--name example.ping --payload @missing.json",
                "--name example.ping extra"
            })
    void shouldRefuseWhatIsNoEventWithoutAskingTheService(String options) {
        var result = bus().run(("events send " + options).strip().split(" ", -1));

        assertTrue(
                result.code() == ExitCode.USAGE || result.code() == ExitCode.FAILED && options.contains("@"),
                result.code() + " " + result.err());
        assertEquals(1, result.errLines().size(), result.err());
        assertEquals(List.of(), service.asked());
    }

    @Test
    void shouldPublishLinesAsTheyAre() {
        service.on(
                "POST /api/v1/events",
                Answer.json(202, "{\"accepted\":true,\"count\":2,\"firstId\":\"evt_1\",\"lastId\":\"evt_2\"}"));
        String lines = "{\"name\":\"a.b\",\"payload\":1.0}\r\n\n{\"name\":\"a.b\"}";

        var result = bus().reading(lines).run("events", "send", "--ndjson");

        assertEquals(0, result.code(), result.err());
        assertEquals("accepted 2 events, evt_1 to evt_2\n", result.out());
        assertEquals("", result.err());
        assertTrue(service.asked().getFirst().type().startsWith("application/x-ndjson"));
        assertEquals(lines + "\n", service.asked().getFirst().body());
    }

    @Test
    void shouldPublishALineThatIsLongerThanTheBuffer() throws IOException {
        service.on(
                "POST /api/v1/events",
                Answer.json(202, "{\"accepted\":true,\"count\":2,\"firstId\":\"evt_1\",\"lastId\":\"evt_2\"}"));
        String lines = "{\"name\":\"a.b\",\"payload\":\"" + "x".repeat(300_000) + "\"}\n{\"name\":\"a.c\"}\n";
        Files.writeString(directory.resolve("events.ndjson"), lines);

        var result = bus().run("events", "send", "--ndjson", "events.ndjson", "-f", "json");

        assertEquals(0, result.code(), result.err());
        assertEquals("{\"accepted\":true,\"count\":2,\"firstId\":\"evt_1\",\"lastId\":\"evt_2\"}\n", result.out());
        assertEquals(lines, service.asked().getFirst().body());
    }

    @Test
    void shouldNameTheLineThatTheServiceRefused() {
        service.on(
                "POST /api/v1/events",
                Answer.json(
                        400, "{\"error\":{\"type\":\"bad_request\",\"message\":\"no name\",\"line\":2,\"count\":1}}"));

        var result = bus().reading("{\"name\":\"a.b\"}\n{}\n").run("events", "send", "--ndjson");

        assertEquals(ExitCode.FAILED, result.code());
        assertTrue(result.err().contains("line 2: no name"), result.err());
        assertTrue(result.err().contains("the 1 events before it are published"), result.err());
    }

    // --- exit codes ---

    @ParameterizedTest
    @CsvSource({
        "400, bad_request, 1",
        "401, invalid_auth, 77",
        "403, forbidden, 77",
        "404, not_found, 1",
        "413, payload_too_large, 1",
        "429, rate_limited, 1",
        "500, internal, 1",
        "502, bad_gateway, 1",
        "503, unavailable, 69",
        "504, timeout, 124"
    })
    void shouldEndWithTheCodeOfTheContract(int status, String type, int code) {
        service.on("POST /api/v1/events", Answer.error(status, type, "what to do"));

        var result = bus().run("events", "send", "--name", "example.ping");

        assertEquals(code, result.code(), result.err());
        assertTrue(result.err().startsWith("bus events send: what to do"), result.err());
        assertEquals(1, result.errLines().size(), result.err());
        assertEquals("", result.out());
    }

    @Test
    void shouldShowTheTraceOnlyWhenAskedTwice() {
        service.on("GET /api/v1/events/names", Answer.error(500, "internal", "oops"));

        assertEquals(1, bus().run("events", "names").errLines().size());
        assertTrue(bus().run("events", "names", "-vv").err().contains("\tat com.busdk.cli."));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "send --name a.b",
                "listen --name a.b",
                "request --name a.request",
                "names",
                "groups",
                "show evt_1",
                "verify --count 1"
            })
    void shouldSayThatTheServiceIsOutOfReach(String command) throws IOException {
        var result = bus().with("BUS_EVENTS_API_URL", unreachable()).run(("events " + command).split(" ", -1));

        assertEquals(ExitCode.UNREACHABLE, result.code(), result.err());
        assertEquals(1, result.errLines().size(), result.err());
        assertTrue(result.err().contains("cannot reach http://127.0.0.1:"), result.err());
    }

    @Test
    void shouldTakeUrlsAsRootOrCollectionFromOptionOrVariable() throws IOException {
        service.on("GET /api/v1/events/names", Answer.json(200, "{\"names\":[]}"));
        for (String url : List.of("", "/", "/api/v1/events", "/api/v1/events/")) {
            assertEquals(
                    0,
                    bus().with("BUS_EVENTS_API_URL", service.url() + url)
                            .run("events", "names")
                            .code(),
                    url);
            var option = bus().with("BUS_EVENTS_API_URL", unreachable());
            assertEquals(
                    0,
                    option.run("events", "names", "--api-url", service.url() + url)
                            .code(),
                    url);
        }
        var alias = bus().with("BUS_EVENTS_API_URL", unreachable());
        assertEquals(
                0, alias.run("events", "--events-url=" + service.url(), "names").code());
        for (String typed : List.of("--api-url", "--events-url")) {
            var refused = bus().run("events", "names", typed, "nonsense");
            assertEquals(ExitCode.USAGE, refused.code());
            assertTrue(refused.err().contains(" " + typed + ": \"nonsense\" is not"), refused.err());
        }
    }

    // --- token ---

    @Test
    void shouldTakeTheTokenOfTheFileThenTheVariableThenTheConfigRoot() throws IOException {
        service.on("GET /api/v1/events/names", Answer.json(200, "{\"names\":[]}"));
        Files.writeString(directory.resolve("given"), "given.x.y\n");
        Path config = Files.createDirectories(directory.resolve("config/auth"));
        Files.writeString(config.resolve("api-token"), "kept.x.y\n");
        String root = config.getParent().toString();

        bus().with("BUS_CONFIG_DIR", root).run("-q", "events", "names", "--token-file", "given");
        bus().with("BUS_CONFIG_DIR", root).run("-q", "events", "names");
        bus().with("BUS_CONFIG_DIR", root).with("BUS_API_TOKEN", "").run("-q", "events", "names");

        assertEquals(
                List.of("Bearer given.x.y", "Bearer " + TOKEN, "Bearer kept.x.y"),
                service.asked().stream().map(FakeService.Asked::authorization).toList());
    }

    @Test
    void shouldNotReadATokenFromTheWorkingDirectory() throws IOException {
        Files.createDirectories(directory.resolve(".bus/auth"));
        Files.writeString(directory.resolve(".bus/auth/api-token"), "theirs.x.y");
        Files.writeString(directory.resolve(".bus/api-token"), "theirs.x.y");

        var result = bus().with("BUS_API_TOKEN", "").run("events", "names");

        assertEquals(ExitCode.NO_PERMISSION, result.code());
        assertEquals(List.of(), service.asked());
        assertEquals(1, result.errLines().size(), result.err());
    }

    @Test
    void shouldNeverPrintTheToken() throws IOException {
        service.on("POST /api/v1/events", Answer.error(401, "invalid_auth", "the token is refused"));

        var result = bus().run("-vv", "events", "send", "--name", "example.ping");

        assertEquals(ExitCode.NO_PERMISSION, result.code());
        assertFalse((result.out() + result.err()).contains(TOKEN), result.err());
    }

    // --- request ---

    @Test
    void shouldPrintTheResponse() {
        String response = "{\"name\":\"example.sum.response\",\"payload\":3,\"correlationId\":\"c\",\"id\":\"evt_2\"}";
        service.on("POST /api/v1/events/request", Answer.json(200, response));

        var result = bus().run(
                        "events", "request", "--name", "example.sum.request", "--payload", "[1,2]", "--timeout", "5s");

        assertEquals(0, result.code(), result.err());
        assertTrue(result.out().contains("\"payload\":3"), result.out());
        assertTrue(
                service.asked().getFirst().query().contains("timeout=5s"),
                service.asked().getFirst().query());
    }

    @Test
    void shouldPrintTheResponseInColumns() {
        String response = "{\"name\":\"a.response\",\"payload\":\"a\\tb\",\"correlationId\":\"c\",\"id\":\"evt_2\"}";
        service.on("POST /api/v1/events/request", Answer.json(200, response));

        var result = bus().run("events", "request", "--name", "a.request", "-f", "tsv");

        assertEquals(0, result.code(), result.err());
        List<String> lines = List.of(
                "id\tsequence\tcreated_at\tname\tcorrelation_id\tpayload", "evt_2\t\t\ta.response\tc\t\"a\\\\tb\"");
        assertEquals(lines, result.out().lines().toList());
    }

    @Test
    void shouldFailWithTheErrorOfTheResponse() {
        service.on(
                "POST /api/v1/events/request",
                Answer.json(
                        200,
                        "{\"name\":\"a.response\",\"payload\":null,\"error\":{\"type\":\"no_room\",\"message\":\"full\"}}"));

        var result = bus().run("events", "request", "--name", "a.request");

        assertEquals(ExitCode.FAILED, result.code());
        assertTrue(result.out().contains("\"error\""), result.out());
        assertTrue(result.err().contains("no_room: full"), result.err());
    }

    @ParameterizedTest
    @CsvSource({"504, timeout, 124", "503, no_responders, 69"})
    void shouldTellNoAnswerFromNobodyThere(int status, String type, int code) {
        service.on("POST /api/v1/events/request", Answer.error(status, type, "m"));

        assertEquals(code, bus().run("events", "request", "--name", "a.request").code());
    }

    @Test
    void shouldRefuseARequestThatIsNone() {
        assertEquals(
                ExitCode.USAGE, bus().run("events", "request", "--name", "a.b").code());
    }

    // --- tables ---

    @Test
    void shouldShowGroupsAsATableForPeopleAndUnchangedForPrograms() {
        String answer = "{\"groups\":[{\"group\":\"workers\",\"name\":\"example.job\",\"consumers\":["
                + "{\"consumer\":\"a\"},{\"consumer\":\"b\"}],\"lag\":12,\"in_flight\":3,\"redeliveries\":1,"
                + "\"dead_letters\":0,\"idle_because\":null}]}";
        service.on("GET /api/v1/events/groups", Answer.json(200, answer));

        assertEquals("""
            GROUP    NAME         OWNER  CONSUMERS  LAG  IN FLIGHT  REDELIVERED  DEAD  IDLE BECAUSE
            workers  example.job  -              2   12          3            1     0  -
            """, bus().run("events", "groups").out());
        assertEquals(answer + "\n", bus().run("events", "groups", "-f", "json").out());
        assertTrue(bus().run("events", "groups", "-f", "tsv")
                .out()
                .contains("workers\texample.job\t-\t2\t12\t3\t1\t0\t-\n"));
        assertTrue(bus().run("events", "groups", "--color", "always").out().startsWith("\u001b[1mGROUP"));
    }

    @Test
    void shouldColourWhatATerminalShowsUnlessItIsAskedNotTo() {
        service.on(
                "GET /api/v1/events/groups",
                Answer.json(200, "{\"groups\":[{\"group\":\"g\",\"name\":\"a.b\",\"lag\":12}]}"));

        assertTrue(bus().onTerminal().run("events", "groups").out().contains("\u001b["));
        assertTrue(
                bus().onTerminal()
                        .with("NO_COLOR", "")
                        .run("events", "groups")
                        .out()
                        .contains("\u001b["),
                "empty counts as not set (no-color.org)");
        for (var plain : List.of(
                bus().run("events", "groups"),
                bus().onTerminal().with("NO_COLOR", "1").run("events", "groups"),
                bus().onTerminal().with("TERM", "dumb").run("events", "groups"),
                bus().onTerminal().run("--no-color", "events", "groups"),
                bus().onTerminal().run("events", "groups", "--color", "never"))) {
            assertEquals(0, plain.code(), plain.err());
            assertFalse(plain.out().contains("\u001b"), plain.out());
        }
    }

    @Test
    void shouldShowALagThatIsALowerBoundAsThatToPeople() {
        service.on(
                "GET /api/v1/events/groups",
                Answer.json(200, "{\"groups\":[{\"group\":\"g\",\"name\":\"a.b\",\"lag\":12,\"lagIsAtLeast\":true}]}"));

        assertTrue(bus().run("events", "groups").out().contains("≥ 12"));
        assertTrue(bus().run("events", "groups", "-f", "tsv").out().contains("\t12\t"));
    }

    @Test
    void shouldNotLetAnAnswerControlTheTerminal() {
        service.on(
                "GET /api/v1/events/names",
                Answer.json(200, "{\"names\":[{\"name\":\"a.\\u001b[2Jb\",\"count\":1,\"lastTime\":\"x\\ty\"}]}"));

        assertFalse(bus().run("events", "names").out().contains("\u001b"));
        assertTrue(bus().run("events", "names", "-f", "tsv").out().contains("x\\ty"));
    }

    @Test
    void shouldSayThatThereIsNothing() {
        service.on("GET /api/v1/events/groups", Answer.json(200, "{\"groups\":[]}"));

        var result = bus().run("events", "groups");

        assertEquals(0, result.code());
        assertEquals("", result.out());
        assertTrue(result.err().contains("no groups"), result.err());
        assertEquals("", bus().run("-q", "events", "groups").err());
    }

    @Test
    void shouldNameTheOwnerOfDeadLetters() {
        service.on("GET /api/v1/events/dead-letters", Answer.json(200, "{\"dead_letters\":[]}"));
        service.on("POST /api/v1/events/dead-letters/redrive", Answer.json(200, "{\"count\":2}"));
        service.on("DELETE /api/v1/events/dead-letters", Answer.json(200, "{\"count\":5}"));

        bus().run("events", "dead-letters", "list", "--group", "g", "--owner", "alice");
        bus().run("events", "dead-letters", "redrive", "--group", "g", "--owner", "alice", "evt_1");
        bus().run("events", "dead-letters", "purge", "--group", "g", "--owner", "alice", "--all");

        assertEquals("group=g&owner=alice", service.asked().get(0).query());
        for (int i = 1; i <= 2; i++) {
            assertTrue(
                    service.asked().get(i).body().contains("\"owner\":\"alice\""),
                    service.asked().get(i).body());
        }
    }

    @Test
    void shouldRedriveAndPurgeDeadLetters() {
        service.on("POST /api/v1/events/dead-letters/redrive", Answer.json(200, "{\"count\":2}"));
        service.on("DELETE /api/v1/events/dead-letters", Answer.json(200, "{\"count\":5}"));

        assertEquals(
                "redriven 2\n",
                bus().run("events", "dead-letters", "redrive", "--group", "g", "evt_1", "evt_2")
                        .out());
        assertEquals(
                "purged 5\n",
                bus().run("events", "dead-letters", "purge", "--group", "g", "--all")
                        .out());
        assertTrue(
                service.asked().get(0).body().contains("\"ids\":[\"evt_1\",\"evt_2\"]"),
                service.asked().get(0).body());
        assertTrue(
                service.asked().get(1).body().contains("\"all\":true"),
                service.asked().get(1).body());
        assertEquals(
                ExitCode.USAGE,
                bus().run("events", "dead-letters", "purge", "--group", "g").code());
        assertEquals(
                ExitCode.USAGE,
                bus().run("events", "dead-letters", "purge", "--group", "g", "--all", "evt_1")
                        .code());
        assertEquals(
                ExitCode.USAGE,
                bus().run("events", "dead-letters", "purge", "--all").code());
    }
}
