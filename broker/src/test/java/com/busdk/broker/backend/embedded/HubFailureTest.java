package com.busdk.broker.backend.embedded;

import static com.busdk.broker.backend.embedded.HubFixture.auto;
import static com.busdk.broker.backend.embedded.HubFixture.eventually;
import static com.busdk.broker.backend.embedded.HubFixture.explicit;
import static com.busdk.broker.backend.embedded.HubFixture.member;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.Backend.AckRequest;
import com.busdk.broker.backend.Backend.AckResult;
import com.busdk.broker.backend.Backend.GroupInfo;
import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.Backend.Nack;
import com.busdk.broker.backend.Backend.Reject;
import com.busdk.broker.backend.ListenRequest.GroupMember;
import com.busdk.broker.backend.ListenRequest.Start;
import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.backend.log.LogUnavailableException;
import com.busdk.client.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a hub does when its consumers end again and again, and when it has a defect itself. */
@Timeout(120)
class HubFailureTest {
    private static final String NAME = "example.job";
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int WINDOW = 8;

    /** Rejected with the longest reasons they are more than two records hold. */
    private static final int MANY = 4_000;

    @Test
    void shouldBeReadyNoMoreWhenTheWriterHasDied() {
        AtomicBoolean broken = new AtomicBoolean();
        try (HubFixture it = HubFixture.inMemory(log -> failing(log, broken))) {
            it.publish(0, NAME, 1);
            assertEquals("", it.hub.notReadyBecause());
            broken.set(true);
            ApiException failed = assertThrows(ApiException.class, () -> it.publish(0, NAME, 2));
            assertEquals(503, failed.status());
            assertTrue(it.hub.notReadyBecause().contains("restart"), it.hub.notReadyBecause());
            ApiException refused = assertThrows(ApiException.class, () -> it.publish(0, NAME, 3));
            assertEquals(503, refused.status());
            assertEquals(it.hub.notReadyBecause(), refused.getMessage());
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            ApiException joining = assertThrows(
                    ApiException.class, () -> it.listen(0, member(NAME, new Start.Live(), auto("g", "c")), sink));
            assertEquals(it.hub.notReadyBecause(), joining.getMessage());
        }
    }

    @Test
    void shouldAnswerNothingThatWasAskedForBehindWhatCouldNotBeWritten() {
        AtomicBoolean full = new AtomicBoolean();
        try (HubFixture it = HubFixture.inMemory(log -> fullOnce(log, full))) {
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            it.listen(0, member(NAME, new Start.Live(), explicit("g", "c", WINDOW, LONG, 5)), sink);
            it.publish(0, NAME, 1, 2);
            eventually("the deliveries", () -> sink.tokens().size() == 2);
            String first = sink.tokens().get(0);
            List<Future<AckResult>> answers = new ArrayList<>();
            it.on(0, () -> {
                full.set(true);
                // The first one twice, as from who has lost patience while it is on its way.
                for (String token : List.of(first, first, sink.tokens().get(1))) {
                    answers.add(it.hub.ack(new AckRequest(
                            "g", "alice", null, _ -> true, List.of(token), List.of(), List.of(), List.of())));
                }
                return Future.join(answers).transform(_ -> Future.<Void>succeededFuture());
            });
            for (Future<AckResult> answer : answers) {
                assertEquals(
                        503,
                        assertInstanceOf(ApiException.class, answer.cause()).status());
            }
            assertEquals(2, info(it).inFlight(), "none of it happened");
            assertEquals(2, it.ack(0, "g", sink.tokens(), List.of(), List.of()).ack());
            assertEquals(0, info(it).inFlight());
            assertEquals(List.of(1, 2), sink.payloads());
        }
    }

