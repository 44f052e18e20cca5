package com.busdk.cli.term;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * A line on a terminal that tells how far a long work is, drawn over itself. Where there is no terminal it draws nothing.
 *
 * <p>Not safe for use by several threads.
 */
public final class Progress {
    /** Often enough to look alive, and no load on a slow connection. */
    private static final long REDRAW_NANOS = 100_000_000L;

    private static final int BAR_CHARS = 24;
    private static final double NANOS_PER_SECOND = 1e9;

    private final PrintStream err;
    private final boolean shown;
    private final long totalBytes;
    private final LongSupplier nanoTime;
    private final long started;
    private long drawnAt;
    private int drawnChars;

    /**
     * A line that has not been drawn yet.
     *
     * @param err the terminal
     * @param shown whether it is one
     * @param totalBytes all bytes of the work, or 0 when nobody knows
     */
    public Progress(PrintStream err, boolean shown, long totalBytes) {
        this(err, shown, totalBytes, System::nanoTime);
    }

    Progress(PrintStream err, boolean shown, long totalBytes, LongSupplier nanoTime) {
        this.err = err;
        this.shown = shown;
        this.totalBytes = totalBytes;
        this.nanoTime = nanoTime;
        this.started = nanoTime.getAsLong();
        this.drawnAt = started - REDRAW_NANOS;
    }

    /**
     * Tells how far the work is; draws if the last time is long enough ago.
     *
     * @param events how many were done
     * @param bytes how many were read
     */
    public void update(long events, long bytes) {
        long now = nanoTime.getAsLong();
        if (!shown || now - drawnAt < REDRAW_NANOS) {
            return;
        }
        drawnAt = now;
        double seconds = Math.max((now - started) / NANOS_PER_SECOND, 1e-3);
        draw(bar(bytes) + String.format(Locale.ROOT, "%,d events, %,d/s", events, Math.round(events / seconds)));
    }

    /** Takes the line away. */
    public void clear() {
        if (drawnChars > 0) {
            draw("");
            err.print('\r');
            err.flush();
            drawnChars = 0;
        }
    }

    private String bar(long bytes) {
        if (totalBytes <= 0) {
            return "";
        }
        double part = Math.min(1.0, (double) bytes / totalBytes);
        int full = (int) Math.round(part * BAR_CHARS);
        return String.format(
                Locale.ROOT, "[%s%s] %3d%%  ", "#".repeat(full), ".".repeat(BAR_CHARS - full), (int) (part * 100));
    }

    private void draw(String line) {
        err.print('\r' + line + " ".repeat(Math.max(0, drawnChars - line.length())));
        err.flush();
        drawnChars = line.length();
    }
}
