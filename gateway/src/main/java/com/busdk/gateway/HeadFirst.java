package com.busdk.gateway;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.streams.ReadStream;
import io.vertx.httpproxy.Body;
import io.vertx.httpproxy.ProxyContext;
import io.vertx.httpproxy.ProxyInterceptor;
import org.jspecify.annotations.Nullable;

/**
 * Sends the head of a proxied answer before its first byte: a stream of events may have none for hours, and its client
 * waits for the head to know that it listens. One for each gateway, stateless.
 */
final class HeadFirst implements ProxyInterceptor {
    @Override
    public Future<Void> handleProxyResponse(ProxyContext context) {
        Body body = context.response().getBody();
        if (body != null && body.length() < 0) {
            HttpServerResponse client = context.request().proxiedRequest().response();
            // With its media type: a body without one would be announced as bytes of no kind.
            context.response().setBody(Body.body(new Started(body.stream(), client), -1, body.mediaType()));
        }
        return context.sendResponse();
    }

    /** The body; when somebody begins to read it, the head is complete and goes out. On the loop of the connection. */
    private static final class Started implements ReadStream<Buffer> {
        private final ReadStream<Buffer> body;
        private final HttpServerResponse client;

        Started(ReadStream<Buffer> body, HttpServerResponse client) {
            this.body = body;
            this.client = client;
        }

        @Override
        public ReadStream<Buffer> handler(@Nullable Handler<Buffer> handler) {
            body.handler(handler);
            if (handler != null && !client.headWritten()) {
                client.writeHead();
            }
            return this;
        }

        @Override
        public ReadStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
            body.exceptionHandler(handler);
            return this;
        }

        @Override
        public ReadStream<Buffer> pause() {
            body.pause();
            return this;
        }

        @Override
        public ReadStream<Buffer> resume() {
            body.resume();
            return this;
        }

        @Override
        public ReadStream<Buffer> fetch(long amount) {
            body.fetch(amount);
            return this;
        }

        @Override
        public ReadStream<Buffer> endHandler(@Nullable Handler<Void> handler) {
            body.endHandler(handler);
            return this;
        }
    }
}
