package com.busdk.broker.backend.nats;

import io.nats.client.ConsumeOptions;
import io.nats.client.IterableConsumer;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamOptions;
import io.nats.client.JetStreamStatusCheckedException;
import io.nats.client.Message;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.OrderedConsumerConfiguration;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows the messages of a stream in order, each once, from a sequence on, until it is closed. It reads with one ordered
 * consumer, and makes another where that one ends, falls silent, or is on a server that has died: from behind what it has
 * shown last.
 *
 * <p>Thread: its own.
 */
final class StreamTail implements AutoCloseable {
    /** Messages that the servers send ahead: with the largest ones, what a process can hold. */
    private static final int BATCH = 256;

    private static final long EXPIRES_MILLIS = 5_000;

    /** When nothing has come for so long, the stream is asked whether there is something. */
    private static final long SILENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(2_000);

    /** A consumer that is placed on a server that has just died is not answered for; another try is. */
    private static final JetStreamOptions CREATION =
            JetStreamOptions.builder().requestTimeout(Duration.ofMillis(1_500)).build();

    private static final long WAIT_MILLIS = 250;
    private static final long FIRST_RETRY_MILLIS = 50;
    private static final long MOST_RETRY_MILLIS = 1_000;
    private static final Logger LOG = LoggerFactory.getLogger(StreamTail.class);

    private final NatsLink link;
    private final String stream;
    private final Sink sink;
    private final Thread thread;
    private volatile boolean closed;
    private long next;

    /** Told on the tail's thread, one after the other; may wait. */
    interface Sink {
        void message(long sequence, long timeNanos, String subject, byte[] body) throws InterruptedException;
    }

    StreamTail(NatsLink link, String stream, long from, Sink sink) {
        this.link = link;
        this.stream = stream;
        this.next = from;
        this.sink = sink;
        this.thread = Thread.ofPlatform().daemon().name("bus-tail-" + stream).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        long wait = FIRST_RETRY_MILLIS;
        while (!closed) {
            long before = next;
            try {
                follow();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (IOException | JetStreamApiException | JetStreamStatusCheckedException | RuntimeException problem) {
                LOG.debug("reading {} is begun anew: {}", stream, problem.toString());
            }
            wait = next > before ? FIRST_RETRY_MILLIS : Math.min(2 * wait, MOST_RETRY_MILLIS);
            if (!closed) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(wait));
            }
        }
    }

    private void follow()
            throws IOException, JetStreamApiException, JetStreamStatusCheckedException, InterruptedException {
        OrderedConsumerConfiguration from = new OrderedConsumerConfiguration()
                .deliverPolicy(DeliverPolicy.ByStartSequence)
                .startSequence(next);
        ConsumeOptions options = ConsumeOptions.builder()
                .batchSize(BATCH)
                .thresholdPercent(50)
                .expiresIn(EXPIRES_MILLIS)
                .build();
        IterableConsumer consumer = link.connection()
                .getStreamContext(stream, CREATION)
                .createOrderedConsumer(from)
                .iterate(options);
        try {
            long lastHeard = System.nanoTime();
            while (!closed) {
                Message message = consumer.nextMessage(WAIT_MILLIS);
                if (message != null) {
                    show(message);
                    lastHeard = System.nanoTime();
                } else if (System.nanoTime() - lastHeard > SILENCE_NANOS) {
                    if (isBehind()) {
                        return;
                    }
                    lastHeard = System.nanoTime();
                }
            }
        } finally {
            close(consumer);
        }
    }

    private void show(Message message) throws InterruptedException {
        long sequence = message.metaData().streamSequence();
        if (sequence < next) {
            return; // a consumer that was begun anew
        }
        Instant time = message.metaData().timestamp().toInstant();
        long nanos = TimeUnit.SECONDS.toNanos(time.getEpochSecond()) + time.getNano();
        sink.message(sequence, nanos, message.getSubject(), message.getData());
        next = sequence + 1;
    }

    /** Whether the stream has more than has been shown; false also where it does not say. */
    private boolean isBehind() throws InterruptedException {
        try {
            return link.state(stream).get(SILENCE_NANOS, TimeUnit.NANOSECONDS).last() >= next;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        }
    }

    private static void close(IterableConsumer consumer) {
        try {
            consumer.close();
        } catch (Exception e) {
            LOG.debug("a consumer could not be closed: {}", e.toString());
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
