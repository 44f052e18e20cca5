package com.busdk.broker.backend.embedded;

import static com.busdk.broker.backend.embedded.HubFixture.auto;
import static com.busdk.broker.backend.embedded.HubFixture.broadcast;
import static com.busdk.broker.backend.embedded.HubFixture.eventually;
import static com.busdk.broker.backend.embedded.HubFixture.explicit;
import static com.busdk.broker.backend.embedded.HubFixture.member;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.Backend.AckRequest;
import com.busdk.broker.backend.Backend.AckResult;
import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.broker.backend.Backend.GroupInfo;
import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.Backend.Nack;
import com.busdk.broker.backend.Backend.Reject;
import com.busdk.broker.backend.ListenRequest;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.backend.ListenRequest.GroupMember;
import com.busdk.broker.backend.ListenRequest.Start;
import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.backend.log.LogCursor;
import com.busdk.broker.backend.log.NameSelector;
import io.vertx.core.Future;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a group hands out, to whom, and what it remembers of it. */
@Timeout(120)
class HubGroupTest {
    private static final String NAME = "example.job";
    private static final Duration LONG = Duration.ofSeconds(60);

    /** The window is one for all names: what gives room for one of them has to wake the others. */
    @Test
    void shouldHandOutTheOtherNameWhenTheWindowIsFreeAgain() {
        try (HubFixture it = HubFixture.inMemory()) {
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            GroupMember one = explicit("g", "c", 1, LONG, 5);
            List<String> names = List.of("example.a", "example.b");
            it.listen(
                    0,
                    new ListenRequest(names, false, null, null, new Start.Live(), true, 0, Framing.NDJSON, one),
                    sink);
            it.publish(0, "example.a", 1);
            eventually("the first", () -> sink.lines().size() == 1);
            it.publish(0, "example.b", 2);
            assertEquals(1, it.ack(1, "g", sink.tokens(), List.of(), List.of()).ack());
            eventually("the second", () -> sink.lines().size() == 2);
            assertEquals(List.of(1, 2), sink.payloads());
        }
    }

    /** What an acknowledgement gives room for goes to another name than the one it was of, where that waits as well. */
    @Test
    void shouldServeAllNamesInTurnWhereEachHasMoreThanTheWindow() {
        try (HubFixture it = HubFixture.inMemory()) {
            it.publish(0, "example.a", IntStream.range(0, 100).toArray());
            it.publish(0, "example.b", IntStream.range(100, 200).toArray());
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            GroupMember one = explicit("g", "c", 4, LONG, 5);
            List<String> names = List.of("example.a", "example.b");
            it.listen(
                    0,
                    new ListenRequest(names, false, null, null, new Start.Oldest(), true, 0, Framing.NDJSON, one),
                    sink);
            for (int had = 0; had < 40; had += 4) {
                int all = had + 4;
                eventually("a window more", () -> sink.lines().size() >= all);
                it.ack(1, "g", sink.tokens().subList(had, all), List.of(), List.of());
            }
            long ofTheSecond = sink.payloads().subList(0, 40).stream()
                    .filter(n -> n >= 100)
                    .count();
            assertTrue(ofTheSecond >= 12 && ofTheSecond <= 28, () -> ofTheSecond + " of 40");
        }
    }

    /** Its reads of that name pass over what is of other users, one after the other, and give room back unused. */
    @Test
    void shouldLetTheOtherNameHaveItsTurnBehindEachReadThatFindsNothing() {
        Semaphore mayRead = new Semaphore(0);
        try (HubFixture it = HubFixture.inMemory(log -> heldUpAt("example.b", mayRead, log))) {
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            GroupMember one = explicit("g", "c", 1, LONG, 5);
            List<String> names = List.of("example.a", "example.b");
            it.listen(
                    0,
                    new ListenRequest(names, false, "alice", null, new Start.Live(), true, 0, Framing.NDJSON, one),
                    sink);
            it.on(0, () -> it.hub.publish(HubFixture.batch("example.a", "alice", null, 0, 1, 2, 3)));
            eventually("the first", () -> sink.lines().size() == 1);
            int[] others = IntStream.range(0, 20).toArray();
            it.on(0, () -> it.hub.publish(HubFixture.batch("example.b", "bob", null, others)));
            for (int had = 1; had < 4; had++) {
                int now = had;
                List<String> tokens = List.of(sink.tokens().get(had - 1));
                it.on(
                        1,
                        () -> it.hub.ack(new AckRequest(
                                "g", "alice", "alice", name -> true, tokens, List.of(), List.of(), List.of())));
                mayRead.release();
                eventually("the next behind " + had, () -> sink.lines().size() > now);
            }
            assertEquals(List.of(0, 1, 2, 3), sink.payloads());
            mayRead.release(100); // no read is left over
        }
    }

