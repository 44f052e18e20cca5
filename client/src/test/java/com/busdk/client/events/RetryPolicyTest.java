package com.busdk.client.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
    @Property
    void shouldStayBetweenHalfTheMinimumAndTheMaximum(
            @ForAll @LongRange(min = 1, max = 10_000_000) long min,
            @ForAll @LongRange(min = 0, max = 10_000_000_000L) long more,
            @ForAll @IntRange(min = 1, max = 1_000_000) int failures,
            @ForAll long seed) {
        RetryPolicy policy = new RetryPolicy(true, Duration.ofMillis(min), Duration.ofMillis(min + more), true);
        long delay = policy.delay(failures, new Random(seed)).toMillis();
        assertTrue(delay >= Math.max(1, min / 2) && delay <= min + more, "delay " + delay);
    }

    @Property
    void shouldDoubleUntilTheMaximum(@ForAll @IntRange(min = 1, max = 8) int failures, @ForAll long seed) {
        RetryPolicy policy = new RetryPolicy(true, Duration.ofSeconds(1), Duration.ofSeconds(30), true);
        long whole = Math.min(1000L << (failures - 1), 30_000);
        long delay = policy.delay(failures, new Random(seed)).toMillis();
        assertTrue(delay >= whole / 2 && delay <= whole, "delay " + delay);
    }

    @Test
    void shouldRefuseBoundsThatMakeNoBackOff() {
        Duration second = Duration.ofSeconds(1);
        assertThrows(IllegalArgumentException.class, () -> new RetryPolicy(true, Duration.ZERO, second, true));
        assertThrows(IllegalArgumentException.class, () -> new RetryPolicy(true, second, Duration.ofMillis(999), true));
        assertEquals(true, RetryPolicy.DEFAULT.includingFirstConnect().firstConnect());
    }
}
