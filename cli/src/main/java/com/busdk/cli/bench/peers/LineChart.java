package com.busdk.cli.bench.peers;

import java.util.List;
import java.util.Locale;

/** Panels side by side, each with one figure over the same steps, whose axis is one of powers of ten. Stateless. */
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
        var svg = new Svg(PANEL * panels.size(), HEIGHT, title);
        for (int i = 0; i < panels.size(); i++) {
            draw(svg, i * PANEL, along, steps, panels.get(i));
        }
        return svg.file();
    }

    private static void draw(Svg svg, int left, String along, List<Double> steps, Panel panel) {
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
        double first = Math.log10(steps.getFirst());
        double last = Math.max(first + 1, Math.log10(steps.getLast()));
        double[] x = new double[steps.size()];
        double[] y = new double[steps.size()];
        for (int i = 0; i < x.length; i++) {
            x[i] = x0 + wide * (Math.log10(steps.get(i)) - first) / (last - first);
            y[i] = y0 - high * panel.values().get(i) / top;
            svg.text("quiet middle", x[i], y0 + 16, power(steps.get(i)));
        }
        svg.curve(x, y);
        svg.text("quiet middle", x0 + wide / 2, y0 + 34, along);
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

    private static String trimmed(double value) {
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
