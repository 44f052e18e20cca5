package com.busdk.cli.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.Scopes;
import com.busdk.client.worker.Reply;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** The bad-input suite of the providers: for each route a table of requests, the exact answer, and no event of it. */
@Timeout(120)
class BadRequestsTest {
    private static final String VM = "/api/v1/vm";
    private static final String CONTAINERS = "/api/v1/containers";
    private static final String RUNNER = "/api/internal/containers/runner";
    private static final String JSON = "application/json";
    private static final int KIB = 1024;

    /** All that may be asked, of each audience: what is refused is refused for what it is. */
    private static final String TOKEN = token(Scopes.AUDIENCE_API);

    private static final String INTERNAL_TOKEN = token(Scopes.AUDIENCE_INTERNAL);

    private static final String[] REQUESTS = {
        "bus.vm.status.request",
        "bus.vm.start.request",
        "bus.vm.stop.request",
        "bus.containers.status.request",
        "bus.containers.run.request",
        "bus.containers.run.accepted",
        "bus.containers.delete.request",
        "bus.containers.runner.status.request",
        "bus.containers.runner.start.request",
        "bus.containers.runner.delete.request"
    };

    private final Platform platform = new Platform();

    private static String token(String audience) {
        return Platform.token(
                "11111111-1111-4111-8111-111111111111",
                audience,
                "vm:read vm:write container:read container:run container:delete container:admin",
                true);
    }

    @AfterEach
    void close() {
        platform.close();
    }

    /** A request, and how it is answered. */
    private record Row(String method, String path, String type, Buffer body, int status, String word) {
        static Row of(String method, String path, String body, int status, String word) {
            return new Row(method, path, JSON, Buffer.buffer(body), status, word);
        }

        String shown() {
            String text = body.toString(StandardCharsets.ISO_8859_1);
            String target = path.length() > 60 ? path.substring(0, 60) + "…" : path;
            return method + " " + target + " " + (text.length() > 40 ? text.substring(0, 40) + "…" : text);
        }
    }

    // --- rows that every route has ---

    private static List<Row> withoutBody(String method, String path) {
        List<Row> rows = new ArrayList<>(List.of(
                Row.of(method, path, "{}", 400, "bad_request"),
                Row.of(method, path, "x".repeat(100 * KIB), 400, "bad_request")));
        rows.addAll(elsewhere(method, path));
        return rows;
    }

    /** Of routes that take an empty object: that is not among what is refused. */
    private static List<Row> withEmptyBody(String method, String path) {
        List<Row> rows = new ArrayList<>();
        for (String body : List.of("{\"a\":1}", "[]", "null", "7", "\"\"", "{", "{}{}", "x", "[".repeat(1_500))) {
            rows.add(Row.of(method, path, body, 400, "bad_request"));
        }
        rows.add(new Row(method, path, "text/plain", Buffer.buffer("{}"), 415, "unsupported_media_type"));
        rows.add(Row.of(method, path, " ".repeat(100 * KIB), 413, "payload_too_large"));
        return rows;
    }

    private static List<Row> elsewhere(String method, String path) {
        return List.of(
                Row.of("PUT", path, "{}", 405, "method_not_allowed"),
                Row.of("PATCH", path, "", 405, "method_not_allowed"),
                Row.of(method, path + "/", "", 404, "not_found"),
                Row.of(method, path + "%00", "", 404, "not_found"),
                Row.of(method, path + "%2F..%2Fstart", "", 404, "not_found"));
    }

