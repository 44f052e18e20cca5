package com.busdk.cli.bench.peers;

import java.util.Locale;

/** How figures are written for people. Stateless. */
final class Figures {
    private static final double FEW = 100;
    private static final double VERY_FEW = 10;

    private Figures() {}

    /** A figure of a work: whole where it is a rate. */
    static String of(double value, Work work) {
        return work.isTime() ? of(value) : String.format(Locale.ROOT, "%,.0f", value);
    }

    /** A figure with about three digits that say something. */
    static String of(double value) {
        double size = Math.abs(value);
        String format = size >= FEW ? "%,.0f" : size >= VERY_FEW ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, value);
    }
}