    /** The log, of which nothing is in memory; each read of that name needs a permit and passes over one event. */
    private static EventLog heldUpAt(String name, Semaphore mayRead, EventLog log) {
        NameSelector.Names heldUp = new NameSelector.Names(List.of(name));
        return (EventLog) Proxy.newProxyInstance(
                EventLog.class.getClassLoader(), new Class<?>[] {EventLog.class}, (_, method, arguments) -> {
                    if (method.getName().equals("isHot")) {
                        return false;
                    }
                    Object[] given = arguments == null ? new Object[0] : arguments.clone();
                    if (method.getName().equals("read") && heldUp.equals(given[2])) {
                        mayRead.acquireUninterruptibly();
                        given[1] = Math.min((long) given[1], ((LogCursor) given[0]).next() + 1);
                    }
                    try {
                        return method.invoke(log, given);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** It ends behind what there was when it came: what another has dropped since is not its own. */
    @Test
    void shouldEndASnapshotOfAGroupThoughSomethingLaterIsToBeDeliveredAgain() {
        try (HubFixture it = HubFixture.inMemory()) {
            it.publish(0, NAME, 0);
            RecordingSink going = new RecordingSink(it.loops.get(0));
            Listening first = it.listen(0, member(NAME, new Start.Live(), explicit("g", "a", 8, LONG, 5)), going);
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            Listening second = it.on(
                    0,
                    () -> it.hub.listen(
                            new ListenRequest(
                                    List.of(NAME),
                                    false,
                                    null,
                                    null,
                                    new Start.Oldest(),
                                    false,
                                    0,
                                    Framing.NDJSON,
                                    explicit("g", "b", 8, LONG, 5)),
                            sink));
            it.publish(0, NAME, 1);
            eventually("the later one", () -> going.payloads().equals(List.of(1)));
            it.leave(0, first);

            it.on(0, () -> {
                second.begin();
                return Future.succeededFuture();
            });

            eventually("its end", () -> sink.ended() == EndReason.COMPLETE);
            assertEquals(List.of(), sink.payloads());
            RecordingSink next = new RecordingSink(it.loops.get(0));
            it.listen(0, member(NAME, new Start.Live(), explicit("g", "c", 8, LONG, 5)), next);
            eventually("it is still there", () -> next.payloads().equals(List.of(1)));
        }
    }

    /** Without acknowledgements an event is done when its bytes are taken: not before, and then for good. */
    @Test
    void shouldEndAConsumerWhenWhatItWasWrittenHasBeenTaken(@TempDir Path directory) {
        try (HubFixture it = HubFixture.onDisk(directory)) {
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            sink.takesLater();
            Listening listening = it.listen(0, member(NAME, new Start.Live(), auto("g", "a")), sink);
            it.publish(0, NAME, 1);
            eventually("the event", () -> sink.payloads().equals(List.of(1)));
            it.on(0, () -> {
                listening.end();
                return Future.succeededFuture();
            });
            it.publish(0, NAME, 2);
            RecordingSink other = new RecordingSink(it.loops.get(1));
            it.listen(1, member(NAME, new Start.Live(), auto("g", "b")), other);
            eventually("the next one, at somebody else", () -> other.payloads().equals(List.of(2)));
            assertNull(sink.ended());
            sink.takeAll();
            eventually("its end", () -> sink.ended() == EndReason.COMPLETE);
            assertEquals(List.of(1), sink.payloads());
            it.publish(0, NAME, 3);
            eventually("the last one", () -> other.payloads().equals(List.of(2, 3)));
        }
    }

    @Test
    void shouldShareAGroupAndRememberWhereItStands(@TempDir Path directory) {
        try (HubFixture it = HubFixture.onDisk(directory)) {
            RecordingSink one = new RecordingSink(it.loops.get(0));
            RecordingSink two = new RecordingSink(it.loops.get(1));
            Listening first = it.listen(0, member(NAME, new Start.Live(), auto("g", "one")), one);
            Listening second = it.listen(1, member(NAME, new Start.Live(), auto("g", "two")), two);
            for (int i = 0; i < 100; i++) {
                it.publish(2, NAME, i);
            }
            eventually("all", () -> one.lines().size() + two.lines().size() >= 100);
            assertEquals(upTo(100), sorted(one, two));
            assertTrue(one.lines().size() > 10 && two.lines().size() > 10, "both have worked");
            it.leave(0, first);
            it.leave(1, second);
            it.publish(2, NAME, 100, 101);
            it.restart();
            RecordingSink later = new RecordingSink(it.loops.get(2));
            it.listen(2, member(NAME, new Start.Oldest(), auto("g", "later")), later);
            eventually("what waited", () -> later.lines().size() >= 2);
            assertEquals(List.of(100, 101), later.payloads());
        }
    }

    @Test
    void shouldGiveAnEventToAnotherWhenItsLeaseEndsAndRefuseTheOldToken() {
        try (HubFixture it = HubFixture.inMemory()) {
            GroupMember impatient = explicit("g", "slow", 10, Duration.ofMillis(200), 5);
            RecordingSink slow = new RecordingSink(it.loops.get(0));
            Listening gone = it.listen(0, member(NAME, new Start.Live(), impatient), slow);
            it.publish(0, NAME, 7);
            eventually("second delivery", () -> slow.lines().size() >= 2);
            String first = slow.tokens().getFirst();
            assertEquals(
                    List.of(first),
                    it.ack(1, "g", List.of(first), List.of(), List.of()).stale());
            it.leave(0, gone);
            RecordingSink other = new RecordingSink(it.loops.get(1));
            it.listen(1, member(NAME, new Start.Live(), explicit("g", "other", 10, LONG, 100)), other);
            eventually("delivery to the other", () -> !other.lines().isEmpty());
            assertTrue(RecordingSink.attempt(other.lines().getFirst()) >= 3);
            String live = other.tokens().getFirst();
            AckResult done = it.ack(2, "g", List.of(live, "nonsense"), List.of(), List.of());
            assertEquals(1, done.ack());
            assertEquals(List.of("nonsense"), done.unknown());
            assertEquals(1, it.ack(2, "g", List.of(live), List.of(), List.of()).ack(), "a repeat is harmless");
            assertEquals(0, info(it).inFlight());
        }
    }

    @Test
    void shouldBuryWhatFailsTooOftenAndGiveItBackWhenAsked(@TempDir Path directory) {
        try (HubFixture it = HubFixture.onDisk(directory)) {
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            RecordingSink graves = new RecordingSink(it.loops.get(1));
            it.listen(1, broadcast(DeadLetters.NAME, new Start.Live(), true), graves);
            it.listen(0, member(NAME, new Start.Live(), explicit("g", "c", 10, LONG, 2)), sink);
            it.publish(0, NAME, 1, 2);
            eventually("both", () -> sink.lines().size() == 2);
            it.ack(0, "g", List.of(), List.of(new Nack(sink.tokens().get(0), 0, "no")), List.of());
            it.ack(
                    0,
                    "g",
                    List.of(),
                    List.of(),
                    List.of(new Reject(sink.tokens().get(1), "never")));
            eventually("again", () -> sink.lines().size() == 3);
            assertEquals(2, RecordingSink.attempt(sink.lines().get(2)));
            it.ack(0, "g", List.of(), List.of(new Nack(sink.tokens().get(2), 0, "still no")), List.of());
            eventually("two dead letters", () -> graves.lines().size() == 2);
            it.restart();
            var dead = it.on(0, () -> it.hub.deadLetters("g", null, null, name -> true, null, 10));
            assertEquals(
                    List.of("still no", "never"),
                    dead.stream().map(letter -> letter.reason()).toList());
            assertEquals(2, it.on(0, () -> it.hub.settleDeadLetters("g", null, null, true)));
            RecordingSink again = new RecordingSink(it.loops.get(2));
            it.listen(2, member(NAME, new Start.Live(), explicit("g", "c", 10, LONG, 2)), again);
            eventually("both again", () -> again.lines().size() == 2);
            assertEquals(
                    List.of(1, 1),
                    again.lines().stream().map(RecordingSink::attempt).toList());
            assertEquals(2, it.ack(0, "g", again.tokens(), List.of(), List.of()).ack());
            assertEquals(0, info(it).deadLetters());
        }
    }

    @Test
    void shouldHandOutOneEventOfAKeyAtATime() {
        try (HubFixture it = HubFixture.inMemory()) {
            GroupMember ordered = new GroupMember("g", "c", "alice", true, true, 100, LONG, 5);
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            it.listen(0, member(NAME, new Start.Live(), ordered), sink);
            it.on(0, () -> it.hub.publish(HubFixture.batch(NAME, null, "a", 1, 2, 3)));
            it.on(0, () -> it.hub.publish(HubFixture.batch(NAME, null, "b", 11, 12)));
            eventually("one of each", () -> sink.lines().size() == 2);
            assertEquals(List.of(1, 11), sink.payloads());
            for (int i = 0; i < 5; i++) {
                int had = i;
                eventually("the next", () -> sink.lines().size() > had);
                it.ack(0, "g", List.of(sink.tokens().get(i)), List.of(), List.of());
            }
            assertEquals(
                    List.of(1, 2, 3),
                    sink.payloads().stream().filter(n -> n < 10).toList());
            assertEquals(
                    List.of(11, 12),
                    sink.payloads().stream().filter(n -> n > 10).toList());
        }
    }

    /**
     * Consumers come, go, ack, give back and let leases end at random, and the hub is restarted in the middle: each
     * event is acknowledged exactly once by a live lease, none is lost.
     */
    @ParameterizedTest
    @ValueSource(longs = {11, 12})
    void shouldSettleEveryEventExactlyOnce(long seed, @TempDir Path directory) {
        Random random = new Random(seed);
        int total = 400;
        List<Integer> acked = new ArrayList<>();
        try (HubFixture it = HubFixture.onDisk(directory)) {
            // The group has to be there before the first event.
            it.leave(0, it.listen(0, member(NAME, new Start.Live(), worker("w")), new RecordingSink(it.loops.get(0))));
            int published = 0;
            for (int round = 0; acked.size() < total; round++) {
                assertTrue(round < 500, "seed " + seed + ": " + acked.size() + " of " + total + " after 500 rounds");
                if (published < total) {
                    int[] numbers = IntStream.range(published, Math.min(total, published + 20))
                            .toArray();
                    published += numbers.length;
                    it.publish(random.nextInt(3), NAME, numbers);
                }
                int loop = random.nextInt(3);
                RecordingSink sink = new RecordingSink(it.loops.get(loop));
                Listening worker = it.listen(loop, member(NAME, new Start.Live(), worker("w" + round)), sink);
                if (published > acked.size()) {
                    eventually(
                            "something to do, seed " + seed, () -> !sink.lines().isEmpty());
                }
                for (String line : sink.lines()) {
                    String token = RecordingSink.token(line);
                    switch (random.nextInt(4)) {
                        case 0 -> it.ack(loop, "g", List.of(), List.of(new Nack(token, 0, null)), List.of());
                        case 1 -> {
                            // left to its fate: the connection ends
                        }
                        default -> {
                            AckResult result = it.ack(random.nextInt(3), "g", List.of(token), List.of(), List.of());
                            if (result.ack() == 1) {
                                acked.add(RecordingSink.payload(line));
                            }
                        }
                    }
                }
                it.leave(loop, worker);
                if (random.nextInt(15) == 0) {
                    it.restart();
                }
            }
            assertEquals(total, new TreeSet<>(acked).size(), "seed " + seed + ": acknowledged twice");
            RecordingSink empty = new RecordingSink(it.loops.get(0));
            it.listen(0, member(NAME, new Start.Live(), worker("last")), empty);
            it.publish(0, NAME, 99_999);
            eventually("only what is new", () -> !empty.lines().isEmpty());
            assertEquals(List.of(99_999), empty.payloads());
        }
    }

    private static GroupMember worker(String consumer) {
        return explicit("g", consumer, 32, LONG, 1_000_000);
    }

    private static GroupInfo info(HubFixture it) {
        return it.on(0, () -> it.hub.groups(null, NAME, name -> true)).getFirst();
    }

    private static List<Integer> upTo(int end) {
        return IntStream.range(0, end).boxed().toList();
    }

    private static List<Integer> sorted(RecordingSink... sinks) {
        List<Integer> all = new ArrayList<>();
        for (RecordingSink sink : sinks) {
            all.addAll(sink.payloads());
        }
        return all.stream().sorted().toList();
    }
}
