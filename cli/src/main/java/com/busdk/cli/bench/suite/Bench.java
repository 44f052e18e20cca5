package com.busdk.cli.bench.suite;

import com.busdk.cli.bench.LoadClient;
import com.busdk.cli.bench.Target;
import com.busdk.cli.command.CliException;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.config.ServiceUrls;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** What all works of a run share: the scale, the load generator, a folder, and how servers are started. */
public final class Bench implements AutoCloseable {
    private static final Duration TOKEN_LIFE = Duration.ofHours(12);
    private static final Pattern FLUSHES = Pattern.compile("(?m)^\\S*log_flushes_total(?:\\{[^}]*})? (\\S+)$");

    private final Path home;
    private final Path folder;
    private final Scale scale;
    private final String serviceOptions;
    private final Consumer<String> progress;
    private final String secret = UUID.randomUUID() + "-" + UUID.randomUUID();
    private final LoadClient client = new LoadClient(LoadClient.defaultThreads());
    private final TokenMinter minter = new TokenMinter(Hs256Secret.parse(secret), Clock.systemUTC());
    private final String token;
    private final String platformToken;
    private int folders;

    /**
     * A run.
     *
     * @param home the distribution
     * @param folder for logs; must be empty, and is the caller's
     * @param serviceOptions options for the JVM of the service, parted by blanks
     * @param progress is told what is being done
     */
    public Bench(Path home, Path folder, Scale scale, String serviceOptions, Consumer<String> progress) {
        this.home = home;
        this.folder = folder;
        this.scale = scale;
        this.serviceOptions = serviceOptions;
        this.progress = progress;
        this.token = token(Scopes.EVENTS_SEND + " " + Scopes.EVENTS_LISTEN);
        this.platformToken = token("vm:read vm:write");
    }

    private String token(String scopes) {
        return minter.mint(
                TokenMinter.Grant.service("bench", Scopes.parse(scopes)).withTtl(TOKEN_LIFE));
    }

    Scale scale() {
        return scale;
    }

    /** The load generator of all works. */
    public LoadClient client() {
        return client;
    }

    /** Tells the user what is being done. */
    public void say(String what) {
        progress.accept(what);
    }

    /** The program that a user calls. */
    Path launcher() {
        return home.resolve("bin").resolve("bus");
    }

    /** What a command needs to reach that server. */
    Map<String, String> environmentFor(ServerProcess server) {
        return Map.of(
                "BUS_EVENTS_API_URL",
                url(server),
                "BUS_API_TOKEN",
                token,
                "BUS_CONFIG_DIR",
                folder.resolve("no-config").toString());
    }

    /** Where a work may have files, on the disk that the logs are on. */
    public Path folder() {
        return folder;
    }

    /** A folder that is not there yet. */
    public Path newFolder() {
        return folder.resolve("data-" + folders++);
    }

    /** The service, started by the launcher on its log in that folder. */
    ServerProcess service(Path data) throws IOException, InterruptedException {
        return service(data, "always");
    }

    /** The same with another promise about when events are on disk. */
    public ServerProcess service(Path data, String flush) throws IOException, InterruptedException {
        return service(data, Map.of("fsync", flush));
    }

    /** The same with more options, by their names without dashes, in place of those that all services here have. */
    public ServerProcess service(Path data, Map<String, String> more) throws IOException, InterruptedException {
        return service(data, more, "");
    }

    /** The same with further options for its JVM, parted by blanks. */
    public ServerProcess service(Path data, Map<String, String> more, String javaOptions)
            throws IOException, InterruptedException {
        int port = ServerProcess.freePort();
        List<String> command = new ArrayList<>(List.of(launcher().toString(), "api", "provider", "events"));
        Map<String, String> all = new HashMap<>(options(port, data));
        all.putAll(more);
        all.forEach((name, value) -> command.addAll(List.of("--" + name, value)));
        Map<String, String> environment = new HashMap<>(environment());
        environment.merge("BUS_JAVA_OPTS", javaOptions, (usual, further) -> (usual + ' ' + further).strip());
        return ServerProcess.start(command, environment, port, "/readyz", folder.resolve("service.log"));
    }

