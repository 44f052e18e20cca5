package com.busdk.client.testing;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.net.URI;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A server that hands each request to the test, which then plays the hub by hand. */
public final class StubHub implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 20;

    private final HttpServer server;
    private final BlockingQueue<Exchange> exchanges = new LinkedBlockingQueue<>();

    private StubHub(Vertx vertx, int port) {
        server = vertx.createHttpServer();
        server.requestHandler(request -> exchanges.add(new Exchange(request)));
        await(server.listen(port, "127.0.0.1"));
    }

    public static StubHub start(Vertx vertx) {
        return new StubHub(vertx, 0);
    }

    public static StubHub start(Vertx vertx, int port) {
        return new StubHub(vertx, port);
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.actualPort() + "/api/v1/events");
    }

    public int port() {
        return server.actualPort();
    }

    /** The next request, which has to come. */
    public Exchange next() {
        try {
            Exchange exchange = exchanges.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (exchange == null) {
                throw new AssertionError("no request came");
            }
            return exchange;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    public boolean hasNoMore() {
        return exchanges.isEmpty();
    }

    @Override
    public void close() {
        await(server.close());
    }

    public static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("did not succeed: " + e, e);
        }
    }

    /** The failure of a future that has to fail. */
    public static Throwable failure(Future<?> future) {
        return await(future.transform(result -> Future.succeededFuture(result.cause())));
    }

    /** One request, and the answer that the test gives to it. */
    public static final class Exchange {
        private final HttpServerRequest request;
        private final Buffer body = Buffer.buffer();
        private final CompletableFuture<Void> bodyRead = new CompletableFuture<>();
        private final CompletableFuture<Void> closed = new CompletableFuture<>();
        private Future<Void> lastWrite = Future.succeededFuture();

        Exchange(HttpServerRequest request) {
            this.request = request;
            request.handler(chunk -> {
                synchronized (body) {
                    body.appendBuffer(chunk);
                }
            });
            request.endHandler(end -> bodyRead.complete(null));
            request.exceptionHandler(e -> closed.complete(null));
            request.response().exceptionHandler(e -> closed.complete(null));
            request.connection().closeHandler(end -> closed.complete(null));
        }

        public String path() {
            return request.path();
        }

        public String method() {
            return request.method().name();
        }

        public MultiMap parameters() {
            return request.params();
        }

        public String header(String name) {
            return request.getHeader(name);
        }

        public HttpServerRequest request() {
            return request;
        }

        /** The whole body, once it is there. */
        public String body() {
            get(bodyRead);
            return soFar();
        }

        public String soFar() {
            synchronized (body) {
                return body.toString();
            }
        }

        public List<String> parametersNamed(String name) {
            return request.params().getAll(name);
        }

        public void answer(int status, String json) {
            answer(status, "application/json", json);
        }

        public void answer(int status, String type, String text) {
            HttpServerResponse response = request.response();
            response.setStatusCode(status).putHeader("content-type", type);
            response.end(text);
        }

        /** Begins a stream. */
        public Exchange open() {
            HttpServerResponse response = request.response();
            response.setChunked(true).putHeader("content-type", "application/x-ndjson");
            response.writeHead();
            return this;
        }

        public Exchange line(String line) {
            lastWrite = request.response().write(line + "\n");
            return this;
        }

        /** Waits until the last line has gone to the socket. */
        public void flushed() {
            await(lastWrite);
        }

        public Exchange event(String id, String payload) {
            return line("{\"id\":\"" + id + "\",\"name\":\"example.ping\",\"payload\":" + payload + "}");
        }

        public void end() {
            request.response().end();
        }

        /** Breaks the connection. */
        public void cut() {
            await(request.connection().close());
        }

        /** Waits until the client has gone away. */
        public void awaitClosed() {
            get(closed);
        }

        private static void get(CompletableFuture<Void> future) {
            try {
                future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new AssertionError("did not happen: " + e, e);
            }
        }
    }
}
