package com.busdk.cli.bench;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What Vert.x does on this machine when there is nothing to do: the measure beside which the service is put. It reads a
 * body and answers 202; it writes lines that it has made once, as many as {@code limit} says; without a limit it passes
 * on to every listener what is posted. Nothing is parsed, checked or kept.
 *
 * <p>One instance for each processor, as in the service; the state of an instance lives on its event loop.
 */
public final class BareServer extends AbstractVerticle {
    /** About what an event of 200 bytes is on its way to a listener, with what the service adds. */
    private static final int LINE_BYTES = 380;

    /** Lines are gathered to writes of this size. */
    private static final int WRITE_BYTES = 64 * 1024;

    private static final int BACKLOG = 4_096;

    /** Vert.x takes a negative number as a free port that the instances of one deployment share. */
    static final int ANY_PORT = -1;

    private final Shared shared;
    private final List<HttpServerResponse> listeners = new ArrayList<>();
    private final Buffer lines = lines();

    private BareServer(Shared shared) {
        this.shared = shared;
    }

    /**
     * What the instances share.
     *
     * @param wanted the port, or {@link #ANY_PORT}
     * @param port the port that it became
     * @param listening how many listen
     * @param all the instances
     */
    private record Shared(int wanted, AtomicInteger port, AtomicInteger listening, Set<BareServer> all) {}

    /**
     * Runs until it is stopped.
     *
     * @param args the port
     */
    public static void main(String[] args) throws Exception {
        Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
        start(vertx, Integer.parseInt(args[0]), Runtime.getRuntime().availableProcessors());
    }

    /**
     * Starts it on this machine.
     *
     * @param wanted the port, or {@link #ANY_PORT}
     * @return the port
     */
    static int start(Vertx vertx, int wanted, int instances) throws Exception {
        var shared = new Shared(wanted, new AtomicInteger(), new AtomicInteger(), ConcurrentHashMap.newKeySet());
        vertx.deployVerticle(() -> new BareServer(shared), new DeploymentOptions().setInstances(instances))
                .toCompletionStage()
                .toCompletableFuture()
                .get();
        return shared.port().get();
    }

    @Override
    public void start(Promise<Void> started) {
        shared.all().add(this);
        vertx.createHttpServer(new HttpServerOptions().setAcceptBacklog(BACKLOG))
                .requestHandler(this::handle)
                .listen(shared.wanted(), "127.0.0.1")
                .onSuccess(server -> shared.port().set(server.actualPort()))
                .<Void>mapEmpty()
                .onComplete(started);
    }

    private void handle(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        if (request.method().equals(HttpMethod.POST)) {
            // A body of that type has no line break, and is so small here that it comes in one piece.
            boolean line = Requests.JSON.equals(request.getHeader("Content-Type"));
            request.handler(body -> {
                if (shared.listening().get() > 0) {
                    passOn(line ? body.copy().appendString("\n") : body);
                }
            });
            request.endHandler(_ -> response.setStatusCode(202).end());
            return;
        }
        String limit = request.getParam("limit");
        response.setChunked(true).putHeader("Content-Type", Requests.NDJSON);
        if (limit == null) {
            listeners.add(response);
            shared.listening().incrementAndGet();
            response.closeHandler(_ -> {
                listeners.remove(response);
                shared.listening().decrementAndGet();
            });
            response.writeHead();
        } else {
            write(response, Long.parseLong(limit));
        }
    }

    private void passOn(Buffer body) {
        Context own = context;
        for (BareServer instance : shared.all()) {
            if (instance.context.equals(own)) {
                instance.deliver(body);
            } else {
                instance.context.runOnContext(_ -> instance.deliver(body));
            }
        }
    }

    private void deliver(Buffer body) {
        for (HttpServerResponse listener : listeners) {
            listener.write(body);
        }
    }

    private void write(HttpServerResponse response, long left) {
        long still = left;
        int perWrite = lines.length() / LINE_BYTES;
        while (still > 0 && !response.writeQueueFull()) {
            int count = (int) Math.min(perWrite, still);
            response.write(count == perWrite ? lines : lines.slice(0, count * LINE_BYTES));
            still -= count;
        }
        if (still == 0) {
            response.end();
        } else {
            long rest = still;
            response.drainHandler(_ -> write(response, rest));
        }
    }

    private static Buffer lines() {
        String line = "x".repeat(LINE_BYTES - 1) + "\n";
        return Buffer.buffer(line.repeat(WRITE_BYTES / LINE_BYTES));
    }
}
