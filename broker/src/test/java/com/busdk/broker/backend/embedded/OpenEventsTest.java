package com.busdk.broker.backend.embedded;

import static com.busdk.broker.backend.embedded.HubFixture.eventually;
import static com.busdk.broker.backend.embedded.HubFixture.explicit;
import static com.busdk.broker.backend.embedded.HubFixture.member;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.Backend.GroupInfo;
import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.ListenRequest.Start;
import com.busdk.broker.backend.log.EventLog;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What groups have out, all of them together. */
@Timeout(120)
class OpenEventsTest {
    private static final String NAME = "example.job";
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int WINDOW = 1_000;

    /** One that is behind has half of it, the next one half of what is left; and all go on when some is done. */
    @Test
    void shouldShareTheRoomThatGroupsHaveTogether() {
        try (HubFixture it = HubFixture.inMemory(options(Duration.ofDays(1), 100))) {
            it.publish(0, NAME, IntStream.range(0, 300).toArray());
            List<RecordingSink> sinks = new ArrayList<>();
            for (int expected : List.of(50, 25, OpenRoom.LEAST, OpenRoom.LEAST)) {
                RecordingSink sink = new RecordingSink(it.loops.get(0));
                it.listen(
                        0, member(NAME, new Start.Oldest(), explicit("g" + sinks.size(), "c", WINDOW, LONG, 5)), sink);
                sinks.add(sink);
                eventually("its part", () -> sink.lines().size() == expected);
                assertEquals(
                        "all groups together have as many events out as may be: no further ones are read until some are"
                                + " done",
                        info(it, "g" + (sinks.size() - 1)).idleBecause());
            }
            assertEquals(50 + 25 + 2 * OpenRoom.LEAST, handedOut(sinks));
            int rounds = 0;
            while (handedOut(sinks) < 1_200) {
                assertTrue(rounds++ < 300, "nothing goes on");
                int before = handedOut(sinks);
                for (int group = 0; group < sinks.size(); group++) {
                    it.ack(0, "g" + group, sinks.get(group).tokens(), List.of(), List.of());
                }
                eventually("some more", () -> handedOut(sinks) > before);
            }
            for (RecordingSink sink : sinks) {
                assertEquals(IntStream.range(0, 300).boxed().toList(), sink.payloads());
            }
        }
    }

    /** What it has found there may be more by far than there is room for when it has been read. */
    @Test
    void shouldTakeNoMoreThanThereIsRoomForBehindARead() {
        Semaphore mayRead = new Semaphore(0);
        try (HubFixture it = HubFixture.inMemory(options(Duration.ofDays(1), 100), log -> held(mayRead, log))) {
            it.publish(0, NAME, IntStream.range(0, 300).toArray());
            List<RecordingSink> sinks = new ArrayList<>();
            for (int group = 0; group < 4; group++) {
                RecordingSink sink = new RecordingSink(it.loops.get(0));
                it.listen(0, member(NAME, new Start.Oldest(), explicit("g" + group, "c", WINDOW, LONG, 5)), sink);
                sinks.add(sink);
            }
            mayRead.release(1_000);
            eventually(
                    "its few, each",
                    () -> sinks.stream().allMatch(sink -> sink.lines().size() >= OpenRoom.LEAST));
            assertTrue(handedOut(sinks) <= 100 + 3 * OpenRoom.LEAST, () -> handedOut(sinks) + " are out");
        }
    }

    /** The log, of which nothing is in memory; each read needs a permit. */
    private static EventLog held(Semaphore mayRead, EventLog log) {
        return (EventLog) Proxy.newProxyInstance(
                EventLog.class.getClassLoader(), new Class<?>[] {EventLog.class}, (_, method, arguments) -> {
                    if (method.getName().equals("isHot")) {
                        return false;
                    }
                    if (method.getName().equals("read")) {
                        mayRead.acquireUninterruptibly();
                    }
                    try {
                        return method.invoke(log, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void shouldCountNothingAnyMoreOfAGroupThatIsForgotten() {
        try (HubFixture it = HubFixture.inMemory(options(Duration.ZERO, 100))) {
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
        assertEquals(10, room.room(40)); // then it has fifty, and as many are left
        open.put(entry(7));
        assertEquals(40, room.count(), "it has that one already");
        open.end();
        assertEquals(0, room.count());
        open.put(entry(7));
        open.remove(7);
        open.put(entry(8));
        open.end();
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

    private static int handedOut(List<RecordingSink> sinks) {
        return sinks.stream().mapToInt(sink -> sink.lines().size()).sum();
    }

    private static GroupInfo info(HubFixture it, String group) {
        return it.on(0, () -> it.hub.groups(null, NAME, name -> true)).stream()
                .filter(one -> one.group().equals(group))
                .findFirst()
                .orElseThrow();
    }
}
