package com.busdk.broker.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Json;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Clients of several services before one stream, who go to another service when one does not answer: publishers that repeat
 * with the same key what was not accepted, listeners that go on behind the last event they got, and consumers of a group
 * that acknowledge each event. What they saw decides in the end whether every promise was kept.
 *
 * <p>Threads: a virtual one for each client; the methods are the test's.
 */
final class ClusterLoad implements AutoCloseable {
    private static final String NAME = "fault.cluster";
    private static final String GROUP = "workers";
    private static final String MEMBER =
            "name=" + NAME + "&replay=true&delivery=unicast&ack=explicit&max_deliveries=1000&group=" + GROUP;
    private static final String LAST = "last";
    private static final int PUBLISHERS = 4;
    private static final int LISTENERS = 3;
    private static final int CONSUMERS = 3;

    /** Between two publishes of one publisher, and before anything is tried again: many faults make no large log. */
    private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final List<Supplier<Caller>> doors;
    private final History history = new History();
    private final List<Thread> publishers = new ArrayList<>();
    private final List<Thread> listeners = new ArrayList<>();
    private final List<Thread> consumers = new ArrayList<>();
    private final List<List<String>> heard = new ArrayList<>();
    private final AtomicLongArray heardCounts = new AtomicLongArray(LISTENERS);
    private final AtomicReferenceArray<EventStream> open = new AtomicReferenceArray<>(LISTENERS + CONSUMERS);
    private final Set<String> delivered = ConcurrentHashMap.newKeySet();
    private final Map<String, Set<String>> ackedBy = new ConcurrentHashMap<>();
    private final List<String> wrong = new CopyOnWriteArrayList<>();
    private final AtomicLong firstAccepted = new AtomicLong();
    private volatile long markedAt = System.nanoTime();
    private volatile String lastTrouble = "none";
    private volatile boolean enough;
    private volatile boolean over;

    /** @param doors callers of each service as it is now, which may have ended */
    ClusterLoad(List<Supplier<Caller>> doors) {
        this.doors = List.copyOf(doors);
    }

    void start() {
        for (int i = 0; i < LISTENERS; i++) {
            int number = i;
            List<String> ids = new ArrayList<>();
            heard.add(ids);
            listeners.add(Thread.ofVirtual().start(() -> listen(number, ids)));
        }
        for (int i = 0; i < CONSUMERS; i++) {
            int number = i;
            consumers.add(Thread.ofVirtual().start(() -> consume(number)));
        }
        for (int i = 0; i < PUBLISHERS; i++) {
            int number = i;
            publishers.add(Thread.ofVirtual().start(() -> publish(number)));
        }
    }

    /** Waits until everybody has done that much more from now on. */
    void progress(String what, int more) {
        int accepted = history.acceptedCount() + more;
        int acked = ackedBy.size() + more;
        long[] heardNow = new long[LISTENERS];
        for (int i = 0; i < LISTENERS; i++) {
            heardNow[i] = heardCounts.get(i) + more;
        }
        until(what + ": publishers", () -> history.acceptedCount() >= accepted);
        until(what + ": consumers", () -> ackedBy.size() >= acked);
        for (int i = 0; i < LISTENERS; i++) {
            int number = i;
            until(what + ": listener " + i, () -> heardCounts.get(number) >= heardNow[number]);
        }
    }

    private void until(String what, Supplier<Boolean> wanted) {
        try {
            Deadline.until(what, wanted::get);
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; the last trouble was " + lastTrouble + "; " + groups(), e);
        }
    }

    /** What each service says of the group, for who has to find out why it stands still. */
    private String groups() {
        StringBuilder all = new StringBuilder();
        for (Supplier<Caller> door : doors) {
            try {
                all.append(door.get().group(GROUP, NAME)).append(' ');
            } catch (AssertionError e) {
                all.append(e.getMessage()).append(' ');
            }
        }
        return all.toString();
    }

    /** From now on {@link #millisToFirstAccepted} counts. */
    void mark() {
        markedAt = System.nanoTime();
        firstAccepted.set(0);
    }

    /** From the mark to the first answer 202 to what was sent behind it; waits for that. */
    long millisToFirstAccepted() {
        until("a publish to be accepted", () -> firstAccepted.get() != 0);
        return TimeUnit.NANOSECONDS.toMillis(firstAccepted.get() - markedAt);
    }

    // ---- clients

    private Caller door(int turn) {
        return doors.get(Math.floorMod(turn, doors.size())).get();
    }

    private void again(Object trouble) {
        lastTrouble = String.valueOf(trouble);
        LockSupport.parkNanos(PACE_NANOS);
    }

    private void publish(int number) {
        for (long i = 0; !enough; i++) {
            publish("p" + number, i, number);
            LockSupport.parkNanos(PACE_NANOS);
        }
    }

