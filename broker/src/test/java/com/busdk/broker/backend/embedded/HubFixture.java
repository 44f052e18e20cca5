package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.Backend.AckRequest;
import com.busdk.broker.backend.Backend.AckResult;
import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.Backend.Nack;
import com.busdk.broker.backend.Backend.Published;
import com.busdk.broker.backend.Backend.Reject;
import com.busdk.broker.backend.ListenRequest;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.backend.ListenRequest.GroupMember;
import com.busdk.broker.backend.ListenRequest.Start;
import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.backend.log.LogOptions;
import com.busdk.broker.backend.log.MemoryLog;
import com.busdk.broker.backend.log.SegmentLog;
import com.busdk.broker.envelope.EventBatch;
import com.busdk.broker.envelope.JsonText;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A hub for tests, called as the HTTP layer calls it: on event loops. */
final class HubFixture implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 20;

    final Vertx vertx;
    final List<Context> loops;
    Hub hub;

    private final @Nullable Path directory;
    private final HubOptions options;
    private final LogOptions logOptions;

    private final UnaryOperator<EventLog> between;

    private HubFixture(@Nullable Path directory, HubOptions options) {
        this(directory, options, LogOptions.defaults(), UnaryOperator.identity());
    }

    private HubFixture(
            @Nullable Path directory, HubOptions options, LogOptions logOptions, UnaryOperator<EventLog> between) {
        this.directory = directory;
        this.between = between;
        this.options = options;
        this.logOptions = logOptions;
        this.vertx = Vertx.vertx();
        VertxInternal internal = (VertxInternal) vertx;
        this.loops = List.of(
                internal.createEventLoopContext(),
                internal.createEventLoopContext(),
                internal.createEventLoopContext());
        this.hub = newHub();
        await(hub.start());
    }

    static HubFixture inMemory() {
        return new HubFixture(null, HubOptions.defaults());
    }

    static HubFixture inMemory(HubOptions options) {
        return new HubFixture(null, options);
    }

    /** @param between puts something between the hub and its log */
    static HubFixture inMemory(UnaryOperator<EventLog> between) {
        return inMemory(HubOptions.defaults(), between);
    }

    static HubFixture inMemory(HubOptions options, UnaryOperator<EventLog> between) {
        return new HubFixture(null, options, LogOptions.defaults(), between);
    }

    static HubFixture onDisk(Path directory) {
        return new HubFixture(directory, HubOptions.defaults());
    }

    /** @param between puts something between the hub and its log */
    static HubFixture onDisk(Path directory, UnaryOperator<EventLog> between) {
        return new HubFixture(directory, HubOptions.defaults(), LogOptions.defaults(), between);
    }

    static HubFixture inMemory(LogOptions logOptions) {
        return new HubFixture(null, HubOptions.defaults(), logOptions, UnaryOperator.identity());
    }

    static HubFixture onDisk(Path directory, LogOptions logOptions) {
        return new HubFixture(directory, HubOptions.defaults(), logOptions, UnaryOperator.identity());
    }

    private Hub newHub() {
        LogOpener opener = directory == null
                ? state -> between.apply(MemoryLog.open(logOptions, state))
                : state -> between.apply(SegmentLog.open(directory, logOptions, state));
        return Hub.create(vertx, opener, options, () -> System.currentTimeMillis() * 1000);
    }

    void restart() {
        restart(() -> {});
    }

    /** @param meanwhile done while there is none */
    void restart(Runnable meanwhile) {
        await(hub.stop());
        meanwhile.run();
        hub = newHub();
        await(hub.start());
    }

    @Override
    public void close() {
        await(hub.stop());
        await(vertx.close());
    }

    /** Runs on that loop and waits for what it answers. */
    <T> T on(int loop, Supplier<Future<T>> call) {
        Promise<T> promise = Promise.promise();
        loops.get(loop).runOnContext(_ -> {
            try {
                call.get().onComplete(promise);
            } catch (RuntimeException e) {
                promise.fail(e);
            }
        });
        return await(promise.future());
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e);
        } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
            throw new AssertionError("not answered in time", e);
        }
    }

    static void eventually(String what, BooleanSupplier holds) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("did not happen: " + what);
            }
            java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
        }
    }

    Published publish(int loop, String name, int... numbers) {
        return on(loop, () -> hub.publish(batch(name, null, null, numbers)));
    }

    /** Events whose payload is a number. */
    static EventBatch batch(String name, @Nullable String owner, @Nullable String key, int... numbers) {
        EventBatch batch = new EventBatch(64, 1);
        for (int number : numbers) {
            ByteArrayOutputStream tail = new ByteArrayOutputStream();
            tail.writeBytes(("\"name\":\"" + name + "\"").getBytes(StandardCharsets.UTF_8));
            int[] ownerSpan = field(tail, "identityId", owner);
            int[] keySpan = field(tail, "key", key);
            tail.writeBytes((",\"payload\":" + number + "}\n").getBytes(StandardCharsets.UTF_8));
            System.arraycopy(tail.toByteArray(), 0, batch.ensure(tail.size()), batch.size(), tail.size());
            batch.add(tail.size(), name.length(), 0, 0, ownerSpan[0], ownerSpan[1], keySpan[0], keySpan[1]);
        }
        return batch;
    }

    /** An event of about so many bytes, whose payload is a number. */
    static EventBatch large(String name, int number, int bytes) {
        EventBatch batch = new EventBatch(64, 1);
        byte[] tail = "\"name\":\"%s\",\"payload\":%d,\"metadata\":{\"x\":\"%s\"}}\n"
                .formatted(name, number, "x".repeat(bytes))
                .getBytes(StandardCharsets.UTF_8);
        System.arraycopy(tail, 0, batch.ensure(tail.length), batch.size(), tail.length);
        batch.add(tail.length, name.length(), 0, 0, 0, 0, 0, 0);
        return batch;
    }

    private static int[] field(ByteArrayOutputStream tail, String name, @Nullable String value) {
        if (value == null) {
            return new int[] {0, 0};
        }
        byte[] text = JsonText.encode(value);
        tail.writeBytes((",\"" + name + "\":\"").getBytes(StandardCharsets.UTF_8));
        int start = tail.size();
        tail.writeBytes(text);
        tail.write('"');
        return new int[] {start, text.length};
    }

    Listening listen(int loop, ListenRequest request, RecordingSink sink) {
        return on(
                loop,
                () -> hub.listen(request, sink).map(listening -> {
                    listening.begin();
                    return listening;
                }));
    }

    void leave(int loop, Listening listening) {
        on(loop, () -> {
            listening.close();
            return Future.succeededFuture();
        });
    }

    static ListenRequest broadcast(String name, Start start, boolean follow) {
        return new ListenRequest(List.of(name), false, null, null, start, follow, 0, Framing.NDJSON, null);
    }

    static ListenRequest member(String name, Start start, GroupMember member) {
        return new ListenRequest(List.of(name), false, null, null, start, true, 0, Framing.NDJSON, member);
    }

    static GroupMember explicit(String group, String consumer, int window, Duration ackWait, int maxDeliveries) {
        return new GroupMember(group, consumer, "alice", true, false, window, ackWait, maxDeliveries);
    }

    static GroupMember auto(String group, String consumer) {
        return new GroupMember(group, consumer, "alice", false, false, 256, Duration.ofSeconds(30), 5);
    }

    AckResult ack(int loop, String group, List<String> ack, List<Nack> nack, List<Reject> reject) {
        return on(
                loop, () -> hub.ack(new AckRequest(group, "alice", null, name -> true, ack, nack, reject, List.of())));
    }
}
