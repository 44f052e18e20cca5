package com.busdk.cli.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * As much of the cloud's API as it takes to create a server, to find it again and to be rid of it, as the recorded answers
 * have it: every create makes a server, whatever the name; it is in {@code maintenance} until it is let out; a stop answers
 * the state from before it; only what is stopped is deleted; its private address stands with one NIC of several, and the
 * utility NIC has a private address as well. Any thread; the state is guarded by the object.
 */
public final class CloudStandIn implements AutoCloseable {
    public static final String TOKEN = "ucat_e2e";

    private static final String NETWORK = "03a30756-eac1-42dc-857e-27def01f8d72";
    private static final Pattern SERVER = Pattern.compile("/1\\.3/server/([0-9a-f-]{36})(/start|/stop)?");
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int BASE_10 = 10;

    private final HttpServer http;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final String privateAddress;
    private final Map<String, ObjectNode> servers = new LinkedHashMap<>();
    private final Set<String> stopping = new HashSet<>();
    private int created;
    private int refused;
    private boolean held;

    private record Answer(int status, String body) {}

    /** Starts one whose servers are all at that address. */
    public CloudStandIn(String privateAddress) throws IOException {
        this.privateAddress = privateAddress;
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.setExecutor(threads);
        http.createContext("/", this::answer);
        http.start();
    }

    /** What {@code --upcloud-api-url} is. */
    public String url() {
        return "http://127.0.0.1:" + http.getAddress().getPort() + "/1.3";
    }

    /** Creates that were obeyed, whatever became of the servers. */
    public synchronized int created() {
        return created;
    }

    /** Servers that there are. */
    public synchronized int servers() {
        return servers.size();
    }

    /** Calls without the token, or that the real API does not know. */
    public synchronized int refused() {
        return refused;
    }

    /** Servers that are made from now on stay in {@code maintenance} until {@link #letOut}. */
    public synchronized void hold() {
        held = true;
    }

    /** All servers are ready at the next look. */
    public synchronized void letOut() {
        held = false;
    }