    /** Such as from clients who give up all that they have, with the longest reasons, while the disk is slow. */
    @Test
    void shouldWriteInSeveralRecordsWhatIsTooMuchForOne(@TempDir Path directory) {
        Notes notes = new Notes();
        try (HubFixture it = HubFixture.onDisk(directory, notes::between)) {
            RecordingSink told = new RecordingSink(it.loops.get(1));
            it.listen(1, HubFixture.broadcast(DeadLetters.NAME, new Start.Live(), true), told);
            Future<AckResult> answer = rejectMany(it, notes);
            notes.release();
            assertEquals(MANY, HubFixture.await(answer).reject());
            assertEquals("", it.hub.notReadyBecause());
            assertEquals(MANY, info(it).deadLetters());
            eventually("each to be told of", () -> told.lines().size() == MANY);
            it.restart();
            assertEquals(MANY, info(it).deadLetters());
            assertEquals(0, info(it).waiting() + info(it).inFlight());
        }
    }

    @Test
    void shouldTakeBackThoseRecordsThatWereNotWritten(@TempDir Path directory) {
        Notes notes = new Notes();
        try (HubFixture it = HubFixture.onDisk(directory, notes::between)) {
            RecordingSink told = new RecordingSink(it.loops.get(1));
            it.listen(1, HubFixture.broadcast(DeadLetters.NAME, new Start.Live(), true), told);
            Future<AckResult> answer = rejectMany(it, notes);
            notes.refuse(3); // behind the one that waits the first part is written, and the next one is not
            notes.release();
            ApiException refused = assertThrows(ApiException.class, () -> HubFixture.await(answer));
            assertEquals(503, refused.status());
            long dead = info(it).deadLetters();
            assertTrue(0 < dead && dead < MANY, () -> dead + " of them are dead");
            RecordingSink next = new RecordingSink(it.loops.get(0));
            it.listen(0, member(NAME, new Start.Live(), explicit("g", "next", MANY, LONG, 5)), next);
            eventually("what is left", () -> next.lines().size() == MANY - dead);
            assertEquals(
                    MANY - dead,
                    it.ack(0, "g", next.tokens(), List.of(), List.of()).ack());
            assertEquals(0, info(it).waiting() + info(it).inFlight());
            eventually("each of them to be told of", () -> told.lines().size() == dead);
            it.restart();
            assertEquals(dead, info(it).deadLetters());
            assertEquals(0, info(it).waiting() + info(it).inFlight());
        }
    }

    /** Has one event acknowledged, and while that waits all others rejected, with the longest reasons. */
    private static Future<AckResult> rejectMany(HubFixture it, Notes notes) {
        RecordingSink sink = new RecordingSink(it.loops.get(0));
        Listening consumer = it.listen(0, member(NAME, new Start.Live(), explicit("g", "c", MANY + 1, LONG, 5)), sink);
        it.publish(0, NAME, IntStream.rangeClosed(0, MANY).toArray());
        eventually("the deliveries", () -> sink.lines().size() == MANY + 1);
        List<String> done = List.of(sink.tokens().getFirst());
        List<Reject> rejects = sink.tokens().stream()
                .skip(1)
                .map(token -> new Reject(token, "€".repeat(DeadLetters.MAX_REASON_CHARS)))
                .toList();
        notes.hold();
        Promise<AckResult> answer = Promise.promise();
        it.on(0, () -> {
            it.hub.ack(new AckRequest("g", "alice", null, _ -> true, done, List.of(), List.of(), List.of()));
            it.hub
                    .ack(new AckRequest("g", "alice", null, _ -> true, List.of(), List.of(), rejects, List.of()))
                    .onComplete(answer);
            consumer.close();
            return Future.succeededFuture();
        });
        ThreadPoolExecutor readers = (ThreadPoolExecutor) it.hub.readers();
        eventually("all to be looked up", () -> readers.getQueue().isEmpty() && readers.getActiveCount() == 0);
        it.on(0, Future::succeededFuture); // and noted
        return answer.future();
    }

    /** Lets what groups note wait on its way to the log, or refuses it. Any thread. */
    private static final class Notes {
        private volatile CountDownLatch gate = new CountDownLatch(0);
        private final AtomicInteger untilRefused = new AtomicInteger();

        /** Nothing gets into the log from now on. */
        void hold() {
            gate = new CountDownLatch(1);
        }

        void release() {
            gate.countDown();
        }

        /** The log has no room for the n-th of them, counted from the one that waits. */
        void refuse(int n) {
            untilRefused.set(n);
        }

