package com.busdk.broker.backend.embedded;

import static com.busdk.broker.backend.embedded.HubFixture.eventually;
import static com.busdk.broker.backend.embedded.HubFixture.explicit;
import static com.busdk.broker.backend.embedded.HubFixture.member;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.Backend.GroupInfo;
import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.ListenRequest.Start;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What groups have out, all of them together. */
@Timeout(120)
class OpenEventsTest {
    private static final String NAME = "example.job";
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int WINDOW = 1_000;

    /** One that is behind has what there is; who comes then has a few all the same, and more when that is done. */
    @Test
    void shouldShareTheRoomThatGroupsHaveTogether() {
        int ofHome = 100;
        try (HubFixture it = HubFixture.inMemory(options(Duration.ofDays(1), ofHome))) {
            it.publish(0, NAME, IntStream.range(0, 300).toArray());
            RecordingSink first = new RecordingSink(it.loops.get(0));
            RecordingSink second = new RecordingSink(it.loops.get(0));
            it.listen(0, member(NAME, new Start.Oldest(), explicit("one", "c", WINDOW, LONG, 5)), first);
            eventually("all that there is room for", () -> first.lines().size() == ofHome);
            it.listen(0, member(NAME, new Start.Oldest(), explicit("two", "c", WINDOW, LONG, 5)), second);
            eventually("its few", () -> second.lines().size() == OpenRoom.LEAST);
            assertEquals(
                    "all groups together have as many events out as may be: no further ones are read until some are"
                            + " done",
                    info(it, "two").idleBecause());
            assertEquals(ofHome, first.lines().size());
            it.ack(0, "one", first.tokens(), List.of(), List.of());
            eventually("as many again, between the two", () -> handedOut(first, second) == 2 * ofHome);
            int seen = 0;
            while (handedOut(first, second) < 600) {
                assertTrue(seen++ < 100, "nothing goes on");
                int before = handedOut(first, second);
                it.ack(0, "one", first.tokens(), List.of(), List.of());
                it.ack(0, "two", second.tokens(), List.of(), List.of());
                eventually("some more", () -> handedOut(first, second) > before);
            }
            assertEquals(IntStream.range(0, 300).boxed().toList(), first.payloads());
            assertEquals(IntStream.range(0, 300).boxed().toList(), second.payloads());
        }
    }

    @Test
    void shouldCountNothingAnyMoreOfAGroupThatIsForgotten() {
        try (HubFixture it = HubFixture.inMemory(options(Duration.ZERO, 50))) {
            it.publish(0, NAME, IntStream.range(0, 100).toArray());
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            Listening gone = it.listen(0, member(NAME, new Start.Oldest(), explicit("one", "c", 40, LONG, 5)), sink);
            eventually("its window", () -> sink.lines().size() == 40);
            it.leave(0, gone);
            eventually("the group is forgotten", () -> it.hub.homes().size() == 0);
            RecordingSink next = new RecordingSink(it.loops.get(0));
            it.listen(0, member(NAME, new Start.Oldest(), explicit("two", "c", WINDOW, LONG, 5)), next);
            eventually("all the room there is", () -> next.lines().size() == 50);
        }
    }

    @Test
    void shouldCountAnEventOnce() {
        OpenRoom room = new OpenRoom(100);
        OpenEvents open = filled(room, 40);
        assertEquals(60, room.room(40));
        open.put(entry(7));
        assertEquals(40, room.count(), "it has that one already");
        open.clear();
        assertEquals(0, room.count());
        open.remove(7);
        assertEquals(0, room.count());
    }

    @Test
    void shouldLeaveEachGroupAFewWhereThereIsNoRoom() {
        OpenRoom room = new OpenRoom(100);
        var _ = filled(room, 150);
        assertEquals(OpenRoom.LEAST, room.room(0));
        assertEquals(1, room.room(OpenRoom.LEAST - 1));
        assertEquals(0, room.room(OpenRoom.LEAST));
        assertEquals(0, room.room(150));
    }

    /** A group lives for days; its busiest second must not be what it takes for all of them. */
    @Test
    void shouldGiveBackWhatManyEventsHaveTaken() {
        OpenEvents open = filled(new OpenRoom(100_000), 1_000);
        int busy = open.slots();
        IntStream.range(0, 999).forEach(open::remove);
        open.shrink();
        assertEquals(busy, open.slots(), "not while there are some");
        open.remove(999);
        open.shrink();
        assertTrue(open.slots() <= 64, () -> open.slots() + " slots");

        GroupProgress progress = new GroupProgress(1, new GroupKey("g", null, NAME), 0, 0);
        ProgressDelta out = new ProgressDelta(1_000);
        IntStream.range(0, 1_000).forEach(out.handedOut::addLong);
        progress.apply(out);
        ProgressDelta done = new ProgressDelta(1_000);
        IntStream.range(0, 1_000).forEach(done.done::addLong);
        progress.apply(done);
        assertTrue(progress.open.capacity() <= 64, () -> progress.open.capacity() + " slots");
    }

    private static HubOptions options(Duration retention, long openEventsOfHome) {
        return new HubOptions(
                retention,
                Duration.ofMinutes(1),
                1_000,
                1_000,
                openEventsOfHome * Runtime.getRuntime().availableProcessors(),
                HubOptions.defaultOutgoingBytes());
    }

    private static OpenEvents filled(OpenRoom room, int events) {
        OpenEvents open = new OpenEvents(room);
        IntStream.range(0, events).forEach(n -> open.put(entry(n)));
        return open;
    }

    @SuppressWarnings("NullAway") // nobody asks for its group
    private static Entry entry(long sequence) {
        return new Entry(null, sequence);
    }

    private static int handedOut(RecordingSink first, RecordingSink second) {
        return first.lines().size() + second.lines().size();
    }

    private static GroupInfo info(HubFixture it, String group) {
        return it.on(0, () -> it.hub.groups(null, NAME, name -> true)).stream()
                .filter(one -> one.group().equals(group))
                .findFirst()
                .orElseThrow();
    }
}
