package com.busdk.cli.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.CommandLineRun;
import com.busdk.client.event.Envelope;
import com.busdk.client.worker.Reply;
import com.busdk.gateway.Gateway;
import com.busdk.gateway.GatewayOptions.Service;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.vertx.core.Future;
import java.net.URI;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands, through gateway, providers and events service to workers and back. */
@Timeout(120)
class CommandsTest {
    private final Platform platform = new Platform();

    @TempDir
    Path folder;

    private Gateway gateway;

    @BeforeEach
    void start() {
        platform.worker(
                "vm",
                request -> Future.succeededFuture(Reply.of(
                        request.name().contains("status")
                                ? "{\"state\":\"ready\",\"provider\":\"static\",\"details\":{}}"
                                : "{\"accepted\":true}")),
                "bus.vm.status.request",
                "bus.vm.start.request",
                "bus.vm.stop.request");
        platform.worker("runner", CommandsTest::container, "bus.containers.run.request");
        platform.worker(
                "status",
                _ -> Future.succeededFuture(
                        Reply.of("{\"items\":[{\"id\":\"r1\",\"state\":\"ready\",\"details\":{}}]}")),
                "bus.containers.status.request");
        platform.worker(
                "delete",
                request -> Future.succeededFuture(Reply.of("{\"deleted\":true,\"run_id\":"
                        + Platform.json(request.payload()).path("run_id") + "}")),
                "bus.containers.delete.request");
        Map<Service, URI> behind = new EnumMap<>(Service.class);
        behind.put(Service.EVENTS, URI.create(platform.url()));
        behind.put(Service.VM, URI.create(platform.vm().url()));
        behind.put(Service.CONTAINERS, URI.create(platform.containers().url()));
        gateway = platform.gateway(behind);
    }

    /** A container whose only program says its arguments, and exits with their number. */
    private static Future<Reply> container(Envelope request) {
        JsonNode command = Platform.json(request.payload()).path("command");
        return Future.succeededFuture(Reply.of("{\"exit_code\":" + command.size() + ",\"stdout\":"
                + new TextNode(command.toString())
                + ",\"stderr\":\"to err\\n\",\"image\":\"alpine\",\"duration_ms\":5}"));
    }

    @AfterEach
    void close() {
        platform.close();
    }

    private CommandLineRun bus() {
        return CommandLineRun.in(folder)
                .with("BUS_AI_API_URL", gateway.url())
                .with("BUS_API_TOKEN", "wrong")
                .with(
                        "BUS_AI_TOKEN",
                        Platform.user("alice", "vm:read vm:write container:read container:run container:delete"));
    }

    private CommandLineRun.Result run(String... arguments) {
        return bus().run(arguments);
    }

    @Test
    void shouldShowTheRuntimeInEachFormat() {
        assertEquals(
                "{\"status\":{\"state\":\"ready\",\"provider\":\"static\",\"details\":{}}}\n",
                run("vm", "status", "--format", "json").out());
        assertEquals(
                "state\tprovider\tdetails\nready\tstatic\t-\n",
                run("-f", "tsv", "vm", "status").out());
        assertEquals(
                "STATE  PROVIDER  DETAILS\nready  static    -\n",
                run("vm", "status").out());
        assertEquals(
                "{\"accepted\":true,\"action\":\"start\"}\n",
                run("vm", "start", "-f", "json").out());
        assertEquals(
                "action\taccepted\nstop\ttrue\n", run("vm", "stop", "-f", "tsv").out());
        assertEquals(
                "service\tid\tstate\tdetails\nvm\tstatic\tready\t-\n",
                run("status", "vm", "-f", "tsv").out());
        assertEquals(
                "STATE  PROVIDER  DETAILS\nready  static    -\n",
                bus().as("bus-vm").run("status").out());
    }

    @Test
    void shouldRunAndEndAsTheContainerDoes() {
        var result = run("containers", "run", "--profile", "codex", "--", "sh", "-c", "printf 'a b'", "--help");
        assertEquals(4, result.code(), result.err());
        assertEquals("[\"sh\",\"-c\",\"printf 'a b'\",\"--help\"]", result.out());
        assertEquals("to err\n", result.err());
        var json = run("containers", "run", "--image", "alpine", "-f", "json", "--", "ls");
        assertEquals(0, json.code());
        assertEquals(1, Platform.json(json.out()).path("exit_code").asInt());
        assertTrue(
                json.out().endsWith("}\n")
                        && json.out().indexOf('\n') == json.out().length() - 1,
                json.out());
        assertEquals("", json.err());
        assertTrue(run("containers", "run", "--profile", "codex", "-f", "tsv")
                .out()
                .startsWith("run_id\texit_code\t"));
    }

