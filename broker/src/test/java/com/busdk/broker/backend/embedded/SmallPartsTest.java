package com.busdk.broker.backend.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.EventId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SmallPartsTest {
    @ParameterizedTest
    @CsvSource({
        "a.*,a.b,true", "a.*,a.b.c,false", "a.*,a,false", "a.>,a.b,true", "a.>,a.b.c.d,true", "a.>,a,false",
        ">,a.b,true", "*.b,a.b,true", "*.b,a.c,false", "a.*.c,a.bbb.c,true", "a.*.c,a.b.d,false", "a.b,a.b,true",
        "a.b,a.bc,false", "a.bc,a.b,false", "*,a.b,false", "a.b.>,a.bb.c,false"
    })
    void shouldMatchPatternsWordByWord(String pattern, String name, boolean expected) {
        assertEquals(expected, NamePattern.matches(pattern, name));
    }

    @Property
    void shouldReadBackTheTokenItWrote(
            @ForAll int group, @ForAll @LongRange(min = 0, max = (1L << 56) - 1) long sequence, @ForAll long fence) {
        LeaseToken token = new LeaseToken(group, sequence, fence);
        assertEquals(token, LeaseToken.parse(token.toString()));
    }

    @ParameterizedTest
    @CsvSource({"''", "xyz", "0000000g0000000000000000000000000000000", "00000001 0000000000000000000000000000a"})
    void shouldNotTakeOtherTextsForTokens(String text) {
        assertNull(LeaseToken.parse(text));
    }

    @Property
    void shouldReadBackTheIdItWrote(
            @ForAll @LongRange(min = 0, max = (1L << 48) - 1) long epoch,
            @ForAll @LongRange(min = 0, max = (1L << 56) - 1) long sequence) {
        EventId id = new EventId(epoch, sequence);
        assertEquals(EventId.LENGTH, id.toString().length());
        assertEquals(id, EventId.parse(id.toString()));
        if (sequence > 0) {
            assertTrue(new EventId(epoch, sequence - 1).toString().compareTo(id.toString()) < 0);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "999999, 1000, 300000, 0", // too short a pass
        "1000000, 1000, 300000, 2000000",
        "4000000, 1000, 300000, 8000000",
        "90000000, 1000, 300000, 10000000", // never longer than this
        "4000000, 1000, 8192000, 0", // pieces that carry enough
        "4000000, 1000, 8191999, 8000000",
        "4000000, 0, 0, 0" // nothing written
    })
    void shouldRestAfterManySmallWritesOnly(long workNanos, int writes, long bytes, long rest) {
        assertEquals(rest, Rest.nanosAfter(workNanos, writes, bytes));
    }

    /** The map of names against a plain one, with names that share hashes ("Aa" and "BB" do). */
    @Property(tries = 100)
    void shouldAgreeWithAPlainMap(@ForAll long seed) {
        Random random = new Random(seed);
        NameMap<Integer> names = new NameMap<>();
        Map<String, Integer> model = new HashMap<>();
        for (int i = 0; i < 500; i++) {
            String name = "n." + (random.nextBoolean() ? "Aa" : "BB") + random.nextInt(60);
            if (random.nextInt(4) == 0) {
                names.remove(name);
                model.remove(name);
            } else {
                names.put(name, i);
                model.put(name, i);
            }
            assertEquals(model.size(), names.size());
            byte[] bytes = ("xx" + name).getBytes(StandardCharsets.US_ASCII);
            assertEquals(model.get(name), names.get(ByteBuffer.wrap(bytes), 2, bytes.length - 2, name.hashCode()));
        }
        assertEquals(model.size(), names.values().size());
    }

    @Test
    void shouldSlowDownOnlyAfterManyFailuresInARow() {
        Backoff backoff = new Backoff();
        for (int i = 0; i < 9; i++) {
            backoff.failed(1_000);
        }
        assertFalse(backoff.pausing(1_000));
        backoff.failed(1_000);
        assertTrue(backoff.pausing(1_000));
        assertFalse(backoff.pausing(1_000 + 200));
        for (int i = 0; i < 100; i++) {
            backoff.failed(2_000);
        }
        assertTrue(backoff.pausing(2_000 + 29_999));
        assertFalse(backoff.pausing(2_000 + 30_000));
        backoff.succeeded();
        assertFalse(backoff.pausing(2_000));
    }

    /** At once the first time; then consumers that end together must not hand it on to each other until it is dead. */
    @Test
    void shouldKeepAnEventForAWhileThatConsumersWereLostWith() {
        assertEquals(0, Backoff.lostDelay(1));
        for (int attempts = 2; attempts < 10; attempts++) {
            long millis = Backoff.lostDelay(attempts);
            assertTrue(millis >= 100, () -> "as long as connections take that end together, not " + millis);
        }
    }

    @Test
    void shouldTellARepeatedAckFromALateOne() {
        RecentAcks acks = new RecentAcks(new RecentAcks.Room());
        assertFalse(acks.contains(5, 1));
        acks.add(5, 1);
        assertTrue(acks.contains(5, 1));
        assertFalse(acks.contains(5, 2));
        acks.add(5 + 1024, 9);
        assertFalse(acks.contains(5, 1));
    }

    @Test
    void shouldRememberTheAcksOfOneGroupInFullAndOfVeryManyGroupsAFew() {
        RecentAcks.Room room = new RecentAcks.Room();
        List<RecentAcks> groups = new ArrayList<>();
        for (int group = 0; group < 1_000; group++) {
            RecentAcks acks = new RecentAcks(room);
            IntStream.rangeClosed(1, 2_000).forEach(n -> acks.add(n, n));
            groups.add(acks);
        }
        assertEquals(1_024, remembered(groups.getFirst()));
        assertEquals(16, remembered(groups.getLast()));
        groups.removeFirst().forget();
        IntStream.rangeClosed(1, 2_000).forEach(n -> groups.getLast().add(n, n));
        assertEquals(1_024, remembered(groups.getLast()));
    }

    private static long remembered(RecentAcks acks) {
        return IntStream.rangeClosed(1, 2_000).filter(n -> acks.contains(n, n)).count();
    }

    @Test
    void shouldCountWhoWouldSeeAnEvent() {
        Responders responders = new Responders();
        GroupKey all = new GroupKey("g", null, "a.b");
        GroupKey own = new GroupKey("g", "alice", "a.c");
        responders.add(all);
        responders.add(all);
        responders.add(own);
        assertTrue(responders.any("a.b", null));
        assertTrue(responders.any("a.b", "bob"));
        assertTrue(responders.any("a.c", "alice"));
        assertFalse(responders.any("a.c", "bob"));
        assertFalse(responders.any("a.c", null));
        responders.remove(all);
        assertTrue(responders.any("a.b", null));
        responders.remove(all);
        assertFalse(responders.any("a.b", null));
    }

    @Test
    void shouldHoldEventsBehindTheirKeyInOrder() {
        KeyOrder order = new KeyOrder();
        ByteKey key = new ByteKey(new byte[] {1});
        Entry first = new Entry(NO_GROUP, 1);
        Entry second = new Entry(NO_GROUP, 2);
        Entry third = new Entry(NO_GROUP, 3);
        assertTrue(order.takeOrHold(key, first));
        assertFalse(order.takeOrHold(key, second));
        assertFalse(order.takeOrHold(key, third));
        assertEquals(2, order.held());
        assertSame(second, order.release(first));
        second.state = Entry.State.WAITING;
        assertSame(third, order.release(second));
        third.state = Entry.State.WAITING;
        assertNull(order.release(third));
        assertTrue(order.takeOrHold(key, new Entry(NO_GROUP, 4)));
    }

    /** Key order looks at entries alone. */
    @SuppressWarnings("NullAway")
    private static final Group NO_GROUP = null;
}
