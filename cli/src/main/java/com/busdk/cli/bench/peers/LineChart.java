package com.busdk.cli.bench.peers;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Panels side by side, each with one figure over the same steps, whose axis is one of powers of ten, or over time.
 * Stateless.
 */
final class LineChart {
    private static final int PANEL = 300;
    private static final int HEIGHT = 220;
    private static final int LEFT = 62;
    private static final int RIGHT = 16;
    private static final int TOP = 40;
    private static final int BOTTOM = 42;
    private static final int GRID_LINES = 4;
    private static final String RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    private LineChart() {}

    /**
     * A panel.
     *
     * @param title what it shows, with its unit
     * @param values one for each step
     */
    record Panel(String title, List<Double> values) {}

    /**
     * The file of a chart.
     *
     * @param along what the steps count
     * @param steps from few to many
     */
    static String file(String title, String along, List<Double> steps, List<Panel> panels) {
        double first = Math.log10(steps.getFirst());
        double last = Math.max(first + 1, Math.log10(steps.getLast()));
        List<Double> at = steps.stream()
                .map(step -> (Math.log10(step) - first) / (last - first))
                .toList();
        List<Mark> marks = IntStream.range(0, at.size())
                .mapToObj(i -> new Mark(at.get(i), power(steps.get(i))))
                .toList();
        return file(title, new Axis(along, at, marks, true), panels);
    }

    /**
     * The file of a chart whose axis is time.
     *
     * @param minutes of each value, from the first to the last
     */
    static String overTime(String title, List<Double> minutes, List<Panel> panels) {
        double last = Math.max(minutes.getLast(), Double.MIN_NORMAL);
        List<Double> at = minutes.stream().map(minute -> minute / last).toList();
        List<Mark> marks = IntStream.rangeClosed(0, GRID_LINES)
                .mapToObj(i -> new Mark((double) i / GRID_LINES, trimmed(last * i / GRID_LINES)))
                .toList();
        return file(title, new Axis("minutes", at, marks, false), panels);
    }

    /**
     * The axis that the panels share.
     *
     * @param title what it counts
     * @param at where each value is, from 0 to 1
     * @param marks what stands below it
     * @param dots whether each value is shown as such
     */
    private record Axis(String title, List<Double> at, List<Mark> marks, boolean dots) {}

    private record Mark(double at, String text) {}

    private static String file(String title, Axis axis, List<Panel> panels) {
        var svg = new Svg(PANEL * panels.size(), HEIGHT, title);
        for (int i = 0; i < panels.size(); i++) {
            draw(svg, i * PANEL, axis, panels.get(i));
        }
        return svg.file();
    }

    private static void draw(Svg svg, int left, Axis axis, Panel panel) {
        double x0 = left + LEFT;
        double wide = PANEL - LEFT - RIGHT;
        double y0 = HEIGHT - BOTTOM;
        double high = HEIGHT - TOP - BOTTOM;
        double top = roundUp(
                panel.values().stream().mapToDouble(Double::doubleValue).max().orElse(1));
        svg.text("title", x0, 18, panel.title());
        for (int i = 0; i <= GRID_LINES; i++) {
            double y = y0 - high * i / GRID_LINES;
            svg.line("grid", x0, y, x0 + wide, y);
            svg.text("quiet end", x0 - 6, y + 4, shortly(top * i / GRID_LINES));
        }
        for (Mark mark : axis.marks()) {
            svg.text("quiet middle", x0 + wide * mark.at(), y0 + 16, mark.text());
        }
        double[] x = axis.at().stream().mapToDouble(at -> x0 + wide * at).toArray();
        double[] y = panel.values().stream()
                .mapToDouble(value -> y0 - high * value / top)
                .toArray();
        if (axis.dots()) {
            svg.curve(x, y);
        } else {
            svg.path(x, y);
        }
        svg.text("quiet middle", x0 + wide / 2, y0 + 34, axis.title());
    }

    /** The next of 1, 2, 4, 5 or 10 times a power of ten: what divides well. */
    static double roundUp(double value) {
        if (value <= 0) {
            return 1;
        }
        double power = Math.pow(10, Math.floor(Math.log10(value)));
        for (double times : new double[] {1, 2, 4, 5}) {
            if (value <= times * power) {
                return times * power;
            }
        }
        return 10 * power;
    }

    private static String shortly(double value) {
        if (value >= 1e6) {
            return trimmed(value / 1e6) + " M";
        }
        return value >= 1e3 ? trimmed(value / 1e3) + " k" : trimmed(value);
    }

    /** With two decimals at most, and none that say nothing. */
    static String trimmed(double value) {
        String text = String.format(Locale.ROOT, "%.2f", value);
        return text.replaceAll("\\.?0+$", "");
    }

    /** A power of ten as such, and anything else as a number. */
    static String power(double value) {
        double exponent = Math.log10(value);
        int whole = (int) Math.round(exponent);
        if (value < 10 || Math.abs(exponent - whole) > 1e-9) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        var text = new StringBuilder("10");
        for (char digit : Integer.toString(whole).toCharArray()) {
            text.append(RAISED.charAt(digit - '0'));
        }
        return text.toString();
    }
}
