package com.busdk.broker.backend.nats;

import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Questions over a connection and their answers, as one subscription: so that it is known of each question whether
 * nobody was there, nobody answered, or the connection went away. As many are under way as callers bound.
 *
 * <p>Any thread; answers come on the client library's, or on that of the clock.
 */
final class Requests implements AutoCloseable {
    private static final long TICK_MILLIS = 50;
    private static final int NO_RESPONDERS = 503;

    private final Connection nats;
    private final String inbox;
    private final AtomicLong last = new AtomicLong();
    private final Map<Long, Waiting> waiting = new ConcurrentHashMap<>();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("bus-nats-clock").factory());

    private record Waiting(CompletableFuture<byte[]> answer, long deadlineNanos) {}

    Requests(Connection nats) {
        this.nats = nats;
        this.inbox =
                "_INBOX.bus" + Long.toUnsignedString(ThreadLocalRandom.current().nextLong(), 36) + ".";
        nats.createDispatcher(this::answered).subscribe(inbox + "*");
        var _ = clock.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Asks; fails with a {@link NatsRefusal}. */
    CompletableFuture<byte[]> ask(String subject, @Nullable Headers headers, byte[] body, long timeoutMillis) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        if (nats.getStatus() != Connection.Status.CONNECTED) {
            answer.completeExceptionally(disconnected());
            return answer;
        }
        long number = last.incrementAndGet();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        waiting.put(number, new Waiting(answer, deadline));
        try {
            nats.publish(subject, inbox + Long.toString(number, 36), headers, body);
        } catch (IllegalArgumentException e) {
            fail(number, new NatsRefusal(NatsRefusal.Kind.TOO_LARGE, String.valueOf(e.getMessage())));
        } catch (IllegalStateException e) {
            fail(number, disconnected());
        }
        return answer;
    }

    private static NatsRefusal disconnected() {
        return new NatsRefusal(NatsRefusal.Kind.DISCONNECTED, "there is no connection to the cluster");
    }

    private void answered(Message message) {
        String subject = message.getSubject();
        long number;
        try {
            number = Long.parseLong(subject, inbox.length(), subject.length(), 36);
        } catch (NumberFormatException e) {
            return;
        }
        if (message.isStatusMessage()) {
            boolean nobody = message.getStatus().getCode() == NO_RESPONDERS;
            fail(
                    number,
                    new NatsRefusal(
                            nobody ? NatsRefusal.Kind.NO_RESPONDERS : NatsRefusal.Kind.OTHER,
                            nobody
                                    ? "nobody is there to answer"
                                    : message.getStatus().getMessageWithCode()));
            return;
        }
        Waiting one = waiting.remove(number);
        if (one != null) {
            one.answer().complete(message.getData());
        }
    }

    private void fail(long number, NatsRefusal why) {
        Waiting one = waiting.remove(number);
        if (one != null) {
            one.answer().completeExceptionally(why);
        }
    }

    /** The connection is gone: nobody will answer what was asked over it. */
    void disconnectedNow() {
        waiting.keySet().forEach(number -> fail(number, disconnected()));
    }

    private void tick() {
        long now = System.nanoTime();
        waiting.forEach((number, one) -> {
            if (one.deadlineNanos() - now <= 0) {
                fail(number, new NatsRefusal(NatsRefusal.Kind.TIMEOUT, "no answer in time"));
            }
        });
    }

    @Override
    public void close() {
        clock.shutdownNow();
        disconnectedNow();
    }
}
