package com.busdk.cli.workers;

import static com.busdk.cli.workers.WorkerStack.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.RetryPolicy;
import com.busdk.client.http.ApiException;
import com.busdk.workers.run.EventHistory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The view of the history that instances agree on. */
class EventHistoryTest {
    private static final String FACT = "example.fact";
    private static final String QUESTION = "example.ask.request";

    private final Vertx vertx = Vertx.vertx();
    private final ConcurrentLinkedQueue<String> read = new ConcurrentLinkedQueue<>();
    private WorkerStack stack;
    private EventsClient client;

    @BeforeEach
    void begin() throws Exception {
        stack = WorkerStack.start();
        client = EventsClient.create(
                vertx, stack.url(), TokenSource.fixed(WorkerStack.serviceToken("events:send events:listen")));
    }

    @AfterEach
    void end() throws Exception {
        await(vertx.close());
        stack.close();
    }

    /** Publishes an event; gives it as the hub delivers it. */
    private Envelope published(String name, String payload) throws Exception {
        await(client.publish(Envelope.builder(name).payload(payload).build()));
        return stack.history(client, name).getLast();
    }

    private EventHistory history(Consumer<Envelope> fold) {
        return new EventHistory(vertx, client, List.of(FACT), List.of(QUESTION), RetryPolicy.DEFAULT, fold, () -> {});
    }

    @Test
    void shouldReadAllThatIsRetainedBeforeItIsReady() throws Exception {
        published(FACT, "1");
        published(FACT, "2");
        EventHistory history = history(event -> read.add(event.payload()));

        await(history.start());

        assertEquals(List.of("1", "2"), List.copyOf(read));
        assertTrue(history.ready());
        await(history.stop());
        assertFalse(history.ready());
    }

    @Test
    void shouldLetARequestWaitUntilAllBeforeItHasBeenRead() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        EventHistory history = history(event -> {
            waitFor(go); // as if the stream were slow
            read.add(event.payload());
        });
        await(history.start());
        EventsClient other = stack.service("events:send events:listen");
        await(other.publish(Envelope.builder(FACT).payload("1").build()));
        await(other.publish(Envelope.builder(QUESTION).payload("2").build()));
        Envelope question = stack.history(other, QUESTION).getLast();

        Future<Void> reached = history.upTo(question);

        assertFalse(reached.isComplete(), "the fact before it is not read yet");
        go.countDown();
        await(reached);
        assertEquals(List.of("1"), List.copyOf(read), "a question is a place, and no fact");
        assertTrue(history.upTo(question).succeeded(), "now it need not wait");
        await(history.stop());
    }

    @Test
    void shouldSayThatItIsTooLateToARequestThatWaitsWhenItStops() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        EventHistory history = history(_ -> waitFor(go));
        await(history.start());
        EventsClient other = stack.service("events:send events:listen");
        await(other.publish(Envelope.builder(FACT).payload("1").build()));
        await(other.publish(Envelope.builder(QUESTION).payload("2").build()));
        Envelope question = stack.history(other, QUESTION).getLast();
        Future<Void> reached = history.upTo(question);

        Future<Void> stopped = history.stop();

        assertEquals(
                "unavailable",
                assertInstanceOf(ApiException.class, reached.cause()).type());
        assertTrue(history.upTo(question).failed(), "nor does it wait from now on");
        go.countDown();
        await(stopped);
    }

    @Test
    void shouldSayWhenAllIsReadThatThereIsNow() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        EventHistory history = history(event -> {
            waitFor(go); // as if the stream were slow, or hung
            read.add(event.payload());
        });
        assertTrue(history.upToNow().failed(), "it is not connected");
        await(history.start());
        await(history.upToNow());
        await(stack.service("events:send")
                .publish(Envelope.builder(FACT).payload("1").build()));

        Future<Void> now = history.upToNow();
        CompletableFuture.delayedExecutor(300, TimeUnit.MILLISECONDS).execute(go::countDown);
        await(now);

        assertEquals(List.of("1"), List.copyOf(read));
        await(history.stop());
        assertTrue(history.upToNow().failed(), "it is connected no more");
    }

    @Test
    void shouldSkipAnEventThatMakesNoSenseAndGoOn() throws Exception {
        EventHistory history = history(event -> {
            if (event.payload().equals("1")) {
                throw new IllegalStateException("nonsense");
            }
            read.add(event.payload());
        });
        await(history.start());
        published(FACT, "1");

        published(FACT, "2");

        await(history.upTo(published(QUESTION, "3")));

        assertEquals(List.of("2"), List.copyOf(read));
        await(history.stop());
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
