package com.busdk.cli.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.e2e.CloudStandIn;
import com.busdk.client.auth.Scopes;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.gateway.Gateway;
import com.busdk.gateway.GatewayOptions;
import com.busdk.gateway.containers.ContainersProvider;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerRun;
import com.busdk.workers.run.WorkerSettings;
import com.busdk.workers.upcloud.UpCloudWorkerKind;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
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

/** The administration of a runner from the gateway to the cloud and back, in one process; the cloud is a stand-in. */
@Timeout(120)
class RunnerAdministrationTest {
    private static final String RUNNER = "/api/internal/containers/runner";
    private static final String STATUS = "bus.containers.runner.status.request";
    private static final String START = "bus.containers.runner.start.request";
    private static final String DELETE = "bus.containers.runner.delete.request";
    private static final String ADMIN = Platform.token("operator", Scopes.AUDIENCE_INTERNAL, "container:admin", true);
    private static final String USERS = "container:read container:run container:delete";

    @TempDir
    Path folder;

    private final Platform platform = new Platform();
    private final Vertx vertx = Vertx.vertx();
    private final List<WorkerRun> workers = new ArrayList<>();
    private CloudStandIn cloud;
    private NetServer sshd;
    private ContainersProvider provider;

    @BeforeEach
    void start() throws Exception {
        cloud = new CloudStandIn("127.0.0.1");
        // All that is looked for is that the port is open.
        sshd = Platform.await(vertx.createNetServer().connectHandler(_ -> {}).listen(0, "127.0.0.1"));
        Files.writeString(folder.resolve("key.pub"), "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExample me\n");
        provider = platform.containers();
    }

    @AfterEach
    void stop() {
        workers.forEach(worker -> Platform.await(worker.stop()));
        cloud.close();
        Platform.await(vertx.close());
        platform.close();
    }

    /** A worker of the runner {@code r1}, with just the token that its events need. */
    private void worker(String events) throws Exception {
        worker(events, true);
    }

    private void worker(String events, boolean flag) throws Exception {
        boolean users = events.equals("runs");
        String scopes = users
                ? USERS + " ssh:run"
                : events.equals("runner") ? "container:admin" : USERS + " ssh:run container:admin";
        String audience = users ? Scopes.AUDIENCE_API : Scopes.AUDIENCE_INTERNAL;
        Map<String, String> flags = new HashMap<>(Map.of(
                "consumer",
                "upcloud-" + workers.size(),
                "provider",
                "upcloud",
                "upcloud-api-url",
                cloud.url(),
                "container-runner-name",
                "r1",
                "container-ssh-keys",
                folder.resolve("key.pub").toString(),
                "container-ssh-port",
                Integer.toString(sshd.actualPort()),
                "runner-delete-poll-interval",
                "10ms"));
        if (flag) {
            flags.put("container-events", events);
        }
        Map<String, String> environment = Map.of(
                "BUS_EVENTS_API_URL",
                platform.url(),
                "BUS_API_TOKEN",
                Platform.token("bus-integration-upcloud", audience, scopes, true),
                "UPCLOUD_TOKEN",
                CloudStandIn.TOKEN);
        WorkerSettings settings = WorkerSettings.read("upcloud", flags, environment, _ -> {});
        EventsClient client = EventsClient.create(vertx, settings.events(), settings.token());
        var context = new WorkerContext("upcloud", vertx, client, settings, flags, environment);
        WorkerRun run = Platform.await(WorkerRun.start(new UpCloudWorkerKind(), context));
        workers.add(run);
        Platform.await(run.running());
    }

    private Platform.Reply ask(String method, String root) {
        return platform.send(method, root + RUNNER, ADMIN, null);
    }

    private static JsonNode status(Platform.Reply reply) {
        assertEquals(200, reply.status(), reply.text());
        return reply.json().path("status");
    }

