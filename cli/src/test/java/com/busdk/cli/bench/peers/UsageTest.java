package com.busdk.cli.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class UsageTest {
    @Test
    void shouldAddUpTimesBehindANameWithAnythingInIt() {
        String stat = "42 (a) (b c) S 1 42 42 0 -1 4194560 1 2 3 4 100 20 3 4 20 0 1 0 5 6";
        assertEquals(127, Usage.ticks(stat));
        assertEquals(0, Usage.ticks(""));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @Timeout(value = 1, unit = TimeUnit.MINUTES)
    void shouldSeeWhatAProcessUses() {
        try (Usage usage = Usage.of(ProcessHandle.current(), false)) {
            while (usage.seconds() <= 0) {
                Thread.onSpinWait();
            }
            assertTrue(usage.peakMib() > 1);
        }
    }
}
