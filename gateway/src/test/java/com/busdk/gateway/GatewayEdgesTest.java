package com.busdk.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.gateway.GatewayOptions.Service;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the gateway lets through, what it does not, and what becomes of both sides when one goes. */
@Timeout(60)
class GatewayEdgesTest {
    private final Vertx vertx = Vertx.vertx();
    private final Promise<HttpServerResponse> stream = Promise.promise();
    private final Promise<Void> streamClosed = Promise.promise();
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final HttpServer behind =
            await(vertx.createHttpServer().requestHandler(this::serve).listen(0, "127.0.0.1"));
    private Gateway gateway;

    @AfterEach
    void stop() {
        if (gateway != null) {
            await(gateway.close());
        }
        await(vertx.close());
    }

    private void serve(HttpServerRequest request) {
        switch (request.path()) {
            case "/api/v1/events/stream" -> {
                HttpServerResponse response = request.response().setChunked(true);
                String accept = request.getHeader("Accept");
                if (accept != null) {
                    response.putHeader("Content-Type", accept);
                }
                response.closeHandler(_ -> streamClosed.tryComplete());
                response.writeHead();
                stream.complete(response);
            }
            case "/api/v1/vm/headers" -> {
                StringBuilder all = new StringBuilder();
                request.headers()
                        .forEach((name, value) -> all.append(name.toLowerCase(Locale.ROOT))
                                .append('=')
                                .append(value)
                                .append('\n'));
                request.response()
                        .putHeader("X-Secret", "kept")
                        .putHeader("Connection", "X-Secret")
                        .end(all.toString());
            }
            case "/api/v1/vm/cut" -> {
                HttpServerResponse response = request.response().putHeader("Content-Length", "100");
                response.write("begun").onComplete(_ -> request.connection().close());
            }
            default ->
                request.body()
                        .onSuccess(body -> request.response()
                                .end(request.method() + " " + request.uri() + " " + body.length() + " "
                                        + request.getHeader("Transfer-Encoding")));
        }
    }

    private void start(Map<String, String> flags) {
        var all = new HashMap<>(Map.of(
                "addr",
                "127.0.0.1:0",
                "servers",
                "2",
                "events-url",
                root(),
                "vm-url",
                root(),
                "containers-url",
                root()));
        all.putAll(flags);
        gateway = await(Gateway.start(vertx, GatewayOptions.read(all, Map.of())));
    }

    private String root() {
        return "http://127.0.0.1:" + behind.actualPort();
    }

    private HttpClient client(HttpVersion version) {
        return vertx.createHttpClient(new HttpClientOptions()
                .setProtocolVersion(version)
                .setHttp2ClearTextUpgrade(false)
                .setDefaultPort(gateway.port())
                .setDefaultHost("127.0.0.1"));
    }

    private record Got(int status, String body, HttpClientResponse response) {}

    private Got call(HttpVersion version, HttpMethod method, String path, Map<String, String> headers, Buffer body) {
        RequestOptions to = new RequestOptions().setMethod(method).setURI(path);
        headers.forEach(to::putHeader);
        return await(client(version)
                .request(to)
                .compose(request -> body == null ? request.send() : request.send(body))
                .compose(response ->
                        response.body().map(text -> new Got(response.statusCode(), text.toString(), response))));
    }