    @Test
    void shouldListAndDeleteRuns() {
        run("containers", "run", "--profile", "codex", "--", "ls");
        CommandLineRun.Result listed = run("containers", "runs", "-f", "json");
        while (listed.code() == 69) {
            listed = run("containers", "runs", "-f", "json"); // the provider reads its history still
        }
        JsonNode runs = Platform.json(listed.out()).path("runs");
        assertEquals("finished", runs.path(0).path("state").asText());
        String id = runs.get(0).path("run_id").asText();
        assertTrue(run("containers", "runs").out().contains(id));
        assertTrue(run("containers", "status").out().contains("r1"));
        assertTrue(run("status", "containers", "-f", "tsv").out().contains("containers\t" + id + "\tfinished"));
        var deleted = run("containers", "delete", id, "-f", "tsv");
        assertEquals("run_id\tdeleted\n" + id + "\ttrue\n", deleted.out());
        assertEquals("{\"runs\":[]}\n", run("containers", "runs", "-f", "json").out());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "containers run -- ls|2|--profile",
                "containers run --profile a --image b -- ls|2|both",
                "containers run --image alpine|2|needs a command",
                "containers run --profile a --timeout-seconds 0|2|above zero",
                "containers run --profile a --timeout-seconds x|2|whole number",
                "containers runs --limit 0|2|1 to 200",
                "containers delete|2|missing RUN",
                "containers delete ../x|2|run_id",
                "vm sttaus|127|status",
                "vm status --format xml|2|format",
                "containers runs --after run_nobody|1|after is the run_id",
                "status|2|vm, containers"
            })
    void shouldSayWhatIsWrong(String line, int code, String word) {
        var result = run(line.split(" ", -1));
        assertEquals(code, result.code(), result.err());
        assertTrue(result.err().contains(word), result.err());
        assertEquals(1, result.errLines().size(), result.err());
    }

    /** Every answer has the clock of the service that made it, also behind the gateway. */
    @Test
    void shouldCompareClocksWithTheService() {
        for (String events : new String[] {platform.url(), gateway.url()}) {
            var result = CommandLineRun.in(folder)
                    .with("BUS_EVENTS_API_URL", events)
                    .with("BUS_AI_API_URL", gateway.url())
                    .with("BUS_API_TOKEN", Platform.user("alice", "events:send events:listen"))
                    .run("doctor", "-f", "tsv");
            assertEquals(0, result.code(), result.out());
            assertTrue(result.out().contains("\nclock\tok\t"), result.out());
            assertTrue(result.out().contains("\ngateway\tok\t" + gateway.url()), result.out());
        }
    }

    /** Also where an answer was made behind the gateway, and where there is no such path. */
    @ParameterizedTest
    @ValueSource(strings = {"/healthz", "/nowhere", "/api/v1/vm/status", "/api/v1/events/names"})
    void shouldDateEachAnswerOnce(String path) {
        Map<String, List<String>> headers =
                platform.get(gateway.url() + path, "none").headers();
        assertEquals(1, headers.getOrDefault("date", List.of()).size(), headers.toString());
    }

    @Test
    void shouldTellTheWaysOfFailingApart() {
        var noToken =
                CommandLineRun.in(folder).with("BUS_AI_API_URL", gateway.url()).run("vm", "status");
        assertEquals(77, noToken.code(), noToken.err());
        var wrong = bus().with("BUS_AI_TOKEN", "garbage").run("vm", "status");
        assertEquals(77, wrong.code(), wrong.err());
        assertFalse(wrong.err().contains("garbage"), wrong.err());
        var scope =
                bus().with("BUS_AI_TOKEN", Platform.user("alice", "vm:read")).run("vm", "start");
        assertEquals(77, scope.code());
        assertTrue(scope.err().contains("bus auth token --scope \"vm:write\""), scope.err());
        var away = bus().run("vm", "status", "--api-url", "http://127.0.0.1:1");
        assertEquals(69, away.code());
        assertTrue(away.err().contains("bus up"), away.err());
        Gateway alone = platform.gateway(Map.of(Service.VM, URI.create("http://127.0.0.1:1")));
        var unreached = bus().run("vm", "status", "--api-url", alone.url());
        assertEquals(69, unreached.code(), unreached.err());
        var base = CommandLineRun.in(folder)
                .with("BUS_API_BASE_URL", gateway.url() + "/")
                .with("BUS_API_TOKEN", Platform.user("alice", "vm:read"))
                .run("vm", "status");
        assertEquals(0, base.code(), base.err());
    }
}