    private static List<Row> withBody(String path, int limit, int status, String word) {
        List<Row> rows = new ArrayList<>();
        for (String body : List.of(
                "7",
                "null",
                "true",
                "\"\"",
                "[]",
                "[{}]",
                "{",
                "{}}",
                "{} {}",
                "{'a':1}",
                "{\"a\":1,\"a\":2}",
                "{\"a\":NaN}",
                "\u0000",
                "\uFEFF{",
                "[".repeat(1_500) + "]".repeat(1_500),
                "{\"a\":" + "[".repeat(1_500) + "]".repeat(1_500) + "}")) {
            rows.add(Row.of("POST", path, body, 400, "bad_request"));
        }
        byte[] noUtf8 = {'{', '"', 'a', '"', ':', '"', (byte) 0xff, (byte) 0xfe, '"', '}'};
        rows.add(new Row("POST", path, JSON, Buffer.buffer(noUtf8), 400, "bad_request"));
        rows.add(new Row("POST", path, "text/plain", Buffer.buffer("{}"), 415, "unsupported_media_type"));
        rows.add(new Row(
                "POST", path, "application/x-www-form-urlencoded", Buffer.buffer("a"), 415, "unsupported_media_type"));
        rows.add(Row.of("POST", path, "{\"a\":\"" + "x".repeat(limit) + "\"}", status, word));
        rows.add(Row.of("DELETE", path, "", 405, "method_not_allowed"));
        rows.add(Row.of("POST", path + "/x/y", "{}", 404, "not_found"));
        return rows;
    }

    // --- the routes ---

    private static Stream<Row> vm() {
        List<Row> rows = new ArrayList<>(withoutBody("GET", VM + "/status"));
        for (String query : List.of(
                "runtime=",
                "runtime=a%20b",
                "runtime=..%2Fx",
                "runtime=%00",
                "runtime=a&runtime=b",
                "runtime=" + "x".repeat(65))) {
            rows.add(Row.of("GET", VM + "/status?" + query, "", 400, "bad_request"));
        }
        for (String verb : List.of("/start", "/stop")) {
            rows.addAll(withBody(VM + verb, 4 * KIB, 413, "payload_too_large"));
            for (String runtime :
                    List.of("7", "{}", "[]", "true", "\"\"", "\"a b\"", "\"../x\"", "\"\\u0000\"", "\"\\ud800\"")) {
                rows.add(Row.of("POST", VM + verb, "{\"runtime\":" + runtime + "}", 400, "bad_request"));
            }
        }
        return rows.stream();
    }

    private static Stream<Row> containers() {
        List<Row> rows = new ArrayList<>();
        rows.addAll(withoutBody("GET", CONTAINERS + "/status"));
        rows.add(Row.of("GET", CONTAINERS + "/runs", "{}", 400, "bad_request"));
        for (String query : List.of(
                "limit=", "limit=0", "limit=-1", "limit=201", "limit=1e2", "limit=%00", "after=", "after=run_nobody")) {
            rows.add(Row.of("GET", CONTAINERS + "/runs?" + query, "", 400, "bad_request"));
        }
        rows.addAll(withBody(CONTAINERS + "/runs", KIB * KIB, 400, "bad_request"));
        for (String run : List.of(
                "{}",
                "{\"profile\":7}",
                "{\"profile\":\"\"}",
                "{\"profile\":\"a b\"}",
                "{\"profile\":\"codex\",\"image\":\"alpine\",\"command\":[\"a\"]}",
                "{\"image\":\"alpine\"}",
                "{\"image\":\"--privileged\",\"command\":[\"a\"]}",
                "{\"image\":\"a;id\",\"command\":[\"a\"]}",
                "{\"image\":\"alpine\",\"command\":\"a\"}",
                "{\"image\":\"alpine\",\"command\":[7]}",
                "{\"image\":\"alpine\",\"command\":[\"a\\u0000\"]}",
                "{\"image\":\"alpine\",\"command\":[\"a\"" + ",\"a\"".repeat(256) + "]}",
                "{\"image\":\"alpine\",\"command\":[\"" + "a".repeat(128 * KIB + 1) + "\"]}",
                "{\"image\":\"alpine\",\"command\":[\"" + "a".repeat(2 * KIB * KIB) + "\"]}",
                "{\"profile\":\"codex\",\"timeout_seconds\":-1}",
                "{\"profile\":\"codex\",\"timeout_seconds\":\"1\"}",
                "{\"profile\":\"codex\",\"timeout_seconds\":99999999999999999999}")) {
            rows.add(Row.of("POST", CONTAINERS + "/runs", run, 400, "bad_request"));
        }
        rows.addAll(withEmptyBody("DELETE", CONTAINERS + "/runs/run_x"));
        for (String id : List.of("%00", "..%2F..", "a%20b", "%24%28id%29", "x".repeat(2_000))) {
            rows.add(Row.of("DELETE", CONTAINERS + "/runs/" + id, "", 404, "not_found"));
        }
        rows.add(Row.of("PUT", CONTAINERS + "/runs/run_x", "{}", 405, "method_not_allowed"));
        rows.addAll(withoutBody("GET", RUNNER));
        for (String method : List.of("POST", "DELETE")) {
            rows.addAll(withEmptyBody(method, RUNNER));
            rows.addAll(elsewhere(method, RUNNER));
        }
        return rows.stream();
    }

