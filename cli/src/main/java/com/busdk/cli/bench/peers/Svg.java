package com.busdk.cli.bench.peers;

import java.util.Locale;

/**
 * Writes a picture as SVG, readable on light and on dark ground: the colours follow what the reader's system prefers. On
 * the thread of the command.
 */
final class Svg {
    private static final String STYLE = """
        <style>
        text{font:12px system-ui,sans-serif;fill:#1f2328}
        .title{font-weight:600}.quiet{fill:#59636e}.end{text-anchor:end}.middle{text-anchor:middle}
        .own{fill:#0969da}.other{fill:#8c959f}.range{stroke:#1f2328;stroke-width:1.5}
        .grid{stroke:#d1d9e0;stroke-width:1}.line{stroke:#0969da;stroke-width:2;fill:none}
        @media (prefers-color-scheme:dark){
        text{fill:#f0f6fc}.quiet{fill:#9198a1}.own{fill:#4493f8}.other{fill:#656c76}.range{stroke:#f0f6fc}
        .grid{stroke:#3d444d}.line{stroke:#4493f8}}
        </style>
        """;

    private final StringBuilder body = new StringBuilder();
    private final int width;
    private final int height;
    private final String title;

    /** A picture of that size in pixels; the title is read to those who do not see it. */
    Svg(int width, int height, String title) {
        this.width = width;
        this.height = height;
        this.title = title;
    }

    void rectangle(String kind, double x, double y, double wide, double high) {
        body.append(String.format(
                Locale.ROOT,
                "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\"/>\n",
                kind,
                x,
                y,
                wide,
                high));
    }

    void line(String kind, double x1, double y1, double x2, double y2) {
        body.append(String.format(
                Locale.ROOT,
                "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
                kind,
                x1,
                y1,
                x2,
                y2));
    }

    /** A line through points, {@code x,y} each, and a dot on every one of them. */
    void curve(double[] x, double[] y) {
        path(x, y);
        for (int i = 0; i < x.length; i++) {
            body.append(String.format(
                    Locale.ROOT, "<circle class=\"own\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>\n", x[i], y[i]));
        }
    }

    /** A line through points that are too close for dots. */
    void path(double[] x, double[] y) {
        var points = new StringBuilder();
        for (int i = 0; i < x.length; i++) {
            points.append(String.format(Locale.ROOT, i == 0 ? "%.1f,%.1f" : " %.1f,%.1f", x[i], y[i]));
        }
        body.append("<polyline class=\"line\" points=\"").append(points).append("\"/>\n");
    }

    void text(String kind, double x, double y, String text) {
        body.append(String.format(
                Locale.ROOT, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", kind, x, y, escaped(text)));
    }

    /** The picture as a file. */
    String file() {
        return String.format(
                        Locale.ROOT,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
                                + " role=\"img\">%n<title>%s</title>\n",
                        width,
                        height,
                        width,
                        height,
                        escaped(title))
                + STYLE
                + body
                + "</svg>\n";
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
