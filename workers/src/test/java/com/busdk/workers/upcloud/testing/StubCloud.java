package com.busdk.workers.upcloud.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The cloud's API as the recorded answers have it: {@code maintenance} for every transition, polls until one is over, a
 * stop that answers the state from before it, numbers as strings, secrets in plain answers, equal names. Faults can be put
 * in its way. Its handlers run on one event loop; the state is guarded by the object.
 */
public final class StubCloud implements AutoCloseable {
    public static final String TOKEN = "ucat_SECRETSECRET";
    public static final String PASSWORD = "one-time-password-9f2";
    public static final String NETWORK = "03a30756-eac1-42dc-857e-27def01f8d72";

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Pattern SERVER = Pattern.compile("/1\\.3/server/([0-9a-f-]{36})(/[a-z]+)?/?");

    private final HttpServer server;
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final List<Fault> faults = new ArrayList<>();
    private Together together;
    private final Map<String, Machine> machines = new LinkedHashMap<>();
    private final List<String> networks = new ArrayList<>();
    private final List<String> templates = new ArrayList<>();
    private int nextId = 1;
    private long clock = 1_700_000_000L;

    /** Details calls until a transition is over. */
    public volatile int polls = 2;

    /** Address of the private NIC of what is created. */
    public volatile String privateAddress = "127.0.0.1";

    /** Lists in which a server that was just created is missing. */
    public volatile int hiddenLists;

    /** What a server comes to after a stop: {@code started} is one that somebody starts before anybody looks. */
    public volatile String stopsTo = "stopped";

    /** Whether a start answers at once, as with {@code start_type} async, rather than when the server runs. */
    public volatile boolean startsAsync;

    /** A request that came. */
    public record Call(String method, String path, String body, String authorization) {
        public boolean is(String method, String part) {
            return this.method.equals(method) && path.contains(part);
        }

        public JsonNode json() {
            try {
                return MAPPER.readTree(body);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** What becomes of a call, once. {@code doIt} obeys first; status 0 cuts the connection. */
    private record Fault(Predicate<Call> when, boolean doIt, int status, Map<String, String> headers, String body) {}

    /** A server of the cloud. */
    public static final class Machine {
        public final String uuid;
        public final String title;
        public final long created;
        public volatile String state;
        public volatile boolean deletedWithStorages;
        private final Map<String, String> labels = new LinkedHashMap<>();
        private final String nics;
        private String target = "started";
        private int left;
        private int hidden;
        private boolean creating;

        Machine(String uuid, String title, long created, String state, String nics) {
            this.uuid = uuid;
            this.title = title;
            this.created = created;
            this.state = state;
            this.nics = nics;
        }

        public Machine label(String key, String value) {
            labels.put(key, value);
            return this;
        }

        /** Stays in a state for some looks, then goes to another. */
        public Machine becomes(String later, int looks) {
            target = later;
            left = looks;
            return this;
        }

        private void look() {
            if (left > 0) {
                left--;
                if (left == 0) {
                    state = target;
                    creating = false;
                }
            }
        }
    }

    private StubCloud(Vertx vertx) {
        server = vertx.createHttpServer();
        server.requestHandler(this::received);
        Await.await(server.listen(0, "127.0.0.1"));
        network("ai-platform-private-fi-hel2", "private", NETWORK);
        network("Private 10.6.0.0/22", "utility", "03000000-0000-4000-8045-000000000000");
        template("Ubuntu Server 24.04 LTS (Noble Numbat)", "01000000-0000-4000-8000-000030240200", "online", null);
    }

    public static StubCloud start(Vertx vertx) {
        return new StubCloud(vertx);
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.actualPort() + "/1.3");
    }

    @Override
    public void close() {
        Await.await(server.close());
    }

    // --- what tests set up and ask ---

    public synchronized Machine machine(String title, String state) {
        Machine machine = new Machine(uuid(), title, clock++, state, nics(privateAddress));
        machines.put(machine.uuid, machine);
        return machine;
    }

    public synchronized List<Machine> machines() {
        return List.copyOf(machines.values());
    }

    /** Somebody else deletes a server. */
    public synchronized void remove(Machine machine) {
        machines.remove(machine.uuid);
    }

    public synchronized void network(String name, String type, String uuid) {
        networks.add("""
            {"name":"%s","type":"%s","uuid":"%s","zone":"fi-hel2","labels":[],"ip_networks":{"ip_network":[]}}\
            """.formatted(name, type, uuid));
    }

    public synchronized void template(String title, String uuid, String state, String zone) {
        templates.add("""
            {"title":"%s","uuid":"%s","state":"%s","type":"template","size":4,"license":0.694%s}\
            """.formatted(title, uuid, state, zone == null ? "" : ",\"zone\":\"" + zone + "\""));
    }

    /** Answers a call like that with an error, once; nothing is done. */
    public synchronized void fail(String method, String part, int status, String body, String... headers) {
        faults.add(new Fault(call -> call.is(method, part), false, status, headers(headers), body));
    }

    /** Somebody else deletes a server just before a call like that comes. */
    public synchronized void vanishBefore(String method, String part, Machine machine) {
        faults.add(new Fault(
                call -> {
                    boolean now = call.is(method, part) && machines.containsKey(machine.uuid);
                    if (now) {
                        machines.remove(machine.uuid);
                    }
                    return false;
                },
                true,
                0,
                Map.of(),
                ""));
    }

    /** Cuts the connection of a call like that, once; {@code doIt} says whether it is obeyed before. */
    public synchronized void cut(String method, String part, boolean doIt) {
        faults.add(new Fault(call -> call.is(method, part), doIt, 0, Map.of(), ""));
    }

    /** The next {@code count} calls like that are answered when all of them have come, as if at once. */
    public synchronized void together(String method, String part, int count) {
        together = new Together(method, part, count, new ArrayList<>());
    }

    public List<Call> calls() {
        return calls;
    }

    public long count(String method, String part) {
        return calls.stream().filter(call -> call.is(method, part)).count();
    }

    public Call call(String method, String part) {
        return calls.stream().filter(call -> call.is(method, part)).findFirst().orElseThrow();
    }

    public static String error(String code, String message) {
        return "{\"error\":{\"error_code\":\"" + code + "\",\"error_message\":\"" + message + "\"}}";
    }

    private static Map<String, String> headers(String... pairs) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            headers.put(pairs[i], pairs[i + 1]);
        }
        return headers;
    }

