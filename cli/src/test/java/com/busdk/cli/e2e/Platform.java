package com.busdk.cli.e2e;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenMinter.Grant;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The whole platform, a process for each part as in production: events service, containers provider, gateway, two UpCloud
 * workers, two SSH runners. Each has an environment of its own, with just the token that the part needs.
 */
final class Platform implements AutoCloseable {
    /** The user who asks. */
    static final String USER = "alice";

    private static final String SECRET = "a-secret-of-tests-that-is-long-enough-for-hs256";
    private static final String RUNS = "container:read container:run container:delete";
    private static final String RUNNER = "runner-1";
    private static final TokenMinter MINTER = new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC());
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Path folder;
    private final RunnerMachine machine;
    private final CloudStandIn cloud;
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<Bus> all = new ArrayList<>();
    private final List<Worker> upclouds;
    private final List<Worker> runners;
    private final String eventsUrl;
    private final Bus user;
    private final Bus operator;

    private Platform(Path folder, RunnerMachine machine) throws Exception {
        this.folder = folder;
        this.machine = machine;
        this.cloud = new CloudStandIn(RunnerMachine.ADDRESS);
        Bus.Running events = part("events")
                .with("BUS_API_JWT_SECRET=" + SECRET)
                .start("api", "provider", "events", "--addr", "127.0.0.1:0", "--data-dir", "data");
        eventsUrl = url(events);
        upclouds = List.of(upcloud(1), upcloud(2));
        runners = List.of(runner(1), runner(2));
        Bus.Running provider = part("provider", "bus-api-provider-containers", RUNS)
                .with("BUS_API_JWT_SECRET=" + SECRET)
                .start("api", "provider", "containers", "--addr", "127.0.0.1:0", "--events-url", eventsUrl);
        // Whoever asks before the workers listen is told that there is nobody.
        for (Worker worker : List.of(upclouds.get(0), upclouds.get(1), runners.get(0), runners.get(1))) {
            worker.process().awaitErr(line -> line.contains("takes requests"));
        }
        Bus.Running gateway = part("gateway")
                .start(
                        "api",
                        "gateway",
                        "--addr",
                        "127.0.0.1:0",
                        "--events-url",
                        eventsUrl,
                        "--vm-url",
                        "none",
                        "--containers-url",
                        url(provider));
        user = part("user")
                .with("BUS_AI_API_URL=" + url(gateway))
                .with("BUS_API_TOKEN=" + token(Grant.user(USER, Scopes.parse(RUNS))));
        operator = part("operator", "bus-operator-local", "container:run ssh:run");
    }

    /** A worker process, and where it tells how it fares. */
    record Worker(String name, Bus.Running process, String metricsUrl) {
        void kill() throws IOException, InterruptedException {
            process.signal("KILL");
        }
    }

    /** Starts all parts, and waits until they work. */
    static Platform start(Path folder, RunnerMachine machine) throws Exception {
        return new Platform(folder, machine);
    }

    CloudStandIn cloud() {
        return cloud;
    }

    List<Worker> upclouds() {
        return upclouds;
    }

    List<Worker> runners() {
        return runners;
    }

    /** The commands of a user, who knows the gateway and has a token. */
    Bus user() {
        return user;
    }

    /** Events of these names so far, oldest first, as {@code bus events listen} prints them. */
    List<JsonNode> history(String... names) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("events", "listen", "--replay", "--no-follow"));
        for (String name : names) {
            words.addAll(List.of("--name", name));
        }
        Bus.Ended listened = operator.run(words.toArray(String[]::new));
        if (listened.code() != 0) {
            throw new AssertionError(listened.toString());
        }
        List<JsonNode> events = new ArrayList<>();
        for (String line : listened.out().lines().toList()) {
            events.add(MAPPER.readTree(line));
        }
        return events;
    }

    /** The one of these workers that has a request in hand, when it has. */
    Worker busy(List<Worker> workers) throws Exception {
        List<Worker> found = new ArrayList<>();
        Patience.until(
                "a worker has the request in hand",
                () -> {
                    for (Worker worker : workers) {
                        if (inHand(worker) > 0) {
                            found.add(worker);
                        }
                    }
                    return !found.isEmpty();
                },
                machine::log);
        return found.getFirst();
    }

    /** Waits until none of these workers has anything in hand. */
    void awaitIdle(List<Worker> workers) throws Exception {
        Patience.until(
                "the workers are done",
                () -> {
                    long sum = 0;
                    for (Worker worker : workers) {
                        sum += inHand(worker);
                    }
                    return sum == 0;
                },
                machine::log);
    }

    private long inHand(Worker worker) throws IOException, InterruptedException {
        HttpRequest ask =
                HttpRequest.newBuilder(URI.create(worker.metricsUrl())).build();
        String metrics = http.send(ask, BodyHandlers.ofString()).body();
        return metrics.lines()
                .filter(line -> line.startsWith("bus_worker_in_hand{"))
                .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Override
    public void close() {
        all.reversed().forEach(Bus::close);
        cloud.close();
        http.close();
    }

    /** What the workers, which are ended for it, have logged, how podman was called, and what sshd has seen. */
    String story() throws IOException, InterruptedException {
        StringBuilder story = new StringBuilder();
        for (Worker worker : Stream.of(upclouds, runners).flatMap(List::stream).toList()) {
            worker.kill();
            story.append("--- ").append(worker.name()).append('\n');
            story.append(worker.process().end().err());
        }
        story.append("--- podman\n").append(String.join("\n", machine.calls()));
        return story.append("\n--- sshd\n").append(machine.log()).toString();
    }

    // --- parts ---

    private Worker upcloud(int number) throws IOException {
        Bus bus = part("upcloud-" + number, "bus-integration-upcloud-" + number, RUNS + " ssh:run")
                .with("UPCLOUD_TOKEN=" + CloudStandIn.TOKEN);
        return worker(
                bus,
                "upcloud",
                number,
                "--provider",
                "upcloud",
                "--upcloud-api-url",
                cloud.url(),
                "--container-runner-name",
                RUNNER,
                "--container-ssh-keys",
                machine.key() + ".pub",
                "--container-ssh-port",
                "" + machine.port(),
                "--container-ssh-users",
                "nobody-of-that-name " + RunnerMachine.user(),
                "--container-run-network",
                RunnerMachine.network());
    }

    private Worker runner(int number) throws IOException {
        Bus bus = part("ssh-runner-" + number, "bus-integration-ssh-runner", "ssh:run");
        return worker(
                bus,
                "ssh-runner",
                number,
                "--ssh-private-key",
                machine.key().toString(),
                "--ssh-known-hosts",
                machine.knownHosts().toString());
    }

    private Worker worker(Bus bus, String kind, int number, String... more) throws IOException {
        String health = "127.0.0.1:" + Bus.freePort();
        List<String> words = new ArrayList<>(List.of("integration", kind));
        words.addAll(List.of("--events-url", eventsUrl, "--health-addr", health, "--consumer", kind + "-" + number));
        words.addAll(List.of(more));
        return new Worker(
                kind + "-" + number, bus.start(words.toArray(String[]::new)), "http://" + health + "/metrics");
    }

    private Bus part(String name) throws IOException {
        Bus bus = new Bus(Files.createDirectory(folder.resolve(name)));
        all.add(bus);
        return bus;
    }

    /**
     * The SSH runners are one subject, as the runbook has it: idempotency keys, which make of two answers one, count within
     * one subject. The UpCloud workers are two, so that it shows whether one starts again what the other has begun.
     */
    private Bus part(String name, String subject, String scopes) throws IOException {
        return part(name)
                .with("BUS_EVENTS_API_URL=" + eventsUrl)
                .with("BUS_API_TOKEN=" + token(Grant.service(subject, Scopes.parse(scopes))));
    }

    private static String token(Grant grant) {
        return MINTER.mint(grant);
    }

    private static String url(Bus.Running service) throws Exception {
        String line = service.awaitOut(text -> text.contains(" at http://"));
        return line.substring(line.indexOf("http://"));
    }
}
