package com.busdk.cli.bench.peers;

import java.util.List;

/** A bar for each system, its median, with a line from the least to the most of its rounds. Stateless. */
final class BarChart {
    private static final int WIDTH = 760;
    private static final int NAMES = 210;
    private static final int BARS = 400;
    private static final int ROW = 28;
    private static final int BAR = 18;
    private static final int TOP = 34;
    private static final int GAP = 8;

    private BarChart() {}

    /**
     * A bar.
     *
     * @param name of the system
     * @param own whether it is this hub
     * @param median what the bar shows
     * @param least of the rounds
     * @param most of the rounds
     * @param label the median in words
     */
    record Bar(String name, boolean own, double median, double least, double most, String label) {}

    /** The file of a chart. */
    static String file(String title, List<Bar> bars) {
        var svg = new Svg(WIDTH, TOP + bars.size() * ROW + GAP, title);
        svg.text("title", 0, 18, title);
        double longest = bars.stream().mapToDouble(Bar::most).max().orElse(0);
        double scale = longest > 0 ? BARS / longest : 0;
        int y = TOP;
        for (Bar bar : bars) {
            double middle = y + ROW / 2.0;
            svg.text("end", NAMES - GAP, middle + 4, bar.name());
            svg.rectangle(bar.own() ? "own" : "other", NAMES, middle - BAR / 2.0, bar.median() * scale, BAR);
            svg.line("range", NAMES + bar.least() * scale, middle, NAMES + bar.most() * scale, middle);
            svg.text("", NAMES + Math.max(bar.median(), bar.most()) * scale + GAP, middle + 4, bar.label());
            y += ROW;
        }
        return svg.file();
    }
}
