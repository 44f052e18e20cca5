package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.suite.Median;
import java.util.List;

/**
 * How a figure moved over time, behind a warm-up. Both measures are robust: an outlier moves neither of them.
 *
 * @param first the median of the first quarter of the time
 * @param last the median of the last quarter
 * @param change what the slope comes to over the whole time; the slope is the median of those between any two values
 *     (Theil and Sen), so that it takes a third of all values to turn it
 */
record Drift(double first, double last, double change) {
    /** What comes in the first of so many equal parts of the time is warm-up. */
    private static final int WARM_UP_PARTS = 10;

    private static final int QUARTERS = 4;

    /**
     * The drift of values that were taken at equal intervals.
     *
     * @param all from the first to the last, with those of the warm-up; at least one
     */
    static Drift of(List<Double> all) {
        List<Double> values = all.subList(warmUp(all.size()), all.size());
        int count = values.size();
        int quarter = Math.max(1, count / QUARTERS);
        return new Drift(
                Median.of(values.subList(0, quarter), Double::doubleValue),
                Median.of(values.subList(count - quarter, count), Double::doubleValue),
                slope(values) * (count - 1));
    }

    /** How many of so many values are warm-up. */
    static int warmUp(int count) {
        return count / WARM_UP_PARTS;
    }

    /** For each interval; 0 where there is one value. */
    private static double slope(List<Double> values) {
        int count = values.size();
        if (count < 2) {
            return 0;
        }
        double[] slopes = new double[count * (count - 1) / 2];
        int next = 0;
        for (int i = 0; i < count; i++) {
            for (int j = i + 1; j < count; j++) {
                slopes[next++] = (values.get(j) - values.get(i)) / (j - i);
            }
        }
        return Median.of(slopes);
    }

    /**
     * Whether it moved by more than is tolerated, by either measure: a step that stays tells the quarters apart and no slope,
     * and a slope is known from all values where the quarters are of the ends alone.
     *
     * @param sign 1 where more is worse, -1 where less is
     */
    boolean exceeds(double tolerance, int sign) {
        return sign * (last - first) > tolerance || sign * change > tolerance;
    }
}