        EventLog between(EventLog log) {
            return (EventLog) Proxy.newProxyInstance(
                    EventLog.class.getClassLoader(), new Class<?>[] {EventLog.class}, (_, method, arguments) -> {
                        if (method.getName().equals("appendInternal")) {
                            gate.await();
                            if (untilRefused.decrementAndGet() == 0) {
                                throw new LogUnavailableException("a full disk that a test has put there");
                            }
                        }
                        try {
                            return method.invoke(log, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }
    }

    /** The log, which once has no room for what groups note, when that is set. */
    private static EventLog fullOnce(EventLog log, AtomicBoolean full) {
        return (EventLog) Proxy.newProxyInstance(
                EventLog.class.getClassLoader(), new Class<?>[] {EventLog.class}, (_, method, arguments) -> {
                    if (method.getName().equals("appendInternal") && full.compareAndSet(true, false)) {
                        throw new LogUnavailableException("a full disk that a test has put there");
                    }
                    try {
                        return method.invoke(log, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** The log, in whose writing a defect can be put. */
    private static EventLog failing(EventLog log, AtomicBoolean broken) {
        return (EventLog) Proxy.newProxyInstance(
                EventLog.class.getClassLoader(), new Class<?>[] {EventLog.class}, (_, method, arguments) -> {
                    if (method.getName().equals("commit") && broken.get()) {
                        throw new IllegalStateException("a defect that a test has put there");
                    }
                    try {
                        return method.invoke(log, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void shouldGoOnHandingOutBehindAnErrorOfItsOwn() {
        AtomicBoolean broken = new AtomicBoolean();
        try (HubFixture it = HubFixture.inMemory(log -> failingOnce(log, broken))) {
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            it.listen(0, member(NAME, new Start.Live(), auto("g", "c")), sink);
            it.publish(0, NAME, 1);
            eventually("the first", () -> sink.lines().size() == 1);
            broken.set(true);
            it.publish(0, NAME, 2); // and nothing behind it that would wake the group
            eventually("the second", () -> sink.lines().size() == 2);
            assertFalse(broken.get(), "the error came");
            assertEquals(List.of(1, 2), sink.payloads());
        }
    }

    /** Nobody would ask it again. */
    @Test
    void shouldKeepItsClockBehindAnErrorOfItsOwn() {
        AtomicBoolean failed = new AtomicBoolean();
        try (HubFixture it = HubFixture.inMemory(log -> failingOnceInTheClock(log, failed))) {
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            GroupMember one = explicit("g", "c", 20, Duration.ofMillis(500), 5);
            it.listen(0, member(NAME, new Start.Live(), one), sink);
            it.publish(0, NAME, IntStream.range(0, 10).toArray());
            eventually("ten", () -> sink.lines().size() == 10);
            List<Nack> later = sink.tokens().stream()
                    .map(token -> new Nack(token, Duration.ofHours(1).toMillis(), null))
                    .toList();
            assertEquals(10, it.ack(0, "g", List.of(), later, List.of()).nack());
            eventually("the error, at the end of the pause behind so many failures", failed::get);
            it.publish(0, NAME, 10);
            eventually(
                    "the next, and once more when its lease has ended",
                    () -> sink.lines().size() == 12);
            assertEquals(List.of(10, 10), sink.payloads().subList(10, 12));
        }
    }

    /** There is no thread for what the end of a lease takes. */
    @Test
    void shouldEndALeaseAtALaterTickWhereAnErrorOfItsOwnKeptItFromThat() {
        AtomicInteger failed = new AtomicInteger();
        try (HubFixture it = HubFixture.inMemory()) {
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            it.listen(0, member(NAME, new Start.Live(), explicit("g", "c", 1, Duration.ofMillis(500), 1)), sink);
            it.publish(0, NAME, 1);
            eventually("its delivery", () -> sink.lines().size() == 1);
            withoutThreads((ThreadPoolExecutor) it.hub.readers(), failed);
            // Nothing else that needs a thread is asked before, as whoever comes first gets one.
            eventually("its end, tried three times", () -> failed.get() >= 3);
            eventually("its end as a dead letter", () -> info(it).deadLetters() == 1);
            it.publish(0, NAME, 2);
            eventually("the next one", () -> sink.payloads().equals(List.of(1, 2)));
            eventually("its end as well", () -> info(it).deadLetters() == 2);
            assertEquals(0, info(it).inFlight());
        }
    }

    /** The first two threads that the clock needs are none. */
    private static void withoutThreads(ThreadPoolExecutor pool, AtomicInteger failed) {
        ThreadFactory whole = pool.getThreadFactory();
        pool.setThreadFactory(task -> {
            if (inTheClock() && failed.incrementAndGet() <= 2) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            return whole.newThread(task);
        });
        pool.setMaximumPoolSize(pool.getMaximumPoolSize() + 2);
        pool.setCorePoolSize(pool.getMaximumPoolSize());
    }

    private static EventLog failingOnceInTheClock(EventLog log, AtomicBoolean failed) {
        return (EventLog) Proxy.newProxyInstance(
                EventLog.class.getClassLoader(), new Class<?>[] {EventLog.class}, (_, method, arguments) -> {
                    if (method.getName().equals("head") && !failed.get() && inTheClock()) {
                        failed.set(true);
                        throw new LinkageError("a defect that a test has put there");
                    }
                    try {
                        return method.invoke(log, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static boolean inTheClock() {
        return StackWalker.getInstance()
                .walk(frames -> frames.anyMatch(frame -> frame.getClassName().endsWith(".GroupHome")
                        && frame.getMethodName().equals("tick")));
    }

    @Test
    void shouldNeitherLoseNorRepeatAnEventWhereARoundFails() {
        AtomicBoolean broken = new AtomicBoolean();
        try (HubFixture it = HubFixture.inMemory(log -> failingOnce(log, broken))) {
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            it.listen(0, HubFixture.broadcast(NAME, new Start.Live(), true), sink);
            it.publish(0, NAME, 1);
            eventually("the first", () -> sink.lines().size() == 1);
            broken.set(true);
            it.publish(0, NAME, 2);
            eventually("the second", () -> sink.lines().size() == 2);
            assertFalse(broken.get(), "the error came");
            it.publish(0, NAME, 3);
            eventually("the third", () -> sink.lines().size() == 3);
            assertEquals(List.of(1, 2, 3), sink.payloads());
        }
    }

    /** What has been read lies on the heap until the loop takes it. */
    @Test
    void shouldReadForFewGroupsAtOnceWhereTheirLoopIsHeldUp() throws Exception {
        AtomicInteger reads = new AtomicInteger();
        AtomicReference<Runnable> atFirstRead = new AtomicReference<>(() -> {});
        int groups = 20;
        try (HubFixture it = HubFixture.inMemory(log -> watched(log, reads, atFirstRead))) {
            List<RecordingSink> sinks = new ArrayList<>();
            for (int i = 0; i < groups; i++) {
                RecordingSink sink = new RecordingSink(it.loops.get(0));
                sinks.add(sink);
                it.listen(0, member(NAME, new Start.Live(), auto("g" + i, "c")), sink);
            }
            CountDownLatch goOn = new CountDownLatch(1);
            atFirstRead.set(() -> it.loops.get(0).runOnContext(_ -> uninterruptibly(goOn)));
            it.publish(1, NAME, 1);
            eventually("as many as may be", () -> reads.get() == 4);
            assertFalse(goOn.await(200, TimeUnit.MILLISECONDS));
            assertEquals(4, reads.get());
            goOn.countDown();
            eventually("all", () -> sinks.stream().allMatch(sink -> sink.lines().size() == 1));
        }
    }

    private static void uninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The log, whose reads on reader threads are counted. */
    private static EventLog watched(EventLog log, AtomicInteger reads, AtomicReference<Runnable> atFirstRead) {
        return (EventLog) Proxy.newProxyInstance(
                EventLog.class.getClassLoader(), new Class<?>[] {EventLog.class}, (_, method, arguments) -> {
                    if (method.getName().equals("read")
                            && Thread.currentThread().getName().startsWith("bus-log-reader")) {
                        synchronized (atFirstRead) {
                            // No other read is through before the first has had that done.
                            atFirstRead.getAndSet(() -> {}).run();
                        }
                        reads.incrementAndGet();
                    }
                    try {
                        return method.invoke(log, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** The log, whose next read fails at its end when that is set. */
    private static EventLog failingOnce(EventLog log, AtomicBoolean broken) {
        return (EventLog) Proxy.newProxyInstance(
                EventLog.class.getClassLoader(), new Class<?>[] {EventLog.class}, (_, method, arguments) -> {
                    try {
                        Object answer = method.invoke(log, arguments);
                        if (method.getName().equals("read") && broken.compareAndSet(true, false)) {
                            throw new LinkageError("a defect that a test has put there");
                        }
                        return answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void shouldMakeNoDeadLettersWithoutAcknowledgements() {
        try (HubFixture it = HubFixture.inMemory()) {
            RecordingSink first = new RecordingSink(it.loops.get(0));
            it.leave(0, it.listen(0, member(NAME, new Start.Live(), auto("g", "first")), first));
            it.publish(0, NAME, 1, 2);
            for (int i = 0; i < 7; i++) {
                RecordingSink dying = new RecordingSink(it.loops.get(0));
                dying.deaf();
                Listening consumer = it.listen(0, member(NAME, new Start.Live(), auto("g", "c" + i)), dying);
                eventually("a delivery", () -> dying.lines().size() == 2);
                it.leave(0, consumer);
            }
            RecordingSink last = new RecordingSink(it.loops.get(0));
            it.listen(0, member(NAME, new Start.Live(), auto("g", "last")), last);
            eventually("both", () -> last.lines().size() == 2);
            assertEquals(List.of(1, 2), last.payloads());
            assertEquals(0, info(it).deadLetters());
        }
    }

    @Test
    void shouldKeepWhatWaitsFromAConsumerThatEndsAgainAndAgain() {
        try (HubFixture it = HubFixture.inMemory()) {
            for (int i = 0; i < 6; i++) {
                RecordingSink dying = new RecordingSink(it.loops.get(0));
                Listening consumer = it.listen(0, member(NAME, new Start.Live(), worker("c" + i)), dying);
                if (i == 0) {
                    it.publish(0, NAME, IntStream.range(0, WINDOW).toArray());
                }
                eventually("a delivery", () -> !dying.lines().isEmpty());
                it.leave(0, consumer);
            }
            assertTrue(info(it).deadLetters() <= 1, () -> "one of them may be why: " + info(it));
            RecordingSink healthy = new RecordingSink(it.loops.get(1));
            it.listen(1, member(NAME, new Start.Live(), worker("healthy")), healthy);
            eventually("all that live", () -> {
                it.ack(1, "g", healthy.tokens(), List.of(), List.of());
                return info(it).waiting() + info(it).inFlight() == 0;
            });
            assertTrue(new TreeSet<>(healthy.payloads()).size() >= WINDOW - 1, healthy::toString);
        }
    }

    @Test
    void shouldTakeConsumersThatEndTogetherForOneFailure() {
        try (HubFixture it = HubFixture.inMemory()) {
            List<Listening> machine = new ArrayList<>();
            RecordingSink any = new RecordingSink(it.loops.get(0));
            for (int i = 0; i < 40; i++) {
                machine.add(it.listen(0, member(NAME, new Start.Live(), worker("c" + i)), any));
            }
            it.publish(0, NAME, IntStream.range(0, 40).toArray());
            eventually("one for each", () -> any.lines().size() == 40);
            it.on(0, () -> {
                machine.forEach(Listening::close);
                return Future.succeededFuture();
            });
            assertEquals(0, info(it).deadLetters());
            RecordingSink next = new RecordingSink(it.loops.get(0));
            it.listen(0, member(NAME, new Start.Live(), explicit("g", "next", 100, LONG, 5)), next);
            eventually("all", () -> next.lines().size() == 40);
            assertEquals(40, it.ack(0, "g", next.tokens(), List.of(), List.of()).ack());
        }
    }

    private static GroupMember worker(String consumer) {
        return explicit("g", consumer, WINDOW, LONG, 5);
    }

    private static GroupInfo info(HubFixture it) {
        return it.on(0, () -> it.hub.groups(null, NAME, name -> true)).getFirst();
    }
}
