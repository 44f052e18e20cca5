package com.busdk.broker.backend.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class KeyTableTest {
    private static final long WINDOW = 1_000;

    @Test
    void shouldFindAKeyWithinTheWindowOnly() {
        KeyTable keys = new KeyTable(WINDOW, 8);
        keys.stage(1, 2, 77, 5_000);
        keys.commit();
        assertEquals(77, keys.find(1, 2, 5_999));
        assertEquals(KeyTable.NONE, keys.find(1, 2, 6_000));
        assertEquals(KeyTable.NONE, keys.find(2, 1, 5_000));
    }

    @Test
    void shouldForgetWhatWasRolledBack() {
        KeyTable keys = new KeyTable(WINDOW, 8);
        keys.stage(1, 1, 10, 0);
        keys.commit();
        keys.stage(2, 2, 11, 0);
        keys.stage(3, 3, 12, 0);
        keys.rollback();
        assertEquals(10, keys.find(1, 1, 0));
        assertEquals(KeyTable.NONE, keys.find(2, 2, 0));
        assertEquals(KeyTable.NONE, keys.find(3, 3, 0));
        assertEquals(1, keys.size());
    }

    @Test
    void shouldRefuseMoreThanItMayRememberUntilTheOldestExpire() {
        KeyTable keys = new KeyTable(WINDOW, 4);
        for (int i = 0; i < 4; i++) {
            assertTrue(keys.hasRoom(1, i));
            keys.stage(i + 1, i, i, i);
        }
        keys.commit();
        assertFalse(keys.hasRoom(1, 10));
        assertTrue(keys.hasRoom(0, 10));
        assertTrue(keys.hasRoom(1, WINDOW));
        keys.stage(99, 99, 99, WINDOW);
        keys.commit();
        assertEquals(KeyTable.NONE, keys.find(1, 0, WINDOW));
        assertEquals(1, keys.find(2, 1, WINDOW));
    }

    /** The table against a plain map with the same rules; few distinct keys, so that probing runs collide. */
    @Property(tries = 200)
    void shouldAgreeWithAMap(@ForAll long seed) {
        Random random = new Random(seed);
        KeyTable keys = new KeyTable(WINDOW, 1 << 12);
        Map<List<Long>, long[]> model = new HashMap<>();
        Deque<List<Long>> staged = new ArrayDeque<>();
        long now = 0;
        for (int i = 0; i < 3_000; i++) {
            now += random.nextInt(20);
            long high = random.nextInt(3);
            long low = random.nextInt(40) * 8L;
            List<Long> key = List.of(high, low);
            long[] known = model.get(key);
            long expected = known != null && now - known[1] < WINDOW ? known[0] : KeyTable.NONE;
            assertEquals(expected, keys.find(high, low, now), "seed " + seed + " step " + i);
            if (expected == KeyTable.NONE && keys.hasRoom(1, now)) {
                keys.stage(high, low, i, now);
                model.put(key, new long[] {i, now});
                staged.add(key);
            }
            if (random.nextInt(10) == 0) {
                if (random.nextBoolean()) {
                    keys.commit();
                } else {
                    keys.rollback();
                    new ArrayList<>(staged).forEach(model::remove);
                }
                staged.clear();
            }
        }
    }
}
