package com.busdk.cli.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.EventsOptions;
import com.busdk.broker.EventsService;
import com.busdk.cli.CommandLineRun;
import com.busdk.cli.ExitCode;
import com.busdk.cli.Main;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code bus events export} and {@code import} from one service to another, also through a kill in the middle. */
@Timeout(180)
class HistoryMoveTest {
    private static final String SECRET = "a-secret-of-the-tests-that-is-long-enough-for-hs256";
    private static final String ALL = "events:admin events:listen events:send vm:read";
    private static final String MOVER = token("mover", ALL, true);

    /** Enough for several batches. */
    private static final int MANY = 1_800;

    /** Between two looks whether something has come about. */
    private static final long LOOK_NANOS = 5_000_000;

    private final Vertx vertx = Vertx.vertx();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    @TempDir
    Path folder;

    /** Where a history is moved to. */
    enum Target {
        FILE {
            @Override
            Map<String, String> flags(Path folder) {
                return Map.of(
                        "events-backend",
                        "file",
                        "data-dir",
                        folder.resolve("to").toString());
            }
        },
        MEMORY {
            @Override
            Map<String, String> flags(Path folder) {
                return Map.of("events-backend", "memory");
            }
        };

        abstract Map<String, String> flags(Path folder);
    }

    @AfterEach
    void stop() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
        await(vertx.close());
    }

    private static String token(String subject, String scopes, boolean service) {
        return new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC())
                .mint(new TokenMinter.Grant(
                        subject, Scopes.AUDIENCE_API, Scopes.parse(scopes), Duration.ofHours(1), service));
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "it does not come about");
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    // --- services ---

    private int start(Map<String, String> flags, String... more) {
        Map<String, String> all = new HashMap<>(flags);
        all.put("addr", "127.0.0.1:0");
        all.put("allow-wildcards", "true");
        for (int i = 0; i < more.length; i += 2) {
            all.put(more[i], more[i + 1]);
        }
        EventsService service =
                await(EventsService.start(vertx, EventsOptions.read(all, Map.of("BUS_EVENTS_JWT_SECRET", SECRET))));
        open.push(() -> await(service.stop()));
        return service.port();
    }

    private int source() {
        return start(Map.of(
                "events-backend", "file", "data-dir", folder.resolve("from").toString()));
    }

    private static String url(int port) {
        return "http://127.0.0.1:" + port;
    }

    private EventsClient client(int port) {
        EventsClient client = EventsClient.create(vertx, URI.create(url(port)), TokenSource.fixed(MOVER));
        open.push(() -> await(client.close()));
        return client;
    }

    /** Publishes numbered events of several names and owners. */
    private void publish(int port, int from, int count) {
        Buffer lines = Buffer.buffer();
        for (int number = from; number < from + count; number++) {
            lines.appendString(Envelope.builder("example.n" + number % 3)
                            .payload("{\"n\":" + number + ",\"pad\":\"" + "x".repeat(400) + "\"}")
                            .identityId("owner-" + number % 5)
                            .build()
                            .toJson())
                    .appendString("\n");
        }
        await(client(port).publishLines(lines));
    }

    // --- commands ---

    private CommandLineRun bus(int port) {
        return bus(port, MOVER);
    }

    private CommandLineRun bus(int port, String token) {
        return CommandLineRun.in(folder).with("BUS_EVENTS_API_URL", url(port)).with("BUS_API_TOKEN", token);
    }

    private List<Envelope> history(int port) throws IOException {
        Path file = Files.createTempFile(folder, "all", ".ndjson");
        var result = bus(port).run("events", "export", "--file", file.toString());
        assertEquals(0, result.code(), result.err());
        return events(file);
    }

    private static List<Envelope> events(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.map(Envelope::parse).toList();
        }
    }

    /** The command as a process of its own. */
    private Process process(int port, String token, String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(Arrays.asList(words));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("said").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("BUS_"));
        builder.environment().put("BUS_EVENTS_API_URL", url(port));
        builder.environment().put("BUS_API_TOKEN", token);
        builder.environment().put("BUS_CONFIG_DIR", folder.resolve("no-config").toString());
        Process process = builder.start();
        open.push(() -> kill(process));
        return process;
    }

    private static void kill(Process process) throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    private HoldingProxy proxy(int port, long answerBytes) throws IOException {
        var proxy = new HoldingProxy(port, answerBytes);
        open.push(proxy);
        return proxy;
    }

    // --- tests ---

    @ParameterizedTest
    @EnumSource(Target.class)
    void shouldMoveTheEventsOfAllOwnersAsTheyAre(Target target) throws IOException {
        int from = source();
        String odd = "{\"big\": 12345678901234567890123, \"b\":1.50, \"e\":\"\\u00e4\\/\",  \"a\":[ ]}";
        await(client(from)
                .publishLines(Buffer.buffer("{\"name\":\"example.odd\",\"payload\":" + odd
                        + ",\"identityId\":\"alice\",\"key\":\"k-1\",\"correlationId\":\"c-1\",\"metadata\":{\"a\":\"b\"},\"error\":{\"type\":\"t\",\"more\":[1]}}\n"
                        + "{\"name\":\"bus.vm.status.request\",\"payload\":null,\"identityId\":\"bob\"}\n"
                        + "{\"name\":\"example.plain\"}\n")));
        publish(from, 0, 700);
        int to = start(target.flags(folder));

        var exported = bus(from).run("events", "export", "--file", "history.ndjson");
        var imported = bus(to).run("events", "import", "--file", "history.ndjson", "--map", "ids.tsv", "-f", "json");

        assertEquals(0, exported.code(), exported.err());
        assertTrue(exported.out().startsWith("exported 703 events to history.ndjson, evt_"), exported.out());
        assertEquals(0, imported.code(), imported.err());
        List<Envelope> old = events(folder.resolve("history.ndjson"));
        List<Envelope> moved = history(to);
        assertEquals(703, old.size());
        assertEquals(703, moved.size());
        List<String> map = new ArrayList<>();
        for (int i = 0; i < old.size(); i++) {
            Envelope before = old.get(i);
            Envelope now = moved.get(i);
            map.add(before.id() + "\t" + now.id());
            assertEquals(before.id(), now.metadata().get("bus_id"));
            assertEquals(before.createdAt(), Instant.parse(now.metadata().get("bus_created_at")));
            assertEquals(before.name(), now.name());
            assertEquals(before.payload(), now.payload());
            assertEquals(before.identityId(), now.identityId());
            assertEquals(before.correlationId(), now.correlationId());
            assertEquals(before.key(), now.key());
            assertEquals(before.error(), now.error());
        }
        assertEquals(map, Files.readAllLines(folder.resolve("ids.tsv")));
        assertEquals(odd, moved.getFirst().payload());
        assertEquals("b", moved.getFirst().metadata().get("a"));
        assertEquals("alice", moved.getFirst().identityId());
        assertEquals("bob", moved.get(1).identityId());
        assertEquals("mover", moved.get(2).identityId());
        String first = "\"first\":{\"old\":\"" + old.getFirst().id() + "\",\"new\":\""
                + moved.getFirst().id() + "\"}";
        assertTrue(imported.out().contains("\"imported\":703,\"total\":703," + first), imported.out());
    }

    @Test
    void shouldKeepWhatAPublisherAddsToAnError() throws IOException {
        int from = source();
        await(client(from)
                .publishLines(Buffer.buffer("{\"name\":\"example.bad\",\"error\":{\"type\":\"t\",\"more\":[1]}}\n")));
        int to = start(Target.FILE.flags(folder));

        bus(from).run("events", "export", "--file", "history.ndjson");
        bus(to).run("events", "import", "--file", "history.ndjson");
        bus(to).run("events", "export", "--file", "there.ndjson");

        String there = Files.readString(folder.resolve("there.ndjson"));
        assertTrue(there.contains("\"error\":{\"type\":\"t\",\"more\":[1]}"), there);
    }

    @Test
    void shouldGoOnBehindTheLastWholeLine() throws IOException {
        int port = source();
        publish(port, 0, 10);
        Path file = folder.resolve("history.ndjson");
        assertEquals(
                0, bus(port).run("events", "export", "--file", "history.ndjson").code());
        publish(port, 10, 5);
        String torn = "{\"id\":\"evt_0123456789ab00000";
        Files.writeString(file, Files.readString(file) + torn);

        var result = bus(port).run("events", "export", "--file", "history.ndjson");

        assertEquals(0, result.code(), result.err());
        assertTrue(result.out().startsWith("exported 5 events"), result.out());
        assertTrue(result.err().contains("took away its " + torn.length() + " bytes"), result.err());
        bus(port).run("events", "export", "--file", "at-once.ndjson");
        assertEquals(Files.readString(folder.resolve("at-once.ndjson")), Files.readString(file));
        assertEquals(15, events(file).size());
        Files.writeString(file, Files.readString(file) + torn);
        var again = bus(port).run("events", "export", "--file", "history.ndjson");
        assertTrue(again.out().startsWith("nothing new: nothing came behind evt_"), again.out() + again.err());
        assertEquals(Files.readString(folder.resolve("at-once.ndjson")), Files.readString(file));
    }

    @Test
    void shouldExportEachEventOnceAlsoWhenItIsKilled() throws Exception {
        int port = source();
        publish(port, 0, MANY);
        HoldingProxy proxy = proxy(port, 300_000);
        Process export = process(proxy.port(), MOVER, "events", "export", "--file", "history.ndjson");
        Path file = folder.resolve("history.ndjson");
        until(() -> proxy.holds() && file.toFile().length() > 0);

        kill(export);
        int whole = events(wholeLines(file)).size();
        var result = bus(port).run("events", "export", "--file", "history.ndjson");

        assertTrue(whole > 0 && whole < MANY, whole + " lines when it was killed");
        assertEquals(0, result.code(), result.err());
        bus(port).run("events", "export", "--file", "at-once.ndjson");
        assertEquals(Files.readString(folder.resolve("at-once.ndjson")), Files.readString(file));
        assertEquals(MANY, events(file).size());
    }

    private Path wholeLines(Path file) throws IOException {
        String text = Files.readString(file);
        return Files.writeString(folder.resolve("whole"), text.substring(0, text.lastIndexOf('\n') + 1));
    }

    @ParameterizedTest
    @EnumSource(Target.class)
    void shouldImportEachEventOnceByItsKeyWhenItIsKilled(Target target) throws Exception {
        // Without the right to listen nothing can be looked for: the keys have to do.
        killedImport(start(target.flags(folder)), token("mover", "events:send", true));
    }

    @Test
    void shouldImportEachEventOnceWhenItGoesOnBehindTheWindow() throws Exception {
        killedImport(start(Target.FILE.flags(folder), "idempotency-window", "1ms"), MOVER);
    }

    private void killedImport(int to, String token) throws Exception {
        int from = source();
        publish(from, 0, MANY);
        assertEquals(
                0, bus(from).run("events", "export", "--file", "history.ndjson").code());
        HoldingProxy proxy = proxy(to, 500);
        Process running =
                process(proxy.port(), token, "events", "import", "--file", "history.ndjson", "--map", "ids.tsv");
        until(proxy::holds);
        // What is held is the answer about a batch that is published.
        kill(running);
        int there = history(to).size();
        ImportState noted = ImportState.read(folder.resolve("history.ndjson.imported"));
        assertTrue(noted != null && noted.published() < there && there < MANY, there + " there, noted " + noted);

        var result = bus(to, token).run("events", "import", "--file", "history.ndjson", "--map", "ids.tsv");

        assertEquals(0, result.code(), result.err());
        List<String> old = events(folder.resolve("history.ndjson")).stream()
                .map(Envelope::id)
                .toList();
        List<Envelope> moved = history(to);
        assertEquals(
                old, moved.stream().map(event -> event.metadata().get("bus_id")).toList());
        List<String> map = new ArrayList<>();
        for (int i = 0; i < old.size(); i++) {
            map.add(old.get(i) + "\t" + moved.get(i).id());
        }
        assertEquals(map, Files.readAllLines(folder.resolve("ids.tsv")));
    }

    @Test
    void shouldImportWhatAnExportHasAdded() throws IOException {
        int from = source();
        int to = start(Target.FILE.flags(folder));
        publish(from, 0, 20);
        bus(from).run("events", "export", "--file", "history.ndjson");
        bus(to).run("events", "import", "--file", "history.ndjson");
        publish(from, 20, 7);
        bus(from).run("events", "export", "--file", "history.ndjson");

        var result = bus(to).run("events", "import", "--file", "history.ndjson");

        assertEquals(0, result.code(), result.err());
        assertTrue(result.out().startsWith("imported 7 events, 27 in all\n"), result.out());
        assertEquals(27, history(to).size());
    }

    @Test
    void shouldRefuseToGoOnAtAnotherService() throws IOException {
        int from = source();
        publish(from, 0, 3);
        bus(from).run("events", "export", "--file", "history.ndjson");
        bus(start(Target.FILE.flags(folder))).run("events", "import", "--file", "history.ndjson");
        publish(from, 3, 3);
        bus(from).run("events", "export", "--file", "history.ndjson");
        int other = start(Map.of("events-backend", "memory"));

        var result = bus(other).run("events", "import", "--file", "history.ndjson");
        var export = bus(other).run("events", "export", "--file", "history.ndjson");

        assertEquals(ExitCode.FAILED, result.code(), result.err());
        assertTrue(result.err().contains("not the service that the import was begun at"), result.err());
        assertEquals(0, history(other).size());
        assertEquals(ExitCode.FAILED, export.code(), export.err());
        assertTrue(export.err().contains("has the history of another service"), export.err());
    }

    @Test
    void shouldBeginAGroupWhereItStood() throws Exception {
        int from = source();
        int to = start(Target.FILE.flags(folder));
        publish(from, 0, 9);
        bus(from).run("events", "export", "--file", "history.ndjson");
        bus(to).run("events", "import", "--file", "history.ndjson", "--map", "ids.tsv");
        String stood = events(folder.resolve("history.ndjson")).get(3).id();
        String stands = Files.readAllLines(folder.resolve("ids.tsv")).stream()
                .filter(line -> line.startsWith(stood))
                .findFirst()
                .orElseThrow()
                .split("\t", -1)[1];

        var stream = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(url(to)
                                        + "/api/v1/events/stream?name=example.n1&delivery=unicast&group=g&limit=1&after="
                                        + stands))
                                .header("Authorization", "Bearer " + MOVER)
                                .build(),
                        HttpResponse.BodyHandlers.ofString());

        assertTrue(stream.body().contains("\"payload\":{\"n\":4,"), stream.body());
    }

    @Test
    void shouldSayWhatAnExportOfAllNeeds() throws IOException {
        int closed = start(Map.of("events-backend", "memory"), "allow-wildcards", "false");
        publish(closed, 0, 3);
        int wild = start(Map.of("events-backend", "memory"));

        var wildcard = bus(closed).run("events", "export", "--file", "history.ndjson");
        var named = bus(closed, token("mover", "events:listen", true))
                .run("events", "export", "--file", "named.ndjson", "--name", "example.n1");
        var scope = bus(wild, token("mover", "events:listen", true)).run("events", "export", "--file", "-");
        var user = bus(wild, token("alice", ALL, false)).run("events", "export", "--file", "-");

        assertEquals(ExitCode.FAILED, wildcard.code(), wildcard.err());
        assertTrue(wildcard.err().contains("--allow-wildcards"), wildcard.err());
        assertTrue(wildcard.err().contains("--name"), wildcard.err());
        assertEquals(0, named.code(), named.err());
        assertEquals(1, events(folder.resolve("named.ndjson")).size());
        assertEquals(ExitCode.NO_PERMISSION, scope.code(), scope.err());
        assertTrue(scope.err().contains("events:admin"), scope.err());
        assertEquals(ExitCode.NO_PERMISSION, user.code(), user.err());
        assertTrue(user.err().contains("bus operator token issue"), user.err());
        assertFalse(user.out().contains("{"), user.out());
    }
}