    @ParameterizedTest
    @ValueSource(strings = {"runner", "all"})
    void shouldMakeAndDeleteTheRunnerOverHttp(String events) throws Exception {
        worker(events);
        Gateway gateway = Platform.await(Gateway.start(
                platform.vertx,
                GatewayOptions.read(
                        Map.of(
                                "addr",
                                "127.0.0.1:0",
                                "internal-addr",
                                "127.0.0.1:0",
                                "events-url",
                                platform.url(),
                                "vm-url",
                                "none",
                                "containers-url",
                                provider.url()),
                        Map.of())));
        try {
            String root = gateway.internalUrl().orElseThrow();
            assertEquals(404, ask("GET", gateway.url()).status(), "not for the public");
            assertEquals("missing", status(ask("GET", root)).path("state").asText());
            assertEquals(0, cloud.created());

            Platform.Reply started = ask("POST", root);
            assertEquals(202, started.status(), started.text());
            assertEquals("{\"accepted\":true,\"action\":\"start\"}", started.text());
            assertEquals(1, cloud.created());
            JsonNode status = status(ask("GET", root));
            assertEquals("ready", status.path("state").asText());
            assertEquals("upcloud", status.path("provider").asText());
            assertEquals("r1", status.path("details").path("name").asText());
            assertEquals(202, ask("POST", root).status(), "it is there already");
            assertEquals(1, cloud.created());

            assertEquals("{\"deleted\":true}", ask("DELETE", root).text());
            assertEquals(0, cloud.servers());
            assertEquals("missing", status(ask("GET", root)).path("state").asText());
            assertEquals("{\"deleted\":true}", ask("DELETE", root).text(), "it is gone");
        } finally {
            Platform.await(gateway.close());
        }
        assertEquals(0, cloud.refused());
        List<Envelope> asked = platform.history(STATUS, START, DELETE);
        assertEquals(7, asked.size());
        assertTrue(asked.stream().allMatch(event -> "operator".equals(event.identityId())));
    }

    @Test
    void shouldAnswerTheEventsThemselves() throws Exception {
        worker("runner");
        assertEquals(
                "missing",
                Platform.json(asEvent(STATUS).payload()).at("/status/state").asText());
        assertEquals("{\"accepted\":true,\"action\":\"start\"}", asEvent(START).payload());
        assertEquals(1, cloud.servers());
        assertEquals("{\"deleted\":true}", asEvent(DELETE).payload());
        assertEquals(0, cloud.servers());
    }

    @ParameterizedTest
    @CsvSource({"all,200,200", "runner,200,503", "runs,503,200"})
    void shouldListenToAllThatItsTokenAllows(String token, int administrator, int user) throws Exception {
        worker(token, false);
        assertEquals(administrator, ask("GET", provider.url()).status());
        assertEquals(
                user,
                platform.get(provider.url() + "/api/v1/containers/status", Platform.user("alice", USERS))
                        .status());
    }

    private Envelope asEvent(String name) {
        Envelope response = Platform.await(platform.client.request(
                Envelope.builder(name).payload("{}").identityId("operator").build(), Duration.ofSeconds(50)));
        assertEquals(null, response.error());
        return response;
    }

    @Test
    void shouldLeaveToEachWorkerTheEventsThatItIsFor() throws Exception {
        String run = "{\"profile\":\"codex\",\"command\":[\"true\"]}";
        String user = Platform.user("alice", USERS);
        worker("runner");
        Platform.Reply nobody = platform.post(provider.url() + "/api/v1/containers/runs", user, run);
        assertEquals(503, nobody.status(), nobody.text());
        assertTrue(nobody.message().contains("no worker listens"), nobody.message());

        worker("runs");
        Platform.Reply items = platform.get(provider.url() + "/api/v1/containers/status", user);
        assertEquals("r1", items.json().at("/items/0/id").asText(), items.text());
        assertEquals("missing", status(ask("GET", provider.url())).path("state").asText());

        Platform.await(workers.getFirst().stop());
        Platform.Reply gone = ask("GET", provider.url());
        assertEquals(503, gone.status(), gone.text());
    }
}
