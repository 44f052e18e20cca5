package com.busdk.broker.backend.embedded;

import static com.busdk.broker.backend.embedded.HubFixture.auto;
import static com.busdk.broker.backend.embedded.HubFixture.broadcast;
import static com.busdk.broker.backend.embedded.HubFixture.eventually;
import static com.busdk.broker.backend.embedded.HubFixture.explicit;
import static com.busdk.broker.backend.embedded.HubFixture.member;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.Backend.AckResult;
import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.broker.backend.Backend.GroupInfo;
import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.Backend.Nack;
import com.busdk.broker.backend.Backend.Reject;
import com.busdk.broker.backend.EventId;
import com.busdk.broker.backend.ListenRequest;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.backend.ListenRequest.GroupMember;
import com.busdk.broker.backend.ListenRequest.Start;
import com.busdk.client.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class HubTest {
    private static final String NAME = "example.job";
    private static final Duration LONG = Duration.ofSeconds(60);

    @Test
    void shouldGiveEveryListenerEveryEventInOrder() {
        try (HubFixture it = HubFixture.inMemory()) {
            List<RecordingSink> sinks = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                sinks.add(new RecordingSink(it.loops.get(i % 3)));
                it.listen(i % 3, broadcast(NAME, new Start.Live(), true), sinks.get(i));
            }
            for (int i = 0; i < 200; i++) {
                it.publish(i % 3, NAME, i);
                it.publish(i % 3, "example.other", i);
            }
            for (RecordingSink sink : sinks) {
                eventually("all 200", () -> sink.lines().size() >= 200);
                assertEquals(upTo(200), sink.payloads());
            }
        }
    }

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

    /** Listeners join a running history and their connections fill up at random; none misses or repeats an event. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void shouldJoinHistoryAndLiveWithoutGapOrRepeat(long seed, @TempDir Path directory) {
        Random random = new Random(seed);
        try (HubFixture it = HubFixture.onDisk(directory)) {
            int total = 3_000;
            List<RecordingSink> sinks = new ArrayList<>();
            int next = 0;
            while (next < total) {
                int[] numbers = IntStream.range(next, Math.min(total, next + 1 + random.nextInt(20)))
                        .toArray();
                next += numbers.length;
                it.publish(random.nextInt(3), NAME, numbers);
                if (random.nextInt(10) == 0 && sinks.size() < 20) {
                    int loop = random.nextInt(3);
                    RecordingSink sink = new RecordingSink(it.loops.get(loop));
                    sinks.add(sink);
                    it.listen(loop, broadcast(NAME, new Start.Oldest(), true), sink);
                }
                if (!sinks.isEmpty()) {
                    sinks.get(random.nextInt(sinks.size())).full(random.nextBoolean());
                }
            }
            for (RecordingSink sink : sinks) {
                sink.full(false);
                eventually("all of them, seed " + seed, () -> sink.lines().size() >= total);
                assertEquals(upTo(total), sink.payloads());
                assertEquals(List.of("caught_up"), sink.notices());
            }
        }
    }

    /** The loop has not served its listeners as far yet as the new one has read already. */
    @Test
    void shouldStartAheadOfItsOwnLoop() {
        try (HubFixture it = HubFixture.inMemory()) {
            RecordingSink early = new RecordingSink(it.loops.get(0));
            it.listen(0, broadcast(NAME, new Start.Live(), true), early);
            RecordingSink live = new RecordingSink(it.loops.get(0));
            it.on(0, () -> {
                // Its loop is held up here, while the event is published through another one.
                it.publish(1, NAME, 0);
                return it.hub
                        .listen(broadcast(NAME, new Start.Live(), true), live)
                        .onSuccess(Listening::begin);
            });
            it.publish(1, NAME, 1);
            for (RecordingSink sink : List.of(early, live)) {
                eventually("the second", () -> sink.payloads().contains(1));
            }
            assertEquals(List.of(0, 1), early.payloads());
            assertEquals(List.of(1), live.payloads());
        }
    }

    /** What comes while a loop rests after a long pass of small writes is told of when it has rested. */
    @Test
    void shouldTellOfWhatCameWhileALoopRested() {
        try (HubFixture it = HubFixture.inMemory()) {
            RecordingSink slow = new RecordingSink(it.loops.get(0));
            slow.slowedBy(Duration.ofMillis(3));
            it.listen(0, broadcast(NAME, new Start.Live(), true), slow);
            for (int i = 0; i < 20; i++) {
                int count = i + 1;
                it.publish(1, NAME, i);
                eventually("event " + i, () -> slow.payloads().size() == count);
            }
            assertEquals(upTo(20), slow.payloads());
        }
    }

    /** A newcomer that is ahead of a loop at rest does not wait for it, nor keeps the loop busy. */
    @Test
    void shouldStartWhileItsLoopRests() {
        try (HubFixture it = HubFixture.inMemory()) {
            RecordingSink slow = new RecordingSink(it.loops.get(0));
            slow.slowedBy(Duration.ofMillis(3));
            it.listen(0, broadcast(NAME, new Start.Live(), true), slow);
            List<RecordingSink> newcomers = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                it.publish(1, NAME, i);
                RecordingSink newcomer = new RecordingSink(it.loops.get(0));
                newcomers.add(newcomer);
                it.listen(0, broadcast(NAME, new Start.Oldest(), true), newcomer);
            }
            for (RecordingSink newcomer : newcomers) {
                eventually("all ten", () -> newcomer.payloads().size() >= 10);
                assertEquals(upTo(10), newcomer.payloads());
            }
            assertEquals(upTo(10), slow.payloads());
        }
    }

    /** It asks its loop to look at once, rather than ask again and again until that has rested. */
    @Test
    void shouldNotKeepItsLoopBusyUntilItHasRested() {
        try (HubFixture it = HubFixture.inMemory()) {
            RecordingSink slow = new RecordingSink(it.loops.get(0));
            slow.slowedBy(Duration.ofMillis(20)); // the longest rest after it
            it.listen(0, broadcast(NAME, new Start.Live(), true), slow);
            it.publish(1, NAME, 0);
            eventually("the pass after which it rests", () -> slow.payloads().equals(upTo(1)));
            RecordingSink newcomer = new RecordingSink(it.loops.get(0));
            int turns = it.on(0, () -> {
                it.publish(1, NAME, 1);
                return it.hub
                        .listen(broadcast(NAME, new Start.Live(), true), newcomer)
                        .compose(listening -> {
                            listening.begin();
                            Promise<Integer> untilLive = Promise.promise();
                            countTurns(it, newcomer, 0, untilLive);
                            return untilLive.future();
                        });
            });
            assertTrue(turns <= 10, () -> turns + " turns of the loop");
        }
    }

    /** Counts the turns that the first loop makes until then. */
    private static void countTurns(HubFixture it, RecordingSink sink, int before, Promise<Integer> untilLive) {
        if (sink.notices().contains("caught_up")) {
            untilLive.complete(before);
        } else {
            it.loops.get(0).runOnContext(_ -> countTurns(it, sink, before + 1, untilLive));
        }
    }

    @Test
    void shouldEndASnapshotAndALimit() {
        try (HubFixture it = HubFixture.inMemory()) {
            it.publish(0, NAME, 0, 1, 2, 3, 4);
            RecordingSink snapshot = new RecordingSink(it.loops.get(0));
            it.listen(0, broadcast(NAME, new Start.Oldest(), false), snapshot);
            eventually("end", () -> snapshot.ended() == EndReason.COMPLETE);
            assertEquals(upTo(5), snapshot.payloads());

            RecordingSink limited = new RecordingSink(it.loops.get(1));
            it.listen(1, limited(7), limited);
            it.publish(0, NAME, 5);
            it.publish(0, NAME, 6, 7, 8);
            eventually("end", () -> limited.ended() == EndReason.COMPLETE);
            assertEquals(upTo(7), limited.payloads());
        }
    }

    private static ListenRequest limited(long limit) {
        return new ListenRequest(
                List.of(NAME), false, null, null, new Start.Oldest(), true, limit, Framing.NDJSON, null);
    }

    @Test
    void shouldRefuseAPositionThatIsNotOfThisLog() {
        try (HubFixture it = HubFixture.inMemory()) {
            it.publish(0, NAME, 1);
            EventId ours = it.hub.id(1);
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            for (EventId id : List.of(new EventId(ours.epoch() ^ 1, 1), new EventId(ours.epoch(), 2))) {
                ApiException refused = assertThrows(
                        ApiException.class, () -> it.listen(0, broadcast(NAME, new Start.After(id), true), sink));
                assertEquals(400, refused.status());
            }
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
