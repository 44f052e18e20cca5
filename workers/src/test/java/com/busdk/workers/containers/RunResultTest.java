package com.busdk.workers.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RunResultTest {
    private static RunResult of(String stdout, String stderr) {
        return new RunResult("run_1", "o", "r", "i", List.of("a"), 0, stdout, stderr, false, false, 1, "podman");
    }

    private static int bytes(RunResult result) {
        return result.toJson().toString().getBytes(StandardCharsets.UTF_8).length;
    }

    @Property
    void fitsWhateverWasPrinted(
            @ForAll String stdout, @ForAll String stderr, @ForAll @IntRange(min = 300, max = 900) int max) {
        RunResult result = of(stdout, stderr);
        RunResult fitting = result.fitting(max);

        assertTrue(bytes(fitting) <= max, () -> bytes(fitting) + " > " + max);
        assertTrue(stdout.startsWith(fitting.stdout()));
        assertEquals(fitting.stdout().length() < stdout.length(), fitting.stdoutTruncated());
        assertEquals(fitting.stderr().length() < stderr.length(), fitting.stderrTruncated());
    }

    @Test
    void shouldLeaveWhatFitsAsItIs() {
        RunResult result = of("a", "b");

        assertSame(result, result.fitting(1_000));
    }

    @Test
    void shouldCutTheLongerOneFirst() {
        RunResult fitting = of("x".repeat(10_000), "why it failed").fitting(1_000);

        assertEquals("why it failed", fitting.stderr());
        assertTrue(fitting.stdoutTruncated());
        assertTrue(fitting.stdout().length() > 500, "no more is cut than has to be");
    }

    @Test
    void shouldCountEscapes() {
        RunResult fitting = of("\u0001".repeat(1_000), "").fitting(2_000);

        assertTrue(bytes(fitting) <= 2_000);
        assertFalse(fitting.stdout().isEmpty());
    }
}
