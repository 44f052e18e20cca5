package com.busdk.cli.e2e;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenMinter.Grant;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * What counts container runs, a process for each part as in production: events service, a worker that pretends to run
 * containers, usage and billing workers on databases that they share, the APIs before them, and the gateway. Runs take an
 * active subscription, and are recorded.
 */
final class AccountsPlatform implements AutoCloseable {
    /** The user who runs containers. */
    static final String USER = "11111111-1111-4111-8111-111111111111";

    private static final String SECRET = "a-secret-of-tests-that-is-long-enough-for-hs256";
    private static final TokenMinter MINTER = new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC());
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String USAGE = "usage:write usage:read usage:delete billing:usage:export";
    private static final String BILLING =
            "billing:read billing:setup billing:entitlement:check" + " billing:subscription:write billing:usage:export";
    private static final String RUNS = "container:read container:run container:delete";

    private final Path folder;
    private final Databases databases;
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<Bus> all = new ArrayList<>();
    private final String eventsUrl;
    private final String gatewayUrl;
    private final Bus user;
    private final Bus operator;
    private final String userToken = MINTER.mint(Grant.user(USER, Scopes.parse(RUNS + " billing:read billing:setup")));
    private final String readerToken = MINTER.mint(Grant.service("bus-reader", Scopes.parse(USAGE + " " + RUNS)));
    private final String collectorToken =
            MINTER.mint(Grant.service("collector", Scopes.parse("usage:read")).withAudience("ai.hg.fi/internal"));

    /** The workers that run containers, two processes of one group, by the names that they have in it. */
    private final Map<String, Bus.Running> runners = new HashMap<>();

    /** The usage workers, two processes of one group on one database. */
    private final List<Bus.Running> usageWorkers;

    /** The billing workers, two processes of one group on one database. */
    private final List<Bus.Running> billingWorkers;

    private final String containersUrl;
    private Bus.Running containersProvider;
    private int parts;

    /**
     * Where the workers keep their books.
     *
     * @param backend as their flags call it
     * @param usage of the usage workers
     * @param billing of the billing workers
     */
    record Databases(String backend, String usage, String billing) {}

    AccountsPlatform(Path folder, Databases databases) throws Exception {
        this.folder = folder;
        this.databases = databases;
        eventsUrl = url(part().with("BUS_API_JWT_SECRET=" + SECRET)
                .start("api", "provider", "events", "--addr", "127.0.0.1:0", "--data-dir", "data"));
        List<Bus.Running> workers = List.of(usageWorker(), usageWorker(), billingWorker(), billingWorker());
        for (Bus.Running worker : workers) {
            awaitWork(worker);
        }
        addRunner();
        addRunner();
        containersProvider = containersProvider("127.0.0.1:0");
        containersUrl = url(containersProvider);
        String usage = url(provider("usage", "127.0.0.1:0", "usage:read usage:delete"));
        String billing = url(provider("billing", "127.0.0.1:0", "billing:read billing:setup"));
        gatewayUrl = url(part().start(
                        "api",
                        "gateway",
                        "--addr",
                        "127.0.0.1:0",
                        "--internal",
                        "--events-url",
                        eventsUrl,
                        "--vm-url",
                        "none",
                        "--containers-url",
                        containersUrl,
                        "--usage-url",
                        usage,
                        "--billing-url",
                        billing));
        user = part().with("BUS_AI_API_URL=" + gatewayUrl).with("BUS_API_TOKEN=" + userToken);
        operator = part("bus-operator", USAGE + " " + BILLING + " " + RUNS);
        usageWorkers = new ArrayList<>(workers.subList(0, 2));
        billingWorkers = new ArrayList<>(workers.subList(2, 4));
    }

    /** The commands of the user. */
    Bus user() {
        return user;
    }

    /** The commands of who may send what workers send. */
    Bus operator() {
        return operator;
    }

    private void addRunner() throws Exception {
        Bus.Running runner =
                worker(RUNS, "BUS_X=", "upcloud", "--provider", "static", "--container-runner-name", "static");
        runners.put("upcloud-" + parts, runner);
        awaitWork(runner);
    }

    Bus.Running usageWorker() throws IOException {
        return worker(
                USAGE,
                "BUS_USAGE_DATABASE_URL=" + databases.usage(),
                "usage",
                "--usage-backend",
                databases.backend(),
                "--billing-export",
                "default");
    }

    Bus.Running billingWorker() throws IOException {
        return worker(
                BILLING,
                "BUS_BILLING_DATABASE_URL=" + databases.billing(),
                "billing",
                "--store-backend",
                databases.backend(),
                "--quota-config",
                LocalStack.checkout().resolve("conf/quota.json").toString());
    }

    static void awaitWork(Bus.Running worker) throws Exception {
        worker.awaitErr(line -> line.contains("takes requests"));
    }

    /** Kills the worker that has this run in hand, and puts a new one beside the other. */
    void replaceRunnerOf(JsonNode request) throws Exception {
        String event = request.path("id").asText();
        JsonNode[] seen = {MAPPER.nullNode()};
        Patience.until(
                "a worker has the run in hand",
                () -> {
                    seen[0] = json(get(eventsUrl + "/api/v1/events/" + event, readerToken));
                    return runners.containsKey(holder(seen[0]));
                },
                () -> seen[0] + " and not one of " + runners.keySet());
        runners.remove(holder(seen[0])).signal("KILL");
        addRunner();
    }

    private static String holder(JsonNode shown) {
        return shown.path("groups").path(0).path("consumer").asText("");
    }

    /** How often a request for a run was delivered once more. */
    long redeliveredRuns() throws Exception {
        return groups("redelivered", "bus.containers.run.request");
    }

    /** Kills the older usage worker, and puts a new one beside the other. */
    void replaceUsageWorker() throws Exception {
        usageWorkers.removeFirst().signal("KILL");
        usageWorkers.add(usageWorker());
        awaitWork(usageWorkers.getLast());
    }

    /** Kills the older billing worker, and puts a new one beside the other. */
    void replaceBillingWorker() throws Exception {
        billingWorkers.removeFirst().signal("KILL");
        billingWorkers.add(billingWorker());
        awaitWork(billingWorkers.getLast());
    }

    /** Kills the containers provider, and puts a new one in its place. */
    void replaceContainersProvider() throws Exception {
        containersProvider.signal("KILL");
        containersProvider.end();
        containersProvider = containersProvider(URI.create(containersUrl).getAuthority());
        url(containersProvider);
    }

    private Bus.Running containersProvider(String address) throws IOException {
        return provider(
                "containers",
                address,
                RUNS + " usage:write billing:entitlement:check",
                "--usage-backend",
                "events",
                "--billing-backend",
                "events");
    }

    /** Has a container run; completes with the answer's JSON. */
    CompletableFuture<JsonNode> run(String... command) {
        String body = MAPPER.createObjectNode()
                .put("profile", "codex")
                .<ObjectNode>set("command", MAPPER.valueToTree(command))
                .toString();
        HttpRequest request = HttpRequest.newBuilder(URI.create(gatewayUrl + "/api/v1/containers/runs"))
                .header("Authorization", "Bearer " + userToken)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build();
        return http.sendAsync(request, BodyHandlers.ofString()).thenApply(answer -> {
            if (answer.statusCode() != 200) {
                throw new AssertionError(answer.statusCode() + " " + answer.body());
            }
            return json(answer.body());
        });
    }

    /** Everything that the collector has. */
    List<JsonNode> records() throws IOException, InterruptedException {
        String page = get(gatewayUrl + "/api/internal/usage-events?page_size=10000", collectorToken);
        List<JsonNode> records = new ArrayList<>();
        json(page).path("items").forEach(records::add);
        return records;
    }

    private String get(String url, String token) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .header("Authorization", "Bearer " + token)
                .build();
        var answer = http.send(request, BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new AssertionError(answer.statusCode() + " " + answer.body());
        }
        return answer.body();
    }

    /** What has been used of the first quota. */
    long used() throws Exception {
        Bus.Ended status = user.run("billing", "status", "--format", "json");
        if (status.code() != 0) {
            throw new AssertionError(status.toString());
        }
        return json(status.out()).path("usage").path(0).path("used").asLong();
    }

    /** Everything of that name so far, as its sender published it. */
    List<JsonNode> history(String name) throws IOException, InterruptedException {
        // Not by a command, which takes seconds to start where the machine is busy: longer than what is looked for
        // lasts.
        return get(eventsUrl + "/api/v1/events/stream?follow=false&name=" + name, readerToken)
                .lines()
                .map(AccountsPlatform::json)
                .toList();
    }

    /** Waits until no worker has anything in hand, and nothing waits for one. */
    void awaitQuiet() throws Exception {
        Patience.until("nothing waits for a worker", () -> waiting() == 0, () -> {
            try {
                return operator.run("events", "groups").out();
            } catch (Exception e) {
                return e.toString();
            }
        });
    }

    private long waiting() throws IOException, InterruptedException {
        return groups("lag", "") + groups("in_flight", "");
    }

    /** The sum of a column over the groups of an event, or of all where it is empty. */
    private long groups(String column, String event) throws IOException, InterruptedException {
        List<String> lines =
                operator.run("events", "groups", "-f", "tsv").out().lines().toList();
        List<String> head = List.of(lines.getFirst().split("\t", -1));
        return lines.stream()
                .skip(1)
                .map(line -> line.split("\t", -1))
                .filter(row -> event.isEmpty() || row[head.indexOf("name")].equals(event))
                .mapToLong(row -> Long.parseLong(row[head.indexOf(column)]))
                .sum();
    }

    static JsonNode json(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (IOException e) {
            throw new IllegalStateException("no JSON: " + text, e);
        }
    }

    @Override
    public void close() {
        all.reversed().forEach(Bus::close);
        http.close();
    }

    // --- parts ---

    private Bus.Running worker(String scopes, String variable, String kind, String... more) throws IOException {
        // Workers of one kind are one subject: idempotency keys, which make of two answers one, count within one.
        Bus bus = part("bus-integration-" + kind, scopes).with(variable);
        List<String> words = new ArrayList<>(List.of("integration", kind, "--consumer", kind + "-" + parts));
        words.addAll(List.of(more));
        return bus.start(words.toArray(String[]::new));
    }

    private Bus.Running provider(String kind, String address, String scopes, String... more) throws IOException {
        List<String> words = new ArrayList<>(List.of("api", "provider", kind, "--addr", address));
        words.addAll(List.of(more));
        return part("bus-api-provider-" + kind, scopes)
                .with("BUS_API_JWT_SECRET=" + SECRET)
                .start(words.toArray(String[]::new));
    }

    private Bus part(String subject, String scopes) throws IOException {
        return part().with("BUS_EVENTS_API_URL=" + eventsUrl)
                .with("BUS_API_TOKEN=" + MINTER.mint(Grant.service(subject, Scopes.parse(scopes))));
    }

    private Bus part() throws IOException {
        parts++;
        Bus bus = new Bus(Files.createDirectory(folder.resolve("part-" + parts)));
        all.add(bus);
        return bus;
    }

    private static String url(Bus.Running service) throws Exception {
        String line = service.awaitOut(text -> text.contains(" at http://"));
        return line.substring(line.indexOf("http://"));
    }
}