    @Override
    public void close() {
        http.stop(0);
        threads.close();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String token = exchange.getRequestHeaders().getFirst("Authorization");
            String call =
                    exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
            Answer answer = perform(call, ("Bearer " + TOKEN).equals(token), body);
            byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json; charset=UTF-8");
            exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private synchronized Answer perform(String call, boolean allowed, String body) throws IOException {
        if (!allowed) {
            return refuse(401, "AUTHENTICATION_FAILED");
        }
        Matcher one = SERVER.matcher(call.substring(call.indexOf(' ') + 1));
        if (one.matches()) {
            ObjectNode server = servers.get(one.group(1));
            String verb = one.group(2) == null ? "" : one.group(2);
            String what = call.substring(0, call.indexOf(' ')) + verb;
            if (server == null) {
                return verb.isEmpty() ? refuse(404, "SERVER_NOT_FOUND") : refuse(403, "AUTHENTICATION_FAILED");
            }
            return one(what, server, body);
        }
        return switch (call) {
            case "GET /1.3/server" -> list();
            case "POST /1.3/server" -> create(MAPPER.readTree(body).path("server"));
            case "GET /1.3/network" -> new Answer(200, """
                {"networks":{"network":[
                {"name":"Private 10.6.0.0/22","type":"utility","uuid":"03000000-0000-4000-8045-000000000000","zone":"fi-hel2"},
                {"name":"ai-platform-private-fi-hel2","type":"private","uuid":"%s","zone":"fi-hel2"}]}}\
                """.formatted(NETWORK));
            case "GET /1.3/storage/template" -> new Answer(200, """
                {"storages":{"storage":[{"title":"Ubuntu Server 24.04 LTS (Noble Numbat)","state":"online","type":"template",\
                "uuid":"01000000-0000-4000-8000-000030240200","size":4,"license":0.694}]}}\
                """);
            default -> refuse(404, "RESOURCE_NOT_FOUND");
        };
    }

    private Answer refuse(int status, String code) {
        refused++;
        return new Answer(status, "{\"error\":{\"error_code\":\"" + code + "\",\"error_message\":\"No.\"}}");
    }

    private Answer list() {
        ObjectNode root = MAPPER.createObjectNode();
        var items = root.putObject("servers").putArray("server");
        for (ObjectNode server : servers.values()) {
            ObjectNode summary = server.deepCopy();
            summary.remove("networking"); // a list tells of no addresses
            items.add(summary);
        }
        return new Answer(200, root.toString());
    }

    private Answer one(String what, ObjectNode server, String body) throws IOException {
        String state = server.path("state").asText();
        return switch (what) {
            case "GET" -> look(server);
            case "POST/start" -> state.equals("stopped") ? start(server) : refuse(409, "SERVER_STATE_ILLEGAL");
            case "POST/stop" -> {
                boolean asked = MAPPER.readTree(body).at("/stop_server/timeout").isTextual();
                yield !asked
                        ? refuse(400, "UNKNOWN_ATTRIBUTE")
                        : state.equals("started") ? stop(server) : refuse(409, "SERVER_STATE_ILLEGAL");
            }
            case "DELETE" -> {
                if (!state.equals("stopped")) {
                    yield refuse(409, "SERVER_STATE_ILLEGAL");
                }
                servers.remove(server.path("uuid").asText());
                yield new Answer(204, "");
            }
            default -> refuse(405, "METHOD_NOT_ALLOWED");
        };
    }

    private static Answer start(ObjectNode server) {
        server.put("state", "started");
        return new Answer(200, "{\"server\":" + server + "}");
    }

    /** Answers how it was. */
    private Answer stop(ObjectNode server) {
        Answer before = new Answer(200, "{\"server\":" + server + "}");
        server.put("state", "maintenance");
        stopping.add(server.path("uuid").asText());
        return before;
    }

    /** A transition is over for the next who looks, not for this one. */
    private Answer look(ObjectNode server) {
        Answer answer = new Answer(200, "{\"server\":" + server + "}");
        if (!held && server.path("state").asText().equals("maintenance")) {
            server.put("state", stopping.remove(server.path("uuid").asText()) ? "stopped" : "started");
        }
        return answer;
    }

    private Answer create(JsonNode asked) throws IOException {
        boolean complete = asked.path("metadata").asText().equals("yes")
                && asked.at("/login_user/ssh_keys/ssh_key/0").isTextual()
                && asked.at("/storage_devices/storage_device/0/storage").isTextual();
        if (!complete) {
            return refuse(400, "METADATA_DISABLED_ON_CLOUD-INIT");
        }
        created++;
        String uuid = "00f53904-3f10-49cb-8c9c-" + "0".repeat(BASE_10) + (BASE_10 + created);
        ObjectNode server = MAPPER.createObjectNode();
        server.put("uuid", uuid).put("title", asked.path("title").asText()).put("hostname", "h");
        server.put("state", "maintenance")
                .put("zone", "fi-hel2")
                .put("plan", asked.path("plan").asText());
        server.put("created", 1_700_000_000L + created).put("core_number", "1").putNull("server_group");
        server.set("labels", asked.path("labels"));
        server.set("networking", MAPPER.readTree("""
            {"interfaces":{"interface":[
            {"index":1,"type":"utility","mac":"6e:28:ff:12:97:77","network":"03692429-67a5-4227-b08b-60d9085754d7",
             "ip_addresses":{"ip_address":[{"address":"10.6.7.148","family":"IPv4"}]}},
            {"index":4,"type":"private","mac":"6e:28:ff:12:f6:5f","network":"%s",
             "ip_addresses":{"ip_address":[{"address":"%s","family":"IPv4"}]}}]}}\
            """.formatted(NETWORK, privateAddress)));
        servers.put(uuid, server);
        return new Answer(202, "{\"server\":" + server + "}");
    }
}
