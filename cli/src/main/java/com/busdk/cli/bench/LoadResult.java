package com.busdk.cli.bench;

import com.busdk.cli.term.Json;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What a load came to.
 *
 * @param work what was done, a few words
 * @param unit what was counted, in the plural
 * @param count how many
 * @param seconds in how much time
 * @param bytes bytes of bodies that went over the wire for them, 0 where they were not counted
 * @param missing how many should have come and did not, or were due and could not be sent
 * @param latency nanoseconds, or null where there is nothing to say: a load without pace says how much, not how fast
 */
public record LoadResult(
        String work,
        String unit,
        long count,
        double seconds,
        long bytes,
        long missing,
        @Nullable Histogram latency) {
    private static final double NANOS_PER_MICRO = 1e3;
    private static final double BYTES_PER_MB = 1e6;

    /** A histogram of nanoseconds up to an hour, exact to a thousandth. */
    public static Histogram histogram() {
        return new Histogram(1, 3_600_000_000_000L, 3);
    }

    /** Counts in a second. */
    public double perSecond() {
        return seconds <= 0 ? 0 : count / seconds;
    }

    /** Bytes in a second, in units of 10^6. */
    public double megabytesPerSecond() {
        return seconds <= 0 ? 0 : bytes / BYTES_PER_MB / seconds;
    }

    /** A percentile of the latency in microseconds, or 0 where there is none. */
    public double micros(double percentile) {
        Histogram known = latency;
        return known == null || known.getTotalCount() == 0
                ? 0
                : known.getValueAtPercentile(percentile) / NANOS_PER_MICRO;
    }

    /** One line of JSON. */
    public String toJson() {
        var json = new StringBuilder(256)
                .append("{\"work\":")
                .append(Json.quote(work))
                .append(",\"unit\":")
                .append(Json.quote(unit))
                .append(",\"count\":")
                .append(count)
                .append(String.format(Locale.ROOT, ",\"seconds\":%.3f,\"perSecond\":%.1f", seconds, perSecond()))
                .append(",\"bytes\":")
                .append(bytes)
                .append(",\"missing\":")
                .append(missing);
        Histogram known = latency;
        if (known != null) {
            json.append(String.format(
                    Locale.ROOT,
                    ",\"latencyMicros\":{\"count\":%d,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p99.9\":%.1f,\"max\":%.1f}",
                    known.getTotalCount(),
                    micros(50),
                    micros(90),
                    micros(99),
                    micros(99.9),
                    micros(100)));
        }
        return json.append('}').toString();
    }
}