    private record Together(String method, String part, int count, List<Runnable> waiting) {}

    // --- the API ---

    private record Answer(int status, String body) {}

    private void received(HttpServerRequest request) {
        request.body().onSuccess(body -> answer(request, body));
    }

    private synchronized void answer(HttpServerRequest request, Buffer body) {
        Call call =
                new Call(request.method().name(), request.uri(), body.toString(), request.getHeader("Authorization"));
        calls.add(call);
        Fault fault =
                faults.stream().filter(f -> f.when().test(call)).findFirst().orElse(null);
        Together those = together;
        if (those != null && call.is(those.method(), those.part())) {
            those.waiting().add(() -> answer(request, call));
            if (those.waiting().size() == those.count()) {
                together = null;
                those.waiting().forEach(Runnable::run);
            }
            return;
        }
        if (fault == null) {
            answer(request, call);
            return;
        }
        faults.remove(fault);
        if (fault.doIt()) {
            perform(call);
        }
        if (fault.status() == 0) {
            request.connection().close();
            return;
        }
        fault.headers().forEach((name, value) -> request.response().putHeader(name, value));
        request.response().setStatusCode(fault.status()).end(fault.body());
    }

    private void answer(HttpServerRequest request, Call call) {
        Answer answer = perform(call);
        request.response()
                .setStatusCode(answer.status())
                .putHeader("Content-Type", "application/json; charset=UTF-8")
                .end(answer.body());
    }

    private Answer perform(Call call) {
        String path = call.path().replaceAll("\\?.*", "");
        Matcher one = SERVER.matcher(path);
        if (one.matches()) {
            Machine machine = machines.get(one.group(1));
            String verb = one.group(2) == null ? "" : one.group(2);
            return machine == null ? missing(verb) : machine(call, machine, verb);
        }
        return switch (call.method() + " " + path) {
            case "GET /1.3/server" -> new Answer(200, "{\"servers\":{\"server\":[" + list() + "]}}");
            case "POST /1.3/server" -> create(call);
            case "GET /1.3/network" ->
                new Answer(200, "{\"networks\":{\"network\":[" + String.join(",", networks) + "]}}");
            case "GET /1.3/storage/template" ->
                new Answer(200, "{\"storages\":{\"storage\":[" + String.join(",", templates) + "]}}");
            default -> new Answer(404, error("RESOURCE_NOT_FOUND", "There is nothing."));
        };
    }

    /** What is below a server that is not there is refused as if the token were wrong. */
    private static Answer missing(String verb) {
        return verb.isEmpty()
                ? new Answer(404, error("SERVER_NOT_FOUND", "The server does not exist."))
                : new Answer(403, error("AUTHENTICATION_FAILED", "Authentication failed."));
    }

