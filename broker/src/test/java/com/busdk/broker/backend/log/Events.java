package com.busdk.broker.backend.log;

import com.busdk.broker.backend.EventId;
import com.busdk.broker.envelope.EventBatch;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Makes events and reads them back, for tests. */
final class Events {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private Events() {}

    /** One event as a test sees it. */
    record Seen(long sequence, long timeMicros, String name, String line) {}

    /** A batch of one event without owner, key or correlation id. */
    static EventBatch one(String name, String payload) {
        EventBatch batch = new EventBatch(64, 1);
        add(batch, name, payload);
        return batch;
    }

    static void add(EventBatch batch, String name, String payload) {
        byte[] tail = ("\"name\":\"" + name + "\",\"payload\":" + payload + "}\n").getBytes(StandardCharsets.UTF_8);
        System.arraycopy(tail, 0, batch.ensure(tail.length), batch.size(), tail.length);
        batch.add(tail.length, name.length(), 0, 0, 0, 0, 0, 0);
    }

    /** Appends one and commits. */
    static long publish(EventLog log, String name, String payload, long timeMicros) throws LogUnavailableException {
        long sequence = log.append(one(name, payload), 0, timeMicros);
        log.commit();
        return sequence;
    }

    /** The line that such an event should have, made in the plainest way. */
    static String line(long epoch, long sequence, long timeMicros, String name, String payload) {
        Instant time = Instant.ofEpochSecond(timeMicros / 1_000_000, timeMicros % 1_000_000 * 1_000);
        return "{\"id\":\"%s\",\"sequence\":%d,\"createdAt\":\"%s\",\"name\":\"%s\",\"payload\":%s}\n"
                .formatted(new EventId(epoch, sequence), sequence, TIME.format(time), name, payload);
    }

    static Seen copy(LogRecord event) {
        byte[] line = new byte[event.lineLength()];
        event.buffer().get(event.lineStart(), line);
        byte[] name = new byte[event.nameLength()];
        event.buffer().get(event.nameStart(), name);
        return new Seen(
                event.sequence(),
                event.timeMicros(),
                new String(name, StandardCharsets.US_ASCII),
                new String(line, StandardCharsets.UTF_8));
    }

    /** All that a selector finds from there to the head. */
    static List<Seen> read(EventLog log, long from, NameSelector selector) throws LogDamagedException {
        List<Seen> seen = new ArrayList<>();
        log.read(log.cursorAt(from), log.head(), selector, EventLog.Trust.VERIFY, event -> {
            seen.add(copy(event));
            return RecordVisitor.Next.GO_ON;
        });
        return seen;
    }

    /** Returns when it is so; fails when it is not so for long. */
    static void await(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.call()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("waited in vain: " + what);
            }
            Thread.onSpinWait();
        }
    }
}