    /** A VM worker as a process of its own, once it takes requests. */
    ServerProcess worker(ServerProcess service, int number) throws IOException, InterruptedException {
        int health = ServerProcess.freePort();
        return platformPart(
                "worker-" + number + ".log",
                health,
                List.of("integration", "vm", "--health-addr", "127.0.0.1:" + health, "--consumer", "bench-" + number),
                service);
    }

    /** A VM worker that asks that cloud, as a process of its own, once it takes requests. */
    ServerProcess cloudWorker(ServerProcess service, ServerProcess cloud, int number)
            throws IOException, InterruptedException {
        int health = ServerProcess.freePort();
        List<String> words = List.of(
                "integration",
                "upcloud",
                "--provider",
                "upcloud",
                "--upcloud-api-url",
                url(cloud) + SlowCloud.ROOT,
                "--vm-name",
                SlowCloud.SERVER,
                "--health-addr",
                "127.0.0.1:" + health,
                "--consumer",
                "bench-" + number);
        return platformPart("worker-" + number + ".log", health, words, service);
    }

    /**
     * A part of the platform as a process of its own, once it is ready.
     *
     * @param scopes of its token
     * @param settings more variables of its environment
     * @param words what the launcher is told
     * @param address the option that says where its readiness is asked for
     */
    ServerProcess part(
            ServerProcess service, String scopes, Map<String, String> settings, List<String> words, String address)
            throws IOException, InterruptedException {
        int port = ServerProcess.freePort();
        List<String> all = new ArrayList<>(words);
        all.addAll(List.of(address, "127.0.0.1:" + port));
        Map<String, String> more = new HashMap<>(settings);
        more.put("BUS_API_TOKEN", token(scopes));
        return platformPart(words.get(1) + ".log", port, all, service, more);
    }

    /** The VM provider, which asks the workers of that service, once it can hear them. */
    ServerProcess vmProvider(ServerProcess service) throws IOException, InterruptedException {
        int port = ServerProcess.freePort();
        return platformPart(
                "vm-provider.log",
                port,
                List.of("api", "provider", "vm", "--addr", "127.0.0.1:" + port, "--backend", "events"),
                service);
    }

    /** A gateway before both. */
    ServerProcess gateway(ServerProcess service, ServerProcess vm) throws IOException, InterruptedException {
        int port = ServerProcess.freePort();
        List<String> options = List.of("--addr", "--events-url", "--vm-url", "--containers-url");
        List<String> values = List.of("127.0.0.1:" + port, url(service), url(vm), "none");
        List<String> words = new ArrayList<>(List.of("api", "gateway"));
        for (int i = 0; i < options.size(); i++) {
            words.addAll(List.of(options.get(i), values.get(i)));
        }
        return platformPart("gateway.log", port, words, service);
    }

    /** The whole stack in one process, at the gateway's port. */
    ServerProcess stack(Path data) throws IOException, InterruptedException {
        int port = ServerProcess.freePort();
        List<String> command = List.of(
                launcher().toString(),
                "up",
                "--port",
                Integer.toString(port),
                "--events-port",
                "0",
                "--data-dir",
                data.toString(),
                "--containers",
                "static");
        Map<String, String> environment = Map.of(
                "BUS_API_JWT_SECRET",
                secret,
                "BUS_CONFIG_DIR",
                folder.resolve("stack-config").toString());
        return ServerProcess.start(command, environment, port, "/readyz", folder.resolve("stack.log"));
    }

    private ServerProcess platformPart(String log, int port, List<String> words, ServerProcess service)
            throws IOException, InterruptedException {
        return platformPart(log, port, words, service, Map.of("BUS_API_TOKEN", platformToken));
    }

