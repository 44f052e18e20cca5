package com.busdk.workers.upcloud;

import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.busdk.workers.upcloud.api.CloudException;
import com.busdk.workers.upcloud.api.Deadline;
import com.busdk.workers.upcloud.api.Network;
import com.busdk.workers.upcloud.api.Server;
import com.busdk.workers.upcloud.api.Template;
import com.busdk.workers.upcloud.api.UpCloudClient;
import com.busdk.workers.upcloud.options.ApiToken;
import com.busdk.workers.upcloud.options.RunnerPolicy;
import com.busdk.workers.upcloud.options.UpCloudOptions;
import com.busdk.workers.upcloud.power.Course;
import com.busdk.workers.upcloud.power.PowerControl;
import com.busdk.workers.upcloud.testing.Await;
import com.busdk.workers.upcloud.testing.MovedTime;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Recorded answers of the real API, played back in their order, where the folder with them is near the sources:
 * {@code shared/reference/upcloud} beside the repository, or the system property {@code upcloud.reference}.
 */
@Timeout(60)
class RecordingsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** What the recordings have in place of the passwords that the API gave. */
    private static final List<String> SECRET_FIELDS = List.of("password", "remote_access_password");

    private final Vertx vertx = Vertx.vertx();
    private final MovedTime time = new MovedTime(vertx);
    private final Deque<JsonNode> tape = new ArrayDeque<>();
    private final HttpServer player = vertx.createHttpServer().requestHandler(this::play);
    private Path folder = Path.of("");

    @BeforeEach
    void find() {
        folder = reference();
        assumeTrue(Files.isDirectory(folder), "the recordings of the API are not here: " + folder);
        await(player.listen(0, "127.0.0.1"));
    }

    @AfterEach
    void stop() {
        await(player.close());
        await(vertx.close());
    }

    private static Path reference() {
        String property = System.getProperty("upcloud.reference");
        if (property != null) {
            return Path.of(property);
        }
        for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
            Path there = up.resolve("shared/reference/upcloud");
            if (Files.isDirectory(there)) {
                return there;
            }
        }
        return Path.of("shared/reference/upcloud");
    }

    private JsonNode read(String file) throws IOException {
        return MAPPER.readTree(folder.resolve(file + ".json").toFile());
    }

    /** Puts exchanges into the player, from the first to the one before the last that is given. */
    private UpCloudClient load(String file, int from, int upToExclusive) throws IOException {
        JsonNode exchanges = read(file);
        for (int i = from; i < upToExclusive; i++) {
            tape.add(exchanges.get(i));
        }
        return new UpCloudClient(
                vertx,
                URI.create("http://127.0.0.1:" + player.actualPort() + "/1.3"),
                ApiToken.of("ucat_recorded"),
                time);
    }

    private void play(HttpServerRequest request) {
        request.body().onSuccess(body -> {
            JsonNode exchange = tape.peek();
            String wanted = exchange == null ? "nothing" : line(exchange.path("request"));
            String got = request.method() + " " + plain(request.uri());
            if (exchange == null || !wanted.equals(got)) {
                request.response().setStatusCode(418).end("the tape has " + wanted + ", not " + got);
                return;
            }
            tape.remove();
            JsonNode response = exchange.path("response");
            JsonNode answer = response.path("body");
            request.response()
                    .setStatusCode(response.path("status").intValue())
                    .end(answer.isNull() ? "" : answer.isTextual() ? answer.textValue() : answer.toString());
        });
    }

    private static String line(JsonNode request) {
        return request.path("method").textValue() + " "
                + plain(request.path("path").textValue());
    }

    /** A slash at the end of a path makes no difference, and what is said of backups is not in the recordings. */
    private static String plain(String path) {
        return path.replace("/?", "?").replace("&backups=keep", "").replaceAll("/$", "");
    }

    private static Course course(MovedTime time) {
        return Course.until(Deadline.in(time, Duration.ofMinutes(25)));
    }

    private static String uuid(JsonNode exchanges, int index) {
        return exchanges.get(index).at("/response/body/server/uuid").textValue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"server-create:1:14", "server-create-on-private-network-2022:2:8", "server-stop-2025:1:2"})
    void shouldWaitForACreatedServerUntilItRuns(String recording) throws IOException {
        String[] part = recording.split(":", -1);
        int from = Integer.parseInt(part[1]);
        UpCloudClient client = load("recordings/" + part[0], from, Integer.parseInt(part[2]));
        Server server = await(new PowerControl(client, time)
                .started(uuid(read("recordings/" + part[0]), from), course(time), () -> {}));
        assertEquals(Server.STARTED, server.state());
        assertTrue(tape.isEmpty(), tape.size() + " exchanges are left");
    }

    @Test
    void shouldStopAndStartAsRecorded() throws IOException {
        String file = "recordings/server-start-stop-cycle";
        UpCloudClient client = load(file, 14, 19);
        String uuid = uuid(read(file), 14);
        PowerControl power = new PowerControl(client, time);
        assertEquals(
                Server.STOPPED,
                await(power.stopped(uuid, course(time), () -> {})).state());
        assertTrue(tape.isEmpty(), tape.size() + " exchanges are left");
        load(file, 18, 20);
        load(file, 14, 15); // what is seen after the start
        assertEquals(
                Server.STARTED,
                await(power.started(uuid, course(time), () -> {})).state());
        assertTrue(tape.isEmpty(), tape.size() + " exchanges are left");
    }

    @Test
    void shouldStopAndDeleteWithDisksAsRecorded() throws IOException {
        String file = "recordings/server-delete-with-storages";
        UpCloudClient client = load(file, 0, 9);
        RunnerPolicy policy = UpCloudOptions.read(Map.of(), Map.of()).policy();
        await(new PowerControl(client, time).deleted(uuid(read(file), 0), policy));
        assertTrue(tape.isEmpty(), tape.size() + " exchanges are left");
    }

    @Test
    void shouldFindThePrivateAddressAndMacThatStandInNoOtherPlace() throws IOException {
        UpCloudClient client = load("recordings/server-create-on-private-network-2025", 2, 3);
        Server server = await(client.server("00f53904-3f10-49cb-8c9c-103016ea7cbc"));
        Server.Nic nic =
                server.privateNic("03a30756-eac1-42dc-857e-27def01f8d72").orElseThrow();
        assertEquals("6e:28:ff:12:f6:5f", nic.mac());
        assertEquals(List.of("172.16.0.2"), nic.ipv4());
    }

    @Test
    void shouldReadTheListsAsRecorded() throws IOException {
        UpCloudClient client = load("recordings/network-list-by-zone-2023", 0, 1);
        List<Network> networks = await(client.networks("fi-hel2"));
        assertTrue(
                networks.stream().anyMatch(network -> network.name().startsWith("Private ") && !network.isPrivate()));
        assertTrue(networks.stream().map(Network::name).distinct().count() < networks.size(), "names repeat");
        load("synthetic/template-list-newer-shape-duplicate-title", 0, 1);
        List<Template> templates = await(client.templates());
        assertEquals(4, templates.size());
        assertTrue(templates.stream().allMatch(template -> template.usableIn("fi-hel2")));
    }

    @Test
    void shouldReadEveryServerWithoutItsSecrets() throws IOException {
        int servers = 0;
        for (Path file : files()) {
            for (JsonNode exchange : MAPPER.readTree(file.toFile())) {
                JsonNode server = exchange.at("/response/body/server");
                if (!server.isObject()
                        || exchange.at("/response/status").intValue() != 200
                        || !exchange.at("/request/method").textValue().equals("GET")) {
                    continue;
                }
                tape.clear();
                tape.add(exchange);
                UpCloudClient client = load("recordings/server-list", 0, 0);
                Server read = await(client.server(server.path("uuid").textValue()));
                servers++;
                assertFalse(read.title().isEmpty());
                assertTrue(read.created() > 1_500_000_000L);
                for (String field : SECRET_FIELDS) {
                    String secret = server.path(field).asText("none of these words");
                    assertFalse(
                            read.toString().contains(secret), file.getFileName().toString());
                }
            }
        }
        assertTrue(servers > 40, "servers: " + servers);
    }

    @Test
    void shouldReadTheCodeOfEveryError() throws IOException {
        int errors = 0;
        for (Path file : files()) {
            for (JsonNode exchange : MAPPER.readTree(file.toFile())) {
                int status = exchange.at("/response/status").intValue();
                // The synthetic ones whose body is no JSON, and those that would be asked for again, are told
                // elsewhere.
                if (status < 400 || status == 429 || status >= 500) {
                    continue;
                }
                tape.clear();
                tape.add(renamed(exchange));
                UpCloudClient client = load("recordings/server-list", 0, 0);
                CloudException e = Await.failure(CloudException.class, client.servers());
                errors++;
                assertEquals(status, e.status());
                assertTrue(exchange.at("/response/body").toString().contains(e.code()));
                assertFalse(e.code().isEmpty(), file.getFileName().toString());
            }
        }
        assertTrue(errors > 7, "errors: " + errors);
    }

    private static JsonNode renamed(JsonNode exchange) {
        var copy = exchange.<com.fasterxml.jackson.databind.node.ObjectNode>deepCopy();
        copy.putObject("request").put("method", "GET").put("path", "/1.3/server");
        return copy;
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> real = Files.list(folder.resolve("recordings"));
                Stream<Path> made = Files.list(folder.resolve("synthetic"))) {
            return Stream.concat(real, made).sorted().toList();
        }
    }
}
