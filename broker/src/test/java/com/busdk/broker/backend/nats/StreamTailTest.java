package com.busdk.broker.backend.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.nats.NatsLink.Stored;
import com.busdk.broker.contract.harness.Deadline;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class StreamTailTest {
    private static final int PATIENCE_SECONDS = 60;

    @RegisterExtension
    static final OneServer SERVER = new OneServer();

    private final List<Long> shown = new CopyOnWriteArrayList<>();
    private String stream;
    private NatsLink link;
    private StreamTail tail;

    @BeforeEach
    void open() throws Exception {
        stream = SERVER.newStream();
        link = NatsLink.open(Streams.options(SERVER.servers(), stream), "test");
        Streams.make(link, SERVER.servers(), stream);
    }

    @AfterEach
    void close() {
        if (tail != null) {
            tail.close();
        }
        if (link != null) {
            link.close();
        }
    }

    private void follow(long from, StreamTail.Sink sink) {
        tail = new StreamTail(link, stream, from, sink);
        tail.start();
    }

    private void follow(long from) {
        follow(from, (sequence, _, _, _) -> shown.add(sequence));
    }

    private void publish(int count) throws Exception {
        publish(count, "a", new byte[0]);
    }

    private void publish(int count, String name, byte[] body) throws Exception {
        List<CompletableFuture<Stored>> answers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            answers.add(link.publish(stream + ".e." + name, body, null, -1));
        }
        for (CompletableFuture<Stored> answer : answers) {
            var _ = answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void untilShown(long from, long to) {
        Deadline.until("message " + to, () -> !shown.isEmpty() && shown.getLast() >= to);
        assertEquals(LongStream.rangeClosed(from, to).boxed().toList(), shown);
    }

    @Test
    void shouldShowEachMessageOnceAndInOrderFromASequenceOn() throws Exception {
        publish(3_000);
        follow(501);
        untilShown(501, 3_000);
        publish(2_000);
        untilShown(501, 5_000);
    }

    @Test
    void shouldShowWhatAMessageIs() throws Exception {
        List<String> whole = new CopyOnWriteArrayList<>();
        long before = System.currentTimeMillis();
        follow(1, (sequence, timeNanos, subject, body) -> {
            boolean now = TimeUnit.NANOSECONDS.toMillis(timeNanos) >= before - 1;
            whole.add(sequence + " " + subject + " " + new String(body, UTF_8) + " " + now);
        });
        publish(1, "b", "text".getBytes(UTF_8));
        Deadline.until("the message", () -> !whole.isEmpty());
        assertEquals(List.of("1 " + stream + ".e.b text true"), whole);
    }

    @Test
    void shouldWaitForWhatComesLaterThanTheSequence() throws Exception {
        publish(2);
        follow(3);
        publish(1);
        untilShown(3, 3);
    }

    @Test
    void shouldGoOnBehindMessagesThatTheStreamHasNoLonger() throws Exception {
        publish(5, "old", new byte[0]);
        publish(2);
        var _ = link.purgeBelow(stream, stream + ".e.old", 6).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        follow(2);
        untilShown(6, 7);
    }

    @Test
    void shouldLoseNothingWhileItsSinkStandsStill() throws Exception {
        Semaphore go = new Semaphore(0);
        follow(1, (sequence, _, _, _) -> {
            go.acquire();
            shown.add(sequence);
        });
        byte[] large = new byte[1 << 20];
        publish(100, "a", large); // more than the client library keeps of a subscription
        assertTrue(shown.isEmpty());
        go.release(1_000_000);
        untilShown(1, 100);
    }

    @Test
    void shouldGoOnWhereItStoodWhenTheServerIsBack() throws Exception {
        follow(1);
        publish(200);
        untilShown(1, 200);
        SERVER.servers().stop(0);
        SERVER.servers().restart(0);
        Deadline.until("the connection", link::connected);
        publish(200);
        untilShown(1, 400);
    }

    @Test
    void shouldGoOnWhenItsConsumerIsGone() throws Exception {
        follow(1);
        publish(10);
        untilShown(1, 10);
        var streams = link.connection().jetStreamManagement();
        for (String name : streams.getConsumerNames(stream)) {
            streams.deleteConsumer(stream, name);
        }
        publish(10);
        untilShown(1, 20);
    }

    @Test
    void shouldShowAMessageAgainThatItsSinkHasFailedOn() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        follow(1, (sequence, _, _, _) -> {
            if (calls.incrementAndGet() == 2) {
                throw new IllegalStateException("a sink that fails");
            }
            shown.add(sequence);
        });
        publish(5);
        untilShown(1, 5);
    }

    @Test
    void shouldEndWhileItsSinkWaits() throws Exception {
        Semaphore inside = new Semaphore(0);
        Semaphore never = new Semaphore(0);
        follow(1, (_, _, _, _) -> {
            inside.release();
            never.acquire();
        });
        publish(1);
        assertTrue(inside.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS));
        tail.close();
        assertFalse(Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("bus-tail-" + stream)));
    }
}