    private Got get(String path, String... headers) {
        var map = new HashMap<String, String>();
        for (int i = 0; i < headers.length; i += 2) {
            map.put(headers[i], headers[i + 1]);
        }
        return call(HttpVersion.HTTP_1_1, HttpMethod.GET, path, map, null);
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void shouldPassOnABodyWhoseLengthNobodyKnows(HttpVersion version) {
        start(Map.of());
        HttpClientRequest request =
                await(client(version).request(HttpMethod.POST, "/api/v1/events").map(to -> to.setChunked(true)));
        await(request.write("12345"));
        await(request.write("67890"));
        Future<Buffer> body = request.response().compose(HttpClientResponse::body);
        await(request.end());
        assertEquals("POST /api/v1/events 10 chunked", await(body).toString());
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void shouldPassAStreamLineByLineAndCloseItWithItsReader(HttpVersion version) throws Exception {
        start(Map.of());
        HttpClientRequest request = await(client(version).request(HttpMethod.GET, "/api/v1/events/stream"));
        Future<HttpClientResponse> answered =
                request.response().onSuccess(r -> r.handler(b -> lines.add(b.toString())));
        await(request.end());
        HttpServerResponse upstream = await(stream.future());
        assertEquals(200, await(answered).statusCode(), "the head comes before any line");
        for (int i = 0; i < 3; i++) {
            await(upstream.write("line " + i + "\n"));
            assertEquals("line " + i + "\n", lines.poll(30, TimeUnit.SECONDS));
        }
        assertFalse(streamClosed.future().isComplete());
        await(request.reset().mapEmpty());
        await(streamClosed.future());
    }

    /** An event of a browser's is at its end with the empty line, which nobody may keep back until there is more. */
    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void shouldPassServerSentEventsAtOnce(HttpVersion version) throws Exception {
        start(Map.of());
        HttpClientRequest request = await(client(version)
                .request(HttpMethod.GET, "/api/v1/events/stream")
                .map(to -> to.putHeader("Accept", "text/event-stream").putHeader("Accept-Encoding", "gzip")));
        Future<HttpClientResponse> answered =
                request.response().onSuccess(r -> r.handler(b -> lines.add(b.toString())));
        await(request.end());
        HttpServerResponse upstream = await(stream.future());
        assertEquals("text/event-stream", await(answered).getHeader("Content-Type"));
        assertEquals(null, await(answered).getHeader("Content-Encoding"), "what is packed is kept until there is more");
        for (String event : List.of("id: 1\ndata: a\n\n", ": still here\n\n", "id: 2\ndata: b\n\n")) {
            await(upstream.write(event));
            assertEquals(event, lines.poll(30, TimeUnit.SECONDS));
        }
        await(request.reset().mapEmpty());
        await(streamClosed.future());
    }

    @Test
    void shouldGiveEveryRequestAnIdAndTellItToBothSides() {
        start(Map.of());
        Got given = get("/api/v1/vm/headers", "X-Request-Id", "abc-123");
        assertEquals("abc-123", given.response().getHeader("X-Request-Id"));
        assertTrue(given.body().contains("x-request-id=abc-123\n"), given.body());

        Got hostile = get("/api/v1/vm/headers", "X-Request-Id", "a b\"c<script>");
        String fresh = hostile.response().getHeader("X-Request-Id");
        assertTrue(fresh.matches("[0-9a-f-]{36}"), fresh);
        assertTrue(hostile.body().contains("x-request-id=" + fresh + "\n"), hostile.body());
        assertNotEquals(fresh, get("/healthz").response().getHeader("X-Request-Id"));
    }

    @Test
    void shouldPassOnNeitherHeadersOfAConnectionNorWhatClientsSayOfThemselves() {
        start(Map.of());
        Got got = get(
                "/api/v1/vm/headers",
                "Connection",
                "X-Drop",
                "X-Drop",
                "1",
                "TE",
                "trailers",
                "X-Forwarded-For",
                "10.9.8.7",
                "Forwarded",
                "for=10.9.8.7",
                "X-Keep",
                "yes");
        assertTrue(got.body().contains("x-keep=yes\n"), got.body());
        assertTrue(got.body().contains("x-forwarded-for=127.0.0.1\n"), got.body());
        assertTrue(got.body().contains("x-forwarded-proto=http\n"), got.body());
        for (String gone : List.of("x-drop", "te=", "10.9.8.7", "\nforwarded=")) {
            assertFalse(got.body().contains(gone), gone + " in " + got.body());
        }
        assertEquals(null, got.response().getHeader("X-Secret"), "the upstream's Connection names it");
    }

    @Test
    void shouldServeInternalPathsOnTheSecondAddressOnly() {
        start(Map.of("internal-addr", "127.0.0.1:0"));
        assertEquals(404, get("/api/internal/containers/runner").status());
        String internal = gateway.internalUrl().orElseThrow();
        Got got = await(vertx.createHttpClient()
                .request(new RequestOptions().setAbsoluteURI(internal + "/api/internal/containers/runner"))
                .compose(HttpClientRequest::send)
                .compose(response -> response.body().map(b -> new Got(response.statusCode(), b.toString(), response))));
        assertEquals("GET /api/internal/containers/runner 0 null", got.body());
    }

    @Test
    void shouldServeInternalPathsWhereTheOperatorSaysSo() {
        start(Map.of("internal", "true"));
        assertEquals(200, get("/api/internal/containers/runner").status());
        assertTrue(gateway.internalUrl().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/containers/../../internal/containers/runner",
                "/api/v1/containers/%2e%2e/%2E%2e/internal/containers/runner",
                "/api/v1/containers/..%2f..%2finternal",
                "/api/v1//containers/status",
                "/api/v1/containers/.",
                "/api/v1/containers\\status",
                "/api/v1/containers/%00"
            })
    void shouldRefusePathsThatMayMeanAnother(String path) throws Exception {
        start(Map.of());
        // By hand: clients tidy paths up.
        String answer = raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
        assertTrue(answer.contains("{\"error\":{\"type\":\"bad_request\""), answer);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/", "/api", "/api/v1", "/api/v1/", "/api/v1/eventsx", "/api/v2/vm/status", "/api/v1/nobody/me"})
    void shouldAnswerWhatIsNotThereInTheFormOfAllErrors(String path) {
        start(Map.of());
        Got got = get(path);
        assertEquals(404, got.status());
        assertTrue(got.body().startsWith("{\"error\":{\"type\":\"not_found\""), got.body());
    }

    @Test
    void shouldBoundBodiesOfProvidersButNotThoseOfEvents() {
        start(Map.of("max-body-bytes", "1KiB"));
        Buffer large = Buffer.buffer(new byte[4096]);
        Got refused = call(HttpVersion.HTTP_1_1, HttpMethod.POST, "/api/v1/vm/start", Map.of(), large);
        assertEquals(413, refused.status());
        assertTrue(refused.body().contains("payload_too_large"), refused.body());
        assertEquals(
                200,
                call(HttpVersion.HTTP_1_1, HttpMethod.POST, "/api/v1/events", Map.of(), large)
                        .status());

        HttpClientRequest chunked = await(client(HttpVersion.HTTP_1_1)
                .request(HttpMethod.POST, "/api/v1/vm/start")
                .map(to -> to.setChunked(true)));
        Future<Integer> status = chunked.response().map(HttpClientResponse::statusCode);
        chunked.write(large); // its end never comes: the limit is seen without it
        assertEquals(413, await(status));
    }

    @Test
    void shouldRefuseHeadersThatAreTooLarge() throws Exception {
        start(Map.of("max-header-bytes", "1KiB"));
        String answer = raw("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Big: " + "x".repeat(4000) + "\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 431 "), answer);
        assertTrue(answer.contains("\"type\":\"bad_request\""), answer);
    }

    @Test
    void shouldAnswerWhatIsNotHttp() throws Exception {
        start(Map.of());
        assertTrue(raw("GARBAGE\r\n\r\n").startsWith("HTTP/1."), "an answer, and the connection closed");
    }

    @Test
    void shouldCloseConnectionsThatDoNotComeToAnEnd() throws Exception {
        start(Map.of("idle-timeout", "100ms"));
        // The end of the answer is the end of the connection: it would wait for ever if the gateway did.
        String silent = raw("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Begun: ");
        assertFalse(silent.contains("200"), silent);
        String answered = raw("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
        assertTrue(answered.startsWith("HTTP/1.1 200 "), answered);
    }

    @Test
    void shouldKeepAStreamOnWhichNothingHappens() throws Exception {
        start(Map.of("idle-timeout", "50ms"));
        HttpClientRequest request =
                await(client(HttpVersion.HTTP_1_1).request(HttpMethod.GET, "/api/v1/events/stream"));
        request.response().onSuccess(r -> r.handler(b -> lines.add(b.toString())));
        await(request.end());
        HttpServerResponse upstream = await(stream.future());
        for (int i = 0; i < 4; i++) { // idle connections come and go while the stream stands
            raw("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
        }
        await(upstream.write("still here"));
        assertEquals("still here", lines.poll(30, TimeUnit.SECONDS));
    }

    @Test
    void shouldCutAnAnswerWhoseServiceGoesAwayRatherThanEndIt() {
        start(Map.of());
        assertThrows(IllegalStateException.class, () -> get("/api/v1/vm/cut"));
        assertEquals(200, get("/healthz").status());
    }

    @Test
    void shouldLetNoOriginInUnlessToldTo() {
        start(Map.of());
        Got got = get("/healthz", "Origin", "https://evil.example");
        assertEquals(null, got.response().getHeader("Access-Control-Allow-Origin"));
        assertEquals(
                405,
                call(HttpVersion.HTTP_1_1, HttpMethod.OPTIONS, "/healthz", preflight("https://a.example"), null)
                        .status());
    }

    @Test
    void shouldLetTheNamedOriginInAndNoOther() {
        start(Map.of("cors-origin", "https://a.example"));
        Got preflight = call(
                HttpVersion.HTTP_1_1, HttpMethod.OPTIONS, "/api/v1/vm/status", preflight("https://a.example"), null);
        assertEquals(204, preflight.status());
        assertEquals("https://a.example", preflight.response().getHeader("Access-Control-Allow-Origin"));
        assertEquals(null, preflight.response().getHeader("Access-Control-Allow-Credentials"));
        Got simple = get("/healthz", "Origin", "https://a.example");
        assertEquals("https://a.example", simple.response().getHeader("Access-Control-Allow-Origin"));
        Got other = get("/healthz", "Origin", "https://b.example");
        assertEquals(null, other.response().getHeader("Access-Control-Allow-Origin"));
    }

    private static Map<String, String> preflight(String origin) {
        return Map.of("Origin", origin, "Access-Control-Request-Method", "POST");
    }

    @Test
    void shouldCountWhatItAnswers() {
        start(Map.of());
        get("/healthz");
        String figures = get("/metrics").body();
        assertTrue(figures.contains("bus_gateway_requests_seconds_count{method=\"GET\",status=\"200\""), figures);
    }

    @Test
    void shouldServeTlsWithHttp2AndTakeUpACertificateThatHasChanged(@TempDir Path folder) throws Exception {
        Certificates.write(folder, "first");
        start(Map.of(
                "tls-cert",
                folder.resolve("cert.pem").toString(),
                "tls-key",
                folder.resolve("key.pem").toString()));
        assertTrue(gateway.url().startsWith("https://127.0.0.1:"), gateway.url());
        assertEquals("CN=first HTTP_2 200", overTls());
        assertFalse(await(gateway.reloadTls()), "nothing has changed");

        Certificates.write(folder, "second");
        assertTrue(await(gateway.reloadTls()));
        assertEquals("CN=second HTTP_2 200", overTls());

        Files.writeString(folder.resolve("cert.pem"), "not a certificate");
        assertThrows(IllegalStateException.class, () -> await(gateway.reloadTls()));
        assertEquals("CN=second HTTP_2 200", overTls());
    }

    private String overTls() {
        HttpClient client = vertx.createHttpClient(new HttpClientOptions()
                .setSsl(true)
                .setTrustAll(true)
                .setVerifyHost(false)
                .setUseAlpn(true)
                .setProtocolVersion(HttpVersion.HTTP_2));
        return await(client.request(HttpMethod.GET, gateway.port(), "127.0.0.1", "/healthz")
                .compose(HttpClientRequest::send)
                .map(response -> name(response) + " " + response.version() + " " + response.statusCode()));
    }

    private static String name(HttpClientResponse response) {
        try {
            return ((X509Certificate)
                            response.request().connection().peerCertificates().getFirst())
                    .getSubjectX500Principal()
                    .getName();
        } catch (SSLPeerUnverifiedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldTellWhichServiceIsNotReady() throws Exception {
        start(Map.of("auth-url", "http://127.0.0.1:1"));
        Got got = get("/readyz");
        assertEquals(503, got.status());
        assertTrue(got.body().contains("the auth service is not ready"), got.body());
        assertEquals(502, get("/api/v1/auth/me").status());
        assertTrue(gatewayKnows(Service.AUTH));
    }

    /** Accounts are for those who have them: a gateway before VMs alone is ready without. */
    @Test
    void shouldNotWaitForServicesThatNobodyHasNamed() throws Exception {
        start(Map.of());
        assertEquals(200, get("/readyz").status());
        assertTrue(gatewayKnows(Service.AUTH) && gatewayKnows(Service.USAGE) && gatewayKnows(Service.BILLING));
    }

    private boolean gatewayKnows(Service service) {
        return get("/api/v1/" + service.word() + "/x").status() != 404;
    }

    /** Everything that comes back until the connection ends. */
    private String raw(String text) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (SocketException e) {
            return ""; // cut off
        }
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
