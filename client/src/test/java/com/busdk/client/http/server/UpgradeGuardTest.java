package com.busdk.client.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UpgradeGuardTest {
    private static final int PATIENCE_MILLIS = 30_000;
    private static final String SETTINGS = "HTTP2-Settings: AAMAAABkAAQAAP__\r\n";

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger connections = new AtomicInteger();
    private HttpServer server;

    @BeforeEach
    void start() throws Exception {
        server = await(vertx.createHttpServer()
                .connectionHandler(connection -> {
                    connections.incrementAndGet();
                    UpgradeGuard.install(connection);
                })
                .requestHandler(request ->
                        request.body().onSuccess(body -> request.response().end("took " + body.length())))
                .listen(0, "127.0.0.1"));
        await(UpgradeGuard.begin(vertx, "127.0.0.1", server.actualPort()));
    }

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Test
    void shouldHaveHadAConnectionWhenItHasBegun() {
        assertEquals(1, connections.get());
    }

    @Test
    void shouldNotFailWhereNobodyListens() throws Exception {
        int port = server.actualPort();
        await(server.close());
        await(UpgradeGuard.begin(vertx, "127.0.0.1", port));
    }

    /** The server itself would answer 400, and keep what follows. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Upgrade: h2c\r\n",
                "Upgrade: H2C\r\nConnection: upgrade\r\n",
                "Upgrade: h2c\r\nConnection: upgrade, http2-settings\r\n",
                "Upgrade: h2c\r\nConnection: upgrade\r\n" + SETTINGS,
                "Upgrade: h2c\r\nConnection: http2-settings\r\n" + SETTINGS,
                "Upgrade: h2c\r\nConnection: close\r\nConnection: upgrade, http2-settings\r\n" + SETTINGS,
                "Upgrade: h2c\r\nConnection: upgrade, http2-settings\r\nHTTP2-Settings: !!\r\n",
                "Upgrade: h2c\r\nConnection: upgrade, http2-settings\r\nHTTP2-Settings: AAMAAABk\u00ff\r\n",
                "Upgrade: h2c\r\nConnection: upgrade, http2-settings\r\nHTTP2-Settings: AAMAAABkAA\r\n",
                "Upgrade: h2c\r\nConnection: upgrade, http2-settings\r\nHTTP2-Settings: AAT_____\r\n",
                "Upgrade: h2c, h2c\r\n",
            })
    void shouldPassOverUpgradesThatCannotBeMet(String headers) throws Exception {
        String request = "POST / HTTP/1.1\r\nHost: a\r\n" + headers + "Content-Length: 4\r\n\r\nbody";
        String answer = answerTo(request, "took 4");
        assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
    }

    @Test
    void shouldMeetUpgradesThatCanBeMet() throws Exception {
        String request = "POST / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                + SETTINGS + "Content-Length: 4\r\n\r\nbody";
        String answer = answerTo(request, "took 4");
        assertTrue(answer.startsWith("HTTP/1.1 101 "), answer);
    }

    /** In pieces that may be the beginning of one HTTP or the other. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 15, 24, 25, 40})
    void shouldReadWhatComesInPieces(int first) throws Exception {
        assertTrue(answerInPieces("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody", first, "took 4")
                .startsWith("HTTP/1.1 200 "));
        assertTrue(answerInPieces("PRI / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody", first, "took 4")
                .startsWith("HTTP/1.1 200 "));
        answerInPieces("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", first, "\0\0\0\4\1\0\0\0\0");
    }

    private String answerTo(String request, String end) throws IOException {
        return answerInPieces(request, request.length(), end);
    }

    /** Sends the first bytes apart, and reads up to that text, which has to come. */
    private String answerInPieces(String request, int first, String end) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort())) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(PATIENCE_MILLIS);
            byte[] bytes = request.getBytes(StandardCharsets.ISO_8859_1);
            socket.getOutputStream().write(bytes, 0, Math.min(first, bytes.length));
            if (first < bytes.length) {
                // Whoever has asked something else has been answered: the server has seen the first piece by then.
                try (Socket other = new Socket(InetAddress.getLoopbackAddress(), server.actualPort())) {
                    other.setSoTimeout(PATIENCE_MILLIS);
                    other.getOutputStream()
                            .write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    read(other.getInputStream(), "took 0");
                }
                socket.getOutputStream().write(bytes, first, bytes.length - first);
            }
            return read(socket.getInputStream(), end);
        }
    }

    private static String read(InputStream in, String end) throws IOException {
        StringBuilder answer = new StringBuilder();
        while (answer.indexOf(end) < 0) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("closed behind: " + answer);
            }
            answer.append((char) b);
        }
        return answer.toString();
    }
}
