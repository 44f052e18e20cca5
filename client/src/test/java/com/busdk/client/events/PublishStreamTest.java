package com.busdk.client.events;

import static com.busdk.client.testing.StubHub.await;
import static com.busdk.client.testing.StubHub.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.client.testing.StubHub;
import com.busdk.client.testing.StubHub.Exchange;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PublishStreamTest {
    private static final String RECEIPT = "{\"accepted\":true,\"count\":3,\"firstId\":\"evt_1\",\"lastId\":\"evt_3\"}";

    private final Vertx vertx = Vertx.vertx();
    private final StubHub hub = StubHub.start(vertx);
    private final EventsClient client = EventsClient.create(vertx, hub.url(), TokenSource.fixed("token-1"));

    @AfterEach
    void stop() {
        await(client.close());
        hub.close();
        await(vertx.close());
    }

    private static Envelope event(int n) {
        return Envelope.builder("example.ping").payload(Integer.toString(n)).build();
    }

    @Test
    void shouldPublishManyEventsInOneRequest() {
        PublishStream stream = await(client.openPublishStream());
        List<Future<Void>> writes = IntStream.rangeClosed(1, 3)
                .mapToObj(n -> stream.write(event(n)))
                .toList();
        Future<BatchReceipt> receipt = stream.end();
        Exchange request = hub.next();
        assertEquals("application/x-ndjson", request.header("content-type"));
        assertEquals("Bearer token-1", request.header("authorization"));
        assertEquals(
                IntStream.rangeClosed(1, 3)
                        .mapToObj(n -> event(n).toJson() + "\n")
                        .collect(Collectors.joining()),
                request.body());
        writes.forEach(StubHub::await);
        assertFalse(receipt.isComplete());
        request.answer(202, RECEIPT);
        assertEquals(new BatchReceipt(3, "evt_1", "evt_3"), await(receipt));
        assertTrue(hub.hasNoMore());
    }

    @Test
    void shouldKeepTheOrderOfSmallAndLargeWrites() {
        PublishStream stream = await(client.openPublishStream());
        String large = ("{\"name\":\"a.b\",\"payload\":\"" + "x".repeat(100) + "\"}\n").repeat(500);
        stream.write(event(1));
        stream.writeLines(Buffer.buffer(large));
        stream.write(event(2));
        stream.writeLines(Buffer.buffer("{\"name\":\"c.d\"}\n"));
        stream.end();
        Exchange request = hub.next();
        assertEquals(event(1).toJson() + "\n" + large + event(2).toJson() + "\n{\"name\":\"c.d\"}\n", request.body());
        request.answer(202, RECEIPT);
        await(stream.receipt());
    }

    @Test
    void shouldPublishNothing() {
        PublishStream stream = await(client.openPublishStream());
        Future<BatchReceipt> receipt = stream.end();
        Exchange request = hub.next();
        assertEquals("", request.body());
        request.answer(202, "{\"accepted\":true,\"count\":0}");
        assertEquals(new BatchReceipt(0, null, null), await(receipt));
    }

    @Test
    void shouldMakeTheWriterWaitForASlowService() {
        PublishStream stream = await(client.openPublishStream());
        Buffer lines = Buffer.buffer(("{\"name\":\"a.b\",\"payload\":\"" + "x".repeat(1000) + "\"}\n").repeat(64));
        stream.write(event(0));
        Exchange request = hub.next();
        request.request().pause();
        Future<Void> written = Future.succeededFuture();
        int writes = 0;
        // Ends only if a write has to wait; the buffers between the two sides hold a few megabytes.
        while (written.isComplete()) {
            written = stream.writeLines(lines);
            writes++;
            Future<Void> last = written;
            await(Future.future(promise -> vertx.setTimer(1, ignored -> promise.complete())));
            if (last.failed()) {
                throw new AssertionError(last.cause());
            }
        }
        request.request().resume();
        await(written);
        stream.end();
        assertEquals(
                event(0).toJson().length() + 1 + (long) writes * lines.length(),
                request.body().length());
        request.answer(202, RECEIPT);
        await(stream.receipt());
    }

    @Test
    void shouldFailWithLineAndCountWhenTheServiceRefusesALine() {
        PublishStream stream = await(client.openPublishStream());
        await(stream.write(event(1)));
        Exchange request = hub.next();
        request.answer(400, "{\"error\":{\"type\":\"bad_request\",\"message\":\"no name\",\"line\":2,\"count\":1}}");
        ApiException e = assertInstanceOf(ApiException.class, failure(stream.receipt()));
        assertEquals(2, e.line().orElseThrow());
        assertEquals(1, e.count().orElseThrow());
        assertEquals(e, failure(stream.write(event(2))));
        assertEquals(e, failure(stream.end()));
        request.awaitClosed();
    }

    @Test
    void shouldNotKnowTheOutcomeWhenTheConnectionIsLost() {
        PublishStream stream = await(client.openPublishStream());
        await(stream.write(event(1)));
        hub.next().cut();
        UnreachableException e = assertInstanceOf(UnreachableException.class, failure(stream.receipt()));
        assertTrue(e.outcomeUnknown());
        assertEquals(e, failure(stream.end()));
    }

    @Test
    void shouldGiveUpWhenNoAnswerComesAfterTheEnd() {
        EventsClient hasty = EventsClient.create(
                vertx,
                hub.url(),
                TokenSource.fixed("t"),
                EventsClientOptions.DEFAULT.withRequestTimeout(Duration.ofMillis(50)));
        PublishStream stream = await(hasty.openPublishStream());
        stream.write(event(1));
        assertEquals(
                "timeout",
                assertInstanceOf(ApiException.class, failure(stream.end())).type());
        hub.next().awaitClosed();
        await(hasty.close());
    }

    @Test
    void shouldRefuseWritesAfterTheEnd() {
        PublishStream stream = await(client.openPublishStream());
        Future<BatchReceipt> receipt = stream.end();
        assertInstanceOf(IllegalStateException.class, failure(stream.write(event(1))));
        Exchange request = hub.next();
        assertEquals("", request.body());
        request.answer(202, "{\"accepted\":true,\"count\":0}");
        await(receipt);
    }

    @Test
    void shouldPublishAllOfAReadStream() {
        Iterator<Envelope> events =
                IntStream.range(0, 5_000).mapToObj(PublishStreamTest::event).iterator();
        Future<BatchReceipt> receipt = client.publishAll(new IteratorStream<>(vertx, events));
        Exchange request = hub.next();
        assertEquals(5_000, request.body().lines().count());
        request.answer(202, RECEIPT);
        assertEquals(3, await(receipt).count());
    }
}
