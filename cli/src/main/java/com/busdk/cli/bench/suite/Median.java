package com.busdk.cli.bench.suite;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The middle of several measurements: one that the machine has spoilt does not move it. Stateless. */
public final class Median {
    private Median() {}

    /** The median of a figure of each; at least one. */
    public static <T> double of(List<T> results, ToDoubleFunction<T> figure) {
        return of(results.stream().mapToDouble(figure).toArray());
    }

    /** The median; of at least one. */
    public static double of(double... figures) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