    private ServerProcess platformPart(
            String log, int port, List<String> words, ServerProcess service, Map<String, String> settings)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(launcher().toString()));
        command.addAll(words);
        Map<String, String> environment = new HashMap<>(settings);
        environment.putAll(Map.of(
                "BUS_EVENTS_API_URL",
                url(service),
                "BUS_API_JWT_SECRET",
                secret,
                "UPCLOUD_TOKEN",
                "none-needed",
                "BUS_EVENTS_LISTENER_REQUIRED",
                "1",
                "BUS_CONFIG_DIR",
                folder.resolve("no-config").toString(),
                "BUS_LOG_LEVEL",
                "warn"));
        return ServerProcess.start(command, environment, port, "/readyz", folder.resolve(log));
    }

    /** The service on a disk whose flush takes that much longer. */
    ServerProcess slowService(Path data, String flushDelay) throws IOException, InterruptedException {
        int port = ServerProcess.freePort();
        List<String> command = javaCommand(BenchService.class);
        command.add(flushDelay);
        options(port, data).forEach((name, value) -> command.add("--" + name + "=" + value));
        return ServerProcess.start(command, environment(), port, "/readyz", folder.resolve("slow-service.log"));
    }

    private static Map<String, String> options(int port, Path data) {
        // What a run writes must not be dropped while it is read.
        return Map.of("addr", "127.0.0.1:" + port, "data-dir", data.toString(), "retention-bytes", "1024GiB");
    }

    private Map<String, String> environment() {
        return Map.of(
                "BUS_EVENTS_JWT_SECRET",
                secret,
                "BUS_CONFIG_DIR",
                folder.resolve("no-config").toString(),
                "BUS_JAVA_OPTS",
                serviceOptions,
                "BUS_LOG_LEVEL",
                "warn");
    }

    /** The server that does nothing. */
    ServerProcess bareServer() throws IOException, InterruptedException {
        int port = ServerProcess.freePort();
        List<String> command = javaCommand(com.busdk.cli.bench.BareServer.class);
        command.add(Integer.toString(port));
        return ServerProcess.start(command, Map.of(), port, "/?limit=1", folder.resolve("bare.log"));
    }

    /** A cloud that takes its time. */
    ServerProcess slowCloud() throws IOException, InterruptedException {
        int port = ServerProcess.freePort();
        List<String> command = javaCommand(SlowCloud.class);
        command.add(Integer.toString(port));
        String server = SlowCloud.ROOT + "/server/" + SlowCloud.SERVER;
        return ServerProcess.start(command, Map.of(), port, server, folder.resolve("cloud.log"));
    }

    /** A program of ours, with the flags of this process: those that the launcher gives to services. */
    private List<String> javaCommand(Class<?> program) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            boolean own = flag.startsWith("-XX:AOTCache") || flag.startsWith("-XX:StartFlightRecording");
            if (!own) {
                command.add(flag);
            }
        }
        command.add("-Dslf4j.provider=org.slf4j.helpers.NOP_FallbackServiceProvider");
        command.add("-Dslf4j.internal.verbosity=WARN");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        return command;
    }

    /** The service as the load generator sees it. */
    public Target target(ServerProcess server) {
        return Target.of(ServiceUrls.eventsCollection(url(server)), token);
    }

    /** The service as somebody sees it who has those scopes. */
    Target target(ServerProcess server, String scopes) {
        return Target.of(ServiceUrls.eventsCollection(url(server)), token(scopes));
    }

    /** What the services verify tokens with. */
    String secret() {
        return secret;
    }

    /** Tokens of as many identities. */
    List<String> tokens(String scopes, int count) {
        return IntStream.range(0, count)
                .mapToObj(number -> minter.mint(TokenMinter.Grant.service("bench-" + number, Scopes.parse(scopes))
                        .withTtl(TOKEN_LIFE)))
                .toList();
    }

    /** The service as somebody sees it who may ask for VMs. */
    Target platformTarget(ServerProcess server) {
        return Target.of(ServiceUrls.eventsCollection(url(server)), platformToken);
    }

    /** An HTTP API at its root, for who may ask for VMs. */
    Target apiTarget(ServerProcess server) {
        return Target.of(URI.create(url(server)), platformToken);
    }

    private static String url(ServerProcess server) {
        return "http://127.0.0.1:" + server.port();
    }

    /** Flushes of the log so far, or -1 if the service does not say. */
    static double flushes(ServerProcess server) {
        Matcher found = FLUSHES.matcher(server.ask("/metrics"));
        return found.find() ? Double.parseDouble(found.group(1)) : -1;
    }

    /** Deletes what a work has left, so that the next one has its room. */
    public static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (java.io.UncheckedIOException e) {
            throw CliException.failed("cannot delete " + folder + ": " + e.getMessage());
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
