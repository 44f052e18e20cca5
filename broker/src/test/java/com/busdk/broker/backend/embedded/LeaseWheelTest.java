package com.busdk.broker.backend.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeaseWheelTest {
    private static final long START = 1_000_000;
    private static final long MINUTE = 60_000;

    private final LeaseWheel wheel = new LeaseWheel(START);
    private final List<Long> ended = new ArrayList<>();

    @SuppressWarnings("NullAway") // an entry of no group
    private static Entry entry(long sequence) {
        return new Entry(null, sequence);
    }

    private void advance(long now) {
        wheel.advance(now, entry -> ended.add(entry.sequence));
    }

    @Test
    void shouldEndALeaseBehindItsTimeAndNeverBefore() {
        wheel.begin(entry(1), START + 1000);
        advance(START + 999);
        assertEquals(List.of(), ended);
        advance(START + 1000 + LeaseWheel.TICK_MILLIS);
        assertEquals(List.of(1L), ended);
        advance(START + MINUTE);
        assertEquals(List.of(1L), ended);
    }

    @Test
    void shouldKeepALeaseThatIsLongerThanOnceRound() {
        wheel.begin(entry(1), START + 10 * MINUTE);
        for (long now = START; now < START + 10 * MINUTE; now += 50) {
            advance(now);
        }
        assertEquals(List.of(), ended);
        advance(START + 10 * MINUTE + LeaseWheel.TICK_MILLIS);
        assertEquals(List.of(1L), ended);
    }

    @Test
    void shouldEndTheOthersBehindAnErrorWithOneOfThemAndThenThatOne() {
        for (int i = 0; i < 3; i++) {
            wheel.begin(entry(i), START + 1000);
        }
        List<Long> failed = new ArrayList<>();
        assertThrows(
                IllegalStateException.class,
                () -> wheel.advance(START + 2000, entry -> {
                    failed.add(entry.sequence);
                    throw new IllegalStateException("the first of them");
                }));
        advance(START + 2001);
        assertEquals(2, ended.size());
        assertFalse(ended.contains(failed.getFirst()), "not in the tick in which it failed");
        advance(START + 2000 + LeaseWheel.TICK_MILLIS);
        assertEquals(3, ended.size());
        assertEquals(failed.getFirst(), ended.getLast());
        advance(START + 3000);
        assertEquals(3, ended.size());
    }

    @Test
    void shouldEndTheOthersWhereOneFailsEachTime() {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            entries.add(entry(i));
            wheel.begin(entries.get(i), START + 1000);
        }
        for (int turn = 0; turn < 6; turn++) {
            try {
                wheel.advance(START + 2000 + 2L * turn * LeaseWheel.TICK_MILLIS, entry -> {
                    if (entry.sequence % 2 == 0) {
                        throw new IllegalStateException("always this one");
                    }
                    ended.add(entry.sequence);
                });
            } catch (IllegalStateException expected) {
                assertEquals("always this one", expected.getMessage());
            }
        }
        assertEquals(Set.of(1L, 3L, 5L), new HashSet<>(ended));
        assertEquals(3, ended.size());
    }

    /** Whoever is told has done something else with it before the error. */
    @Test
    void shouldKeepALeaseThatWasBegunBeforeAnError() {
        Entry entry = entry(1);
        wheel.begin(entry, START + 1000);
        assertThrows(
                IllegalStateException.class,
                () -> wheel.advance(START + 2000, told -> {
                    wheel.begin(told, START + 5000);
                    throw new IllegalStateException("behind that");
                }));
        advance(START + 4900);
        assertEquals(List.of(), ended);
        advance(START + 6000);
        assertEquals(List.of(1L), ended);
        advance(START + 1000 * MINUTE);
        assertEquals(List.of(1L), ended, "it was in one place");
    }

    @Test
    void shouldMissNothingWhenNobodyLookedForLong() {
        for (int i = 0; i < 1000; i++) {
            wheel.begin(entry(i), START + i * 200L);
        }
        advance(START + 1000 * MINUTE);
        assertEquals(1000, ended.size());
    }

    @Test
    void shouldEndWhatIsLateAlready() {
        advance(START + MINUTE);
        wheel.begin(entry(1), START);
        advance(START + MINUTE + 2 * LeaseWheel.TICK_MILLIS);
        assertEquals(List.of(1L), ended);
    }

    @Test
    void shouldLetWhoeverIsToldBeginAndEndLeases() {
        Entry first = entry(1);
        Entry second = entry(2);
        wheel.begin(first, START + 100);
        wheel.begin(second, START + 100);
        wheel.advance(START + 1000, told -> {
            ended.add(told.sequence);
            Entry other = told == first ? second : first;
            wheel.end(other);
            wheel.begin(other, START + 5000);
        });
        assertEquals(1, ended.size(), "the other one got a new lease");
        advance(START + 4900);
        assertEquals(1, ended.size());
        advance(START + 6000);
        assertEquals(Set.of(1L, 2L), new HashSet<>(ended));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void shouldDoAsASimpleModel(long seed) {
        Random random = new Random(seed);
        Map<Entry, Long> model = new HashMap<>();
        long now = START;
        for (int step = 0; step < 20_000; step++) {
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    Entry entry = entry(step);
                    long deadline = now + random.nextInt(200_000);
                    wheel.begin(entry, deadline);
                    model.put(entry, deadline);
                }
                case 2 ->
                    model.keySet().stream()
                            .skip(random.nextInt(model.size() + 1))
                            .findFirst()
                            .ifPresent(entry -> {
                                wheel.end(entry);
                                wheel.end(entry); // has none any more
                                model.remove(entry);
                            });
                default -> {
                    now += random.nextInt(random.nextInt(50) == 0 ? 100_000 : 200);
                    long here = now;
                    wheel.advance(here, entry -> {
                        Long deadline = model.remove(entry);
                        assertTrue(deadline != null && deadline <= here, "ended early, twice, or after its end");
                    });
                    long late = here - 2 * LeaseWheel.TICK_MILLIS;
                    assertFalse(model.values().stream().anyMatch(deadline -> deadline < late), "missed");
                }
            }
        }
    }
}