    private Answer machine(Call call, Machine machine, String verb) {
        return switch (call.method() + verb) {
            case "GET" -> {
                machine.look();
                yield new Answer(200, "{\"server\":" + details(machine, false) + "}");
            }
            case "POST/start" -> {
                if (!machine.state.equals("stopped")) {
                    yield illegal();
                }
                machine.state = startsAsync ? "maintenance" : "started";
                if (startsAsync) {
                    machine.becomes("started", polls);
                }
                yield new Answer(200, "{\"server\":" + details(machine, false) + "}");
            }
            case "POST/stop" -> stop(call, machine);
            case "DELETE" -> {
                if (!machine.state.equals("stopped")) {
                    yield illegal();
                }
                machine.deletedWithStorages = call.path().contains("storages=1");
                machines.remove(machine.uuid);
                yield new Answer(204, "");
            }
            default -> new Answer(405, error("METHOD_NOT_ALLOWED", "No."));
        };
    }

    private Answer stop(Call call, Machine machine) {
        JsonNode stop = call.json().path("stop_server");
        if (stop.isMissingNode() || !stop.path("timeout").isTextual()) {
            return new Answer(400, error("UNKNOWN_ATTRIBUTE", "wrapper or type"));
        }
        if (!machine.state.equals("started")) {
            return illegal();
        }
        String before = details(machine, false);
        machine.state = "maintenance";
        machine.becomes(stopsTo, polls);
        return new Answer(200, "{\"server\":" + before + "}");
    }

    private Answer create(Call call) {
        JsonNode spec = call.json().path("server");
        boolean complete = spec.path("metadata").asText().equals("yes")
                && spec.path("login_user").path("create_password").asText().equals("no")
                && !spec.path("hostname").asText().isEmpty()
                && spec.path("storage_devices").path("storage_device").isArray();
        if (!complete) {
            return new Answer(400, error("METADATA_DISABLED_ON_CLOUD-INIT", "incomplete"));
        }
        String asked = spec.at("/networking/interfaces/interface/1/ip_addresses/ip_address/0/address")
                .asText(privateAddress);
        Machine machine = new Machine(uuid(), spec.path("title").asText(), clock++, "maintenance", nics(asked));
        for (JsonNode label : spec.path("labels").path("label")) {
            machine.label(label.path("key").asText(), label.path("value").asText());
        }
        machine.creating = true;
        machine.hidden = hiddenLists;
        machine.becomes("started", polls);
        machines.put(machine.uuid, machine);
        return new Answer(202, "{\"server\":" + details(machine, true) + "}");
    }

    private static Answer illegal() {
        return new Answer(409, error("SERVER_STATE_ILLEGAL", "The operation is not allowed in that state."));
    }

    private String list() {
        List<String> items = new ArrayList<>();
        for (Machine machine : machines.values()) {
            if (machine.hidden > 0) {
                machine.hidden--;
            } else {
                items.add(summary(machine).toString());
            }
        }
        return String.join(",", items);
    }

    private static ObjectNode summary(Machine machine) {
        ObjectNode json = MAPPER.createObjectNode();
        json.put("uuid", machine.uuid)
                .put("title", machine.title)
                .put("hostname", "h")
                .put("state", machine.state);
        json.put("zone", "fi-hel2")
                .put("plan", "1xCPU-1GB")
                .put("core_number", "1")
                .put("memory_amount", "1024");
        json.put("created", machine.created)
                .put("host", 6_862_160_515L)
                .put("license", 0)
                .putNull("server_group");
        var labels = json.putObject("labels").putArray("label");
        machine.labels.forEach(
                (key, value) -> labels.addObject().put("key", key).put("value", value));
        return json;
    }

    private static String details(Machine machine, boolean fresh) {
        try {
            ObjectNode json = summary(machine);
            json.set("networking", MAPPER.readTree(machine.nics));
            json.put("remote_access_password", PASSWORD);
            if (machine.creating) {
                json.put("progress", "85");
            }
            if (fresh) {
                json.put("username", "root").put("password", PASSWORD);
            }
            return json.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The private NIC is not the first, and the utility address is private address space too. */
    private static String nics(String address) {
        return """
            {"interfaces":{"interface":[
            {"index":1,"type":"utility","mac":"6e:28:ff:12:97:77","network":"03692429-67a5-4227-b08b-60d9085754d7",
             "ip_addresses":{"ip_address":[{"address":"10.6.7.148","family":"IPv4"}]}},
            {"index":2,"type":"public","mac":"6e:28:ff:12:97:78","network":"03000000-0000-4000-8044-000000000000",
             "ip_addresses":{"ip_address":[{"address":"127.0.0.9","family":"IPv4"}]}},
            {"index":4,"type":"private","mac":"6e:28:ff:12:f6:5f","network":"%s",
             "ip_addresses":{"ip_address":[{"address":"%s","family":"IPv4"}]}}]}}\
            """.formatted(NETWORK, address);
    }

    private String uuid() {
        return "00f53904-3f10-49cb-8c9c-%012x".formatted(nextId++);
    }
}
