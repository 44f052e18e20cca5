package com.busdk.broker.backend.embedded;

import static com.busdk.broker.backend.embedded.HubFixture.broadcast;
import static com.busdk.broker.backend.embedded.HubFixture.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.EventId;
import com.busdk.broker.backend.ListenRequest;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.backend.ListenRequest.Start;
import com.busdk.client.http.ApiException;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What listeners of their own get, from the history and live. */
@Timeout(120)
class HubTest {
    private static final String NAME = "example.job";

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

    private static List<Integer> upTo(int end) {
        return IntStream.range(0, end).boxed().toList();
    }
}
