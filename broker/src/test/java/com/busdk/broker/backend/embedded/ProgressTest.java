package com.busdk.broker.backend.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.collections.LongArrayList;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private static final GroupKey KEY = new GroupKey("workers", "päivi", "example.job");

    private final Progress progress = new Progress(new KeyTable(1, 1));

    @Test
    void shouldFoldWhatAGroupDid() {
        create(7, 100);
        ProgressDelta first = new ProgressDelta(110);
        add(first.handedOut, 100, 103, 107);
        add(first.held, 108);
        move(7, first);
        ProgressDelta second = new ProgressDelta(110);
        add(second.done, 103);
        add(second.again, 100, 108);
        second.dead.add(new DeadMark(107, 1, "bad \"input\"", 42));
        move(7, second);

        GroupProgress group = progress.groups().get(7);
        assertEquals(110, group.frontier);
        assertEquals("{100=2, 108=1}", new TreeMap<>(open(group)).toString());
        assertEquals(new DeadMark(107, 1, "bad \"input\"", 42), group.dead.get(107L));
    }

    @Test
    void shouldGiveTheSameFoldWhenADeltaIsAppliedAgainFromASnapshot() {
        create(7, 100);
        ProgressDelta delta = new ProgressDelta(1L << 40);
        delta.seenMicros = 5;
        add(delta.handedOut, 100, 1L << 39);
        delta.dead.add(new DeadMark(101, 3, null, 9));
        move(7, delta);
        Progress restored = new Progress(new KeyTable(1, 1));
        restored.restore(progress.snapshot());

        GroupProgress group = restored.groups().get(7);
        assertEquals(KEY, group.key);
        assertEquals(100, group.first);
        assertEquals(100, group.copy().first);
        assertEquals(1L << 40, group.frontier);
        assertEquals(5, group.seenMicros);
        assertEquals(open(progress.groups().get(7)), open(group));
        assertEquals(new DeadMark(101, 3, null, 9), group.dead.get(101L));
        assertEquals(7, restored.lastId());
    }

    @Test
    void shouldGiveDeadLettersBackAndForgetThem() {
        create(1, 0);
        ProgressDelta died = new ProgressDelta(3);
        add(died.handedOut, 0, 1, 2);
        died.dead.add(new DeadMark(0, 5, "x", 1));
        died.dead.add(new DeadMark(1, 5, "x", 1));
        move(1, died);
        ProgressDelta settled = new ProgressDelta(3);
        add(settled.redriven, 0);
        add(settled.purged, 1);
        move(1, settled);

        GroupProgress group = progress.groups().get(1);
        assertEquals("{0=0, 2=1}", new TreeMap<>(open(group)).toString());
        assertEquals(0, group.dead.size());
    }

    @Test
    void shouldNeverGiveAnIdAgainThatAForgottenGroupHad() {
        create(9, 0);
        Bytes id = new Bytes().number(9);
        progress.replay(Progress.FORGOTTEN, 1, 1, ByteBuffer.wrap(id.array(), 0, id.size()));
        assertNull(progress.groups().get(9));
        Progress restored = new Progress(new KeyTable(1, 1));
        restored.restore(progress.snapshot());
        assertEquals(9, restored.lastId());
    }

    @Test
    void shouldReadSnapshotsOfTheFirstVersionWhichDidNotSayWhereAGroupBegan() {
        create(7, 100);
        Bytes earlier = new Bytes().number(1).number(7).number(1);
        progress.groups().get(7).write(earlier);
        Progress restored = new Progress(new KeyTable(1, 1));
        restored.restore(ByteBuffer.wrap(earlier.array(), 0, earlier.size()));
        GroupProgress group = restored.groups().get(7);
        assertEquals(100, group.frontier);
        assertEquals(0, group.first);
    }

    @Test
    void shouldRefuseRecordsOfAnotherVersion() {
        IllegalStateException unknown = assertThrows(
                IllegalStateException.class, () -> progress.replay((byte) 99, 1, 1, ByteBuffer.allocate(0)));
        assertEquals(true, unknown.getMessage().contains("kind 99"));
        Bytes later = new Bytes().number(3).number(0).number(0);
        assertThrows(
                IllegalStateException.class, () -> progress.restore(ByteBuffer.wrap(later.array(), 0, later.size())));
    }

    private void create(int id, long frontier) {
        Bytes body = new Bytes();
        new GroupProgress(id, KEY, frontier, 1).write(body);
        progress.replay(Progress.CREATED, frontier, 1, ByteBuffer.wrap(body.array(), 0, body.size()));
    }

    private void move(int id, ProgressDelta delta) {
        Bytes body = delta.encode(id);
        progress.replay(Progress.MOVED, 1, 1, ByteBuffer.wrap(body.array(), 0, body.size()));
    }

    private static void add(LongArrayList list, long... values) {
        for (long value : values) {
            list.addLong(value);
        }
    }

    private static Map<Long, Long> open(GroupProgress group) {
        TreeMap<Long, Long> open = new TreeMap<>();
        Long2LongHashMap from = group.open;
        from.forEachLong(open::put);
        return open;
    }
}
