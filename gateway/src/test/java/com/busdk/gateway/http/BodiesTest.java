package com.busdk.gateway.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bodies that come as slowly as a client likes. */
@Timeout(60)
class BodiesTest {
    private static final int MAX_BYTES = 10;
    private static final long LONG = TimeUnit.HOURS.toMillis(1);

    private final Vertx vertx = Vertx.vertx();
    private final Promise<byte[]> read = Promise.promise();
    private final Promise<Void> begun = Promise.promise();

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(50, TimeUnit.SECONDS);
    }

    private ApiException refusal() {
        ExecutionException e = Assertions.assertThrows(ExecutionException.class, () -> await(read.future()));
        return assertInstanceOf(ApiException.class, e.getCause());
    }

    /** A connection on which the head of a request has been sent. */
    private NetSocket connected(long maxMillis, String length) throws Exception {
        HttpServer server = await(vertx.createHttpServer()
                .requestHandler(request -> {
                    request.pause();
                    Bodies.read(vertx, request, MAX_BYTES, () -> Bodies.tooLarge(MAX_BYTES), maxMillis)
                            .onComplete(read);
                    begun.complete();
                })
                .listen(0, "127.0.0.1"));
        NetSocket socket = await(vertx.createNetClient().connect(server.actualPort(), "127.0.0.1"));
        await(socket.write("POST / HTTP/1.1\r\nHost: a\r\n" + length + "\r\n\r\n"));
        await(begun.future());
        return socket;
    }

    @Test
    void shouldGiveUpABodyThatDoesNotComeInTime() throws Exception {
        NetSocket socket = connected(100, "Content-Length: 4");
        await(socket.write("abc"));

        ApiException refused = refusal();

        assertEquals(408, refused.status());
        assertEquals("timeout", refused.type());
        assertTrue(refused.message().contains("in time"), refused.message());
    }

    @Test
    void shouldTakeABodyThatComesInPieces() throws Exception {
        NetSocket socket = connected(LONG, "Content-Length: 4");
        await(socket.write("abc"));
        assertFalse(read.future().isComplete());

        await(socket.write("d"));

        assertArrayEquals("abcd".getBytes(StandardCharsets.US_ASCII), await(read.future()));
    }

    @Test
    void shouldNotReadOnBehindWhatItTakes() throws Exception {
        NetSocket socket = connected(LONG, "Transfer-Encoding: chunked");
        await(socket.write("6\r\nabcdef\r\n"));

        await(socket.write("6\r\nghijkl\r\n")); // and no end

        assertEquals(413, refusal().status());
    }
}
