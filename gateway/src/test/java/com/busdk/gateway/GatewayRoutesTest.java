package com.busdk.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which service a path belongs to, and which paths are not for the public. */
@Timeout(60)
class GatewayRoutesTest {
    private static final List<String> SERVICES = List.of("events", "vm", "containers", "auth", "usage", "billing");

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<String, String> flags = new HashMap<>(Map.of("addr", "127.0.0.1:0"));
    private Gateway gateway;

    GatewayRoutesTest() {
        for (String name : SERVICES) {
            HttpServer service = await(vertx.createHttpServer()
                    .requestHandler(request -> request.response().end(name + " " + request.uri()))
                    .listen(0, "127.0.0.1"));
            flags.put(name + "-url", "http://127.0.0.1:" + service.actualPort());
        }
    }

    private void start(String... more) {
        for (int i = 0; i < more.length; i += 2) {
            flags.put(more[i], more[i + 1]);
        }
        gateway = await(Gateway.start(vertx, GatewayOptions.read(flags, Map.of())));
    }

    @AfterEach
    void stop() {
        await(gateway.close());
        http.close();
        await(vertx.close());
    }

    private HttpResponse<String> get(String root, String path) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(URI.create(root + path)).build(), BodyHandlers.ofString());
    }

    @ParameterizedTest
    @CsvSource({
        "auth,/api/v1/auth/token",
        "auth,/api/v1/auth/admin/waitlist?page=1",
        "auth,/.well-known/jwks.json",
        "billing,/api/v1/billing/status",
        "billing,/api/v1/billing/portal",
        "vm,/api/v1/vm/status"
    })
    void shouldPassAPublicPathOnToItsService(String service, String path) throws Exception {
        start();
        HttpResponse<String> answer = get(gateway.url(), path);
        assertEquals(200, answer.statusCode(), answer.body());
        assertEquals(service + " " + path, answer.body());
    }

    @ParameterizedTest
    @CsvSource({
        "auth,/api/internal/auth/token",
        "usage,/api/internal/usage-events?page=2",
        "containers,/api/internal/containers/runner"
    })
    void shouldServeInternalPathsAtTheSecondAddressAlone(String service, String path) throws Exception {
        start("internal-addr", "127.0.0.1:0");
        assertEquals(404, get(gateway.url(), path).statusCode());
        assertEquals(
                service + " " + path,
                get(gateway.internalUrl().orElseThrow(), path).body());
    }

    @ParameterizedTest
    @CsvSource({
        "/.well-known/jwks.json/",
        "/.well-known/",
        "/.well-known/other",
        "/api/v1/usage-events",
        "/api/v2/auth/x"
    })
    void shouldPassNothingElseOn(String path) throws Exception {
        start();
        assertEquals(404, get(gateway.url(), path).statusCode());
    }

    @Test
    void shouldServeInternalPathsWhereItIsToldTo() throws Exception {
        start("internal", "true");
        assertEquals(
                "usage /api/internal/usage-events",
                get(gateway.url(), "/api/internal/usage-events").body());
    }

    @Test
    void shouldHaveNoKeysWhereThereIsNoAuthService() throws Exception {
        flags.put("auth-url", "none");
        start();
        assertEquals(404, get(gateway.url(), "/.well-known/jwks.json").statusCode());
        assertEquals(404, get(gateway.url(), "/api/v1/auth/status").statusCode());
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