    /** Until it is accepted, at one service after the other. */
    private void publish(String key, long number, int firstTurn) {
        String envelope = "{\"name\":\"%s\",\"key\":\"%s\",\"idempotencyKey\":\"%s\",\"payload\":%d}"
                .formatted(NAME, key, History.name(key, number), number);
        history.sending(key, number);
        for (int turn = firstTurn; !over; turn++) {
            long sent = System.nanoTime();
            Answer answer;
            try {
                answer = door(turn).publishAsync(envelope).join();
            } catch (CompletionException lost) {
                again(lost);
                continue;
            }
            if (answer.status() == 202) {
                history.accepted(key, number, answer.json().path("id").asText());
                if (sent - markedAt >= 0) {
                    firstAccepted.compareAndSet(0, System.nanoTime());
                }
                return;
            }
            if (answer.status() != 503 || answer.header("retry-after").isEmpty()) {
                wrong.add("a publish was answered " + answer);
            }
            again(answer);
        }
    }

    /** Up to the event that is published last. */
    private void listen(int number, List<String> ids) {
        for (int turn = number; !over; turn++) {
            String position = ids.isEmpty() ? "&replay=true" : "&after=" + ids.getLast();
            try (EventStream stream = door(turn).listen("name=" + NAME + position)) {
                open.set(number, stream);
                for (Optional<Event> next = stream.nextUnlessOver(); next.isPresent(); next = stream.nextUnlessOver()) {
                    ids.add(next.get().id());
                    heardCounts.incrementAndGet(number);
                    if (next.get().text("key").equals(LAST)) {
                        return;
                    }
                }
            } catch (AssertionError refusedOrSilent) {
                again(refusedOrSilent);
            }
        }
    }

    private void consume(int number) {
        for (int turn = number; !over; turn++) {
            try (EventStream stream = door(turn).listen(MEMBER + "&consumer=c" + number)) {
                open.set(LISTENERS + number, stream);
                for (Optional<Event> next = stream.nextUnlessOver(); next.isPresent(); next = stream.nextUnlessOver()) {
                    delivered.add(next.get().id());
                    ack(next.get(), turn + 1); // at another service than that of the stream
                }
            } catch (AssertionError refusedOrSilent) {
                again(refusedOrSilent);
            }
        }
    }

    /** Until it is answered; repeating it is harmless. */
    private void ack(Event event, int firstTurn) {
        for (int turn = firstTurn; !over; turn++) {
            Answer answer;
            try {
                answer = door(turn).ack(GROUP, "\"ack\":[" + Json.quote(event.token()) + "]");
            } catch (AssertionError lost) {
                again(lost);
                continue;
            }
            if (answer.status() == 200) {
                if (answer.json().path("ack").asInt(-1) == 1) {
                    ackedBy.computeIfAbsent(event.id(), _ -> ConcurrentHashMap.newKeySet())
                            .add(event.token());
                }
                return;
            }
            if (answer.status() != 503) {
                wrong.add("an ack was answered " + answer);
                return;
            }
            again(answer);
        }
    }

    // ---- the end

    /** Stops publishing, lets everybody come to the end, and holds what they saw against what is stored. */
    void finishAndCheck() throws InterruptedException {
        enough = true;
        for (Thread publisher : publishers) {
            publisher.join();
        }
        publish(LAST, 0, 0);
        until("all listeners to come to the end", () -> listeners.stream().noneMatch(Thread::isAlive));
        for (Supplier<Caller> door : doors) {
            Deadline.until(
                    "the group to have done everything",
                    () -> door.get().group(GROUP, NAME),
                    group -> group.path("lag").asInt(-1) == 0
                            && group.path("in_flight").asInt(-1) == 0
                            && group.path("waiting").asInt(0) == 0);
        }
        over = true;
        close();
        for (Thread consumer : consumers) {
            consumer.join();
        }
        check();
    }

    private void check() {
        List<Event> log = doors.getFirst().get().read("name=" + NAME + "&follow=false");
        history.check(log);
        List<String> ids = log.stream().map(Event::id).toList();
        for (Supplier<Caller> door : doors) {
            List<Event> copy = door.get().read("name=" + NAME + "&follow=false");
            assertEquals(ids, copy.stream().map(Event::id).toList(), "all services have the same");
        }
        for (int i = 0; i < heard.size(); i++) {
            assertEquals(ids, heard.get(i), "listener " + i + " heard all of it, once and in order");
        }
        Set<String> never = new HashSet<>(ids);
        never.removeAll(delivered);
        assertEquals(Set.of(), never, "the group got everything");
        Set<String> strange = new HashSet<>(delivered);
        ids.forEach(strange::remove);
        assertEquals(Set.of(), strange, "and nothing that is not stored");
        List<String> twice = ackedBy.entrySet().stream()
                .filter(entry -> entry.getValue().size() > 1)
                .map(Object::toString)
                .toList();
        assertEquals(List.of(), twice, "no event was taken as done from two holders");
        JsonNode group = doors.getFirst().get().group(GROUP, NAME);
        assertEquals(0, group.path("dead_letters").asInt(-1), group::toString);
        assertEquals(List.of(), wrong);
    }

    /** Ends all clients; harmless when repeated. */
    @Override
    public void close() {
        enough = true;
        over = true;
        for (int i = 0; i < open.length(); i++) {
            EventStream stream = open.get(i);
            if (stream != null) {
                stream.close();
            }
        }
    }
}