    // --- the tests ---

    @TestFactory
    Stream<DynamicTest> shouldBeRefusedByTheVmProvider() {
        platform.worker(
                "vm", _ -> Future.succeededFuture(Reply.of("{\"state\":\"ready\",\"provider\":\"x\"}")), REQUESTS[0]);
        return tests(vm(), platform.vm().url(), VM + "/status");
    }

    @TestFactory
    Stream<DynamicTest> shouldBeRefusedByTheContainersProvider() {
        platform.worker("containers", _ -> Future.succeededFuture(Reply.of("{\"items\":[]}")), REQUESTS[3]);
        String url = platform.containers().url();
        while (send(url, Row.of("GET", CONTAINERS + "/runs", "", 200, "")).statusCode() == 503) {
            Thread.onSpinWait(); // the history of runs is being read
        }
        return tests(containers(), url, CONTAINERS + "/status");
    }

    private Stream<DynamicTest> tests(Stream<Row> rows, String url, String good) {
        Stream<DynamicTest> refused = rows.map(row -> DynamicTest.dynamicTest(row.shown(), () -> {
            HttpResponse<String> answer = send(url, row);
            assertEquals(row.status(), answer.statusCode(), answer.body());
            var error = Platform.json(answer.body()).path("error");
            assertEquals(row.word(), error.path("type").asText());
            assertFalse(error.path("message").asText().isBlank());
            assertTrue(answer.body().length() < 2 * KIB, "what was sent is not repeated");
        }));
        Stream<DynamicTest> raw = RAW.stream()
                .map(text -> DynamicTest.dynamicTest(text.substring(0, 20), () -> {
                    String answer = raw(URI.create(url).getPort(), text.replace("@PATH@", good));
                    // Nothing at all is an answer to what is no HTTP.
                    assertTrue(answer.isEmpty() || answer.matches("(?s)HTTP/[0-9.]+ (4[0-9]{2}|501) .*"), answer);
                }));
        Stream<DynamicTest> afterwards = Stream.of(DynamicTest.dynamicTest("afterwards", () -> {
            assertEquals(List.of(), platform.history(REQUESTS), "nothing was asked of a worker");
            HttpResponse<String> answer = send(url, Row.of("GET", good, "", 200, ""));
            assertEquals(200, answer.statusCode(), answer.body());
        }));
        return Stream.of(refused, raw, afterwards).flatMap(tests -> tests);
    }

    private static final List<String> RAW = List.of(
            "GET @PATH@?a=%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            "GET @PATH@ HTTP/9.9\r\nHost: x\r\nConnection: close\r\n\r\n",
            "POST @PATH@ HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\nConnection: close\r\n\r\n",
            "POST @PATH@ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab",
            "POST @PATH@ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
            "GET @PATH@ HTTP/1.1\r\nHost: x\r\nX-Bomb: " + "x".repeat(200 * KIB) + "\r\nConnection: close\r\n\r\n",
            "GET @PATH@ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a.b.c\r\nConnection: close\r\n\r\n",
            "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u0000\u0003\u0003 a handshake of TLS\r\n\r\n");

    private HttpResponse<String> send(String url, Row row) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + row.path()))
                .header("Authorization", "Bearer " + (row.path().startsWith(RUNNER) ? INTERNAL_TOKEN : TOKEN))
                .method(
                        row.method(),
                        row.body().length() == 0
                                ? BodyPublishers.noBody()
                                : BodyPublishers.ofByteArray(row.body().getBytes()));
        if (row.body().length() > 0) {
            request.header("Content-Type", row.type());
        }
        try {
            return platform.http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(row.shown(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Everything that comes back until the connection ends. */
    private static String raw(int port, String text) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(50_000);
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            socket.shutdownOutput();
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (SocketException e) {
            return ""; // cut off
        }
    }
}
