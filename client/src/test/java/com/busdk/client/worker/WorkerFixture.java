package com.busdk.client.worker;

import static com.busdk.client.testing.StubHub.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.RetryPolicy;
import com.busdk.client.testing.StubHub;
import com.busdk.client.testing.StubHub.Exchange;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/** A worker that greets, at a hub whose every answer is the test's. */
abstract class WorkerFixture {
    static final String REFUSED = "{\"error\":{\"type\":\"bad_request\",\"message\":\"no\"}}";
    private static final String SETTLED =
            "{\"ack\":1,\"nack\":0,\"reject\":0,\"extend\":0,\"stale\":[],\"unknown\":[]}";
    static final String STALE = "{\"ack\":1,\"nack\":0,\"reject\":0,\"extend\":0,\"stale\":[%s],\"unknown\":[]}";
    static final String PUBLISHED = "{\"accepted\":true,\"id\":\"evt_r\",\"name\":\"x.y\",\"sequence\":1}";
    static final String UNAVAILABLE = "{\"error\":{\"type\":\"unavailable\",\"message\":\"busy\"}}";

    final Vertx vertx = Vertx.vertx();
    final StubHub hub = StubHub.start(vertx);
    final EventsClient client = EventsClient.create(vertx, hub.url(), TokenSource.fixed("t"));

    /** Requests that the handler was given, and how it is to answer them. */
    final BlockingQueue<Work> works = new LinkedBlockingQueue<>();

    record Work(Envelope request, Promise<Reply> reply, Lease lease) {}

    /** Requests that the handler was told to be settled. */
    final BlockingQueue<String> settledIds = new LinkedBlockingQueue<>();

    private final RequestHandler handler = new RequestHandler() {
        @Override
        public Future<Reply> handle(Envelope request) {
            throw new AssertionError("the lease is not given");
        }

        @Override
        public Future<Reply> handle(Envelope request, Lease lease) {
            Promise<Reply> reply = Promise.promise();
            works.add(new Work(request, reply, lease));
            return reply.future();
        }

        @Override
        public void settled(Envelope request) {
            settledIds.add(String.valueOf(request.id()));
            throw new IllegalStateException("what a handler throws here does no harm");
        }
    };

    @AfterEach
    void stop() {
        await(client.close());
        hub.close();
        await(vertx.close());
    }

    static WorkerOptions.Builder greeter() {
        return WorkerOptions.named("greeter")
                .answers("example.greet.request")
                .consumer("c")
                .retry(new RetryPolicy(true, Duration.ofMillis(1), Duration.ofMillis(4), true));
    }

    Worker start(WorkerOptions.Builder options) {
        Worker worker = Worker.create(vertx, client, options.build(), handler);
        worker.start();
        return worker;
    }

    Work work() throws InterruptedException {
        Work work = works.poll(20, TimeUnit.SECONDS);
        if (work == null) {
            throw new AssertionError("the handler was not called");
        }
        return work;
    }

    static Exchange deliver(Exchange stream, String id, String token, String payload) {
        return deliver(stream, id, token, payload, 1);
    }

    static Exchange deliver(Exchange stream, String id, String token, String payload, int attempt) {
        return stream.line("{\"id\":\"" + id + "\",\"name\":\"example.greet.request\",\"correlationId\":\"corr-" + id
                + "\",\"identityId\":\"user-1\",\"payload\":" + payload
                + ",\"delivery\":{\"group\":\"greeter\",\"consumer\":\"c\",\"attempt\":" + attempt
                + ",\"token\":\"" + token + "\"}}");
    }

    private static JsonNode body(Exchange request) throws IOException {
        return new ObjectMapper().readTree(request.body());
    }

    /** The next request, which has to be a publish; answers it. */
    Envelope published() {
        Exchange publish = hub.next();
        assertEquals("/api/v1/events", publish.path());
        Envelope response = Envelope.parse(publish.body());
        publish.answer(202, PUBLISHED);
        return response;
    }

    /** The next request, which has to settle leases; answers it. */
    JsonNode settled() throws IOException {
        Exchange ack = ack();
        JsonNode body = body(ack);
        ack.answer(200, SETTLED);
        return body;
    }

    /** The next request, which has to settle leases; still to be answered. */
    Exchange ack() {
        Exchange ack = hub.next();
        assertEquals("/api/v1/events/ack", ack.path());
        return ack;
    }
}
