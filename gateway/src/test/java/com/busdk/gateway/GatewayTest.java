package com.busdk.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GatewayTest {
    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private final Promise<HttpServerResponse> stream = Promise.promise();
    private final Promise<Void> streamClosed = Promise.promise();
    private volatile int readiness = 200;
    private HttpServer events = vertx.createHttpServer();
    private Gateway gateway = gateway();

    private Gateway gateway() {
        events = await(vertx.createHttpServer().requestHandler(this::serve).listen(0, "127.0.0.1"));
        return await(Gateway.start(vertx, "127.0.0.1", 0, URI.create("http://127.0.0.1:" + events.actualPort())));
    }

    @BeforeEach
    void shouldHaveStarted() {
        assertTrue(gateway.port() > 0);
    }

    @AfterEach
    void stop() {
        await(gateway.close());
        http.close();
        await(vertx.close());
    }

    private void serve(HttpServerRequest request) {
        switch (request.path()) {
            case "/readyz" -> request.response().setStatusCode(readiness).end();
            case "/api/v1/events/stream" -> {
                HttpServerResponse response = request.response().setChunked(true);
                response.closeHandler(_ -> streamClosed.tryComplete());
                response.writeHead();
                stream.complete(response);
            }
            default ->
                request.body()
                        .onSuccess(body -> request.response()
                                .setStatusCode(202)
                                .end(request.method() + " " + request.uri() + " " + request.getHeader("Authorization")
                                        + " " + body));
        }
    }

    @Test
    void shouldPassRequestsOnAsTheyAre() throws Exception {
        HttpResponse<String> answer = http.send(
                to("/api/v1/events?x=1")
                        .header("Authorization", "Bearer t")
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build(),
                BodyHandlers.ofString());
        assertEquals(202, answer.statusCode());
        assertEquals("POST /api/v1/events?x=1 Bearer t {}", answer.body());
    }

    @Test
    void shouldPassEachLineOnAtOnceAndCloseTheStreamWithItsReader() throws Exception {
        HttpResponse<InputStream> answer =
                http.send(to("/api/v1/events/stream?name=a.b").build(), BodyHandlers.ofInputStream());
        HttpServerResponse upstream = await(stream.future());
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
            for (int i = 0; i < 3; i++) {
                await(upstream.write("line " + i + "\n"));
                // The next line is written only after this one has come through.
                assertEquals("line " + i, lines.readLine());
            }
        }
        await(streamClosed.future());
    }

    @Test
    void shouldTellWhetherTheServiceBehindItIsReady() throws Exception {
        assertEquals(200, get("/readyz").statusCode());
        readiness = 503;
        assertEquals(503, get("/readyz").statusCode());
        assertEquals(200, get("/healthz").statusCode());
        await(events.close());
        assertEquals(503, get("/readyz").statusCode());
        assertEquals(502, get("/api/v1/events/names").statusCode());
    }

    @Test
    void shouldAnswerOtherPathsInTheFormOfAllErrors() throws Exception {
        HttpResponse<String> answer = get("/nowhere");
        assertEquals(404, answer.statusCode());
        assertTrue(answer.body().startsWith("{\"error\":{\"type\":\"not_found\""), answer.body());
        HttpResponse<String> post = http.send(
                to("/healthz").POST(HttpRequest.BodyPublishers.noBody()).build(), BodyHandlers.ofString());
        assertEquals(405, post.statusCode());
        assertEquals("GET, HEAD", post.headers().firstValue("Allow").orElse(""));
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(to(path).build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + path));
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
