package com.busdk.cli.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DriftTest {
    private static final int COUNT = 360;
    private static final double TOLERANCE = 10;

    private static List<Double> series(IntToDoubleFunction value) {
        return IntStream.range(0, COUNT).mapToObj(value::applyAsDouble).toList();
    }

    private static IntToDoubleFunction noise(double size) {
        var random = new Random(7);
        return _ -> size * random.nextGaussian();
    }

    @Test
    void shouldFindNoDriftInWhatDoesNotMove() {
        Drift drift = Drift.of(series(_ -> 100));
        assertEquals(new Drift(100, 100, 0), drift);
        assertFalse(drift.exceeds(0, 1));
        assertFalse(drift.exceeds(0, -1));
    }

    @Test
    void shouldFindDriftBelowNoiseThatIsLarger() {
        IntToDoubleFunction noise = noise(20);
        Drift drift = Drift.of(series(i -> 100 + 40.0 * i / COUNT + noise.applyAsDouble(i)));
        assertTrue(drift.exceeds(TOLERANCE, 1), drift.toString());
        assertFalse(drift.exceeds(TOLERANCE, -1), drift.toString());
        assertEquals(36, drift.change(), 10, "nine tenths of the way, behind the warm-up");
    }

    @Test
    void shouldFindDriftDownwardsWhereLessIsWorse() {
        Drift drift = Drift.of(series(i -> 100 - 40.0 * i / COUNT));
        assertTrue(drift.exceeds(TOLERANCE, -1), drift.toString());
        assertFalse(drift.exceeds(TOLERANCE, 1), drift.toString());
    }

    @Test
    void shouldFindNoDriftInNoise() {
        Drift drift = Drift.of(series(noise(20)));
        assertFalse(drift.exceeds(TOLERANCE, 1), drift.toString());
        assertFalse(drift.exceeds(TOLERANCE, -1), drift.toString());
    }

    @Test
    void shouldNotBeMovedByOneSpikeWhereverItIs() {
        for (int at : new int[] {40, COUNT / 2, COUNT - 1}) {
            assertEquals(new Drift(100, 100, 0), Drift.of(series(i -> i == at ? 1e9 : 100)));
        }
    }

    @Test
    void shouldNotCountWhatIsWarmUp() {
        assertEquals(36, Drift.warmUp(COUNT));
        assertEquals(new Drift(100, 100, 0), Drift.of(series(i -> i < 36 ? 5 : 100)));
    }

    @Test
    void shouldFindAStepThatStaysThoughMostSlopesAreLevel() {
        Drift drift = Drift.of(series(i -> i < COUNT / 2 ? 100 : 150));
        assertEquals(new Drift(100, 150, 0), drift);
        assertTrue(drift.exceeds(TOLERANCE, 1));
    }

    @Test
    void shouldFindASlopeOfWhichTheQuartersSeeAPartOnly() {
        Drift drift = Drift.of(series(i -> 100 + 13.0 * i / COUNT));
        assertTrue(drift.last() - drift.first() < TOLERANCE, drift.toString());
        assertTrue(drift.exceeds(TOLERANCE, 1), drift.toString());
    }

    @Test
    void shouldNotTakeWhatComesAndGoesForDrift() {
        Drift swing = Drift.of(series(i -> 100 + 50 * Math.sin(60 * Math.PI * i / COUNT)));
        assertFalse(swing.exceeds(TOLERANCE, 1) || swing.exceeds(TOLERANCE, -1), swing.toString());
        Drift between = Drift.of(series(i -> i > COUNT / 3 && i < COUNT * 2 / 3 ? 150 : 100));
        assertFalse(between.exceeds(TOLERANCE, 1) || between.exceeds(TOLERANCE, -1), between.toString());
    }

    @Test
    void shouldSayWhatThereIsOfFewValues() {
        assertEquals(new Drift(5, 5, 0), Drift.of(List.of(5.0)));
        assertEquals(new Drift(5, 7, 2), Drift.of(List.of(5.0, 7.0)));
    }

    /** The slope is the median of all, so that it is the same whatever is at the ends of a line. */
    @Test
    void shouldTakeTheMedianOfAllSlopes() {
        List<Double> values = new ArrayList<>(Collections.nCopies(9, 0.0));
        for (int i = 0; i < values.size(); i++) {
            values.set(i, 3.0 * i);
        }
        values.set(8, -1_000.0);
        values.set(0, 1_000.0);
        assertEquals(24, Drift.of(values).change(), 1e-9);
    }
}
