package com.busdk.client.config;

import com.busdk.client.text.Echo;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations in Go's notation (the Go standard library's {@code time.ParseDuration}): {@code 250ms}, {@code 15s},
 * {@code 1.5h}, {@code 1h30m}. Units are {@code ns us µs ms s m h}; {@code d} for 24 hours is ours, since retention is
 * counted in days.
 *
 * <p>Example: {@code GoDuration.parse("1h30m")} is 90 minutes.
 */
public final class GoDuration {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private static final Map<String, Long> NANOS = Map.of(
            "ns", 1L,
            "us", 1_000L,
            "µs", 1_000L, // micro sign
            "μs", 1_000L, // Greek mu
            "ms", 1_000_000L,
            "s", NANOS_PER_SECOND,
            "m", 60 * NANOS_PER_SECOND,
            "h", 3_600 * NANOS_PER_SECOND,
            "d", 86_400 * NANOS_PER_SECOND);

    private static final Pattern PART = Pattern.compile("(\\d+\\.?\\d*|\\.\\d+)(ns|us|µs|μs|ms|s|m|h|d)");
    private static final Pattern SECONDS = Pattern.compile("\\d{1,18}");

    /** Longest text that is read: more digits than this mean nothing. */
    private static final int MAX_CHARS = 64;

    /** Go counts nanoseconds in 64 bits: about 292 years. */
    private static final BigDecimal MAX_NANOS = BigDecimal.valueOf(Long.MAX_VALUE);

    private GoDuration() {}

    /**
     * Reads a duration.
     *
     * @param text such as {@code 1h30m}; {@code 0} needs no unit; a leading {@code -} makes it negative
     * @return the duration, to the nanosecond (what is finer is cut off)
     * @throws IllegalArgumentException if it is not a duration; the message shows how one is written
     */
    public static Duration parse(String text) {
        String rest = text.strip();
        boolean negative = rest.startsWith("-");
        if (negative || rest.startsWith("+")) {
            rest = rest.substring(1);
        }
        if (rest.equals("0")) {
            return Duration.ZERO;
        }
        if (rest.isEmpty() || rest.length() > MAX_CHARS) {
            throw notADuration(text);
        }
        BigDecimal nanos = sum(rest, text);
        if (nanos.compareTo(MAX_NANOS) > 0) {
            throw new IllegalArgumentException(Echo.quote(text) + " is longer than a duration can be (292 years)");
        }
        Duration duration =
                Duration.ofNanos(nanos.setScale(0, RoundingMode.DOWN).longValueExact());
        return negative ? duration.negated() : duration;
    }

    /**
     * Reads a duration of which a bare integer means seconds, as the workers' options do.
     *
     * @param text such as {@code 30} or {@code 1h30m}
     * @return the duration
     * @throws IllegalArgumentException if it is neither
     */
    public static Duration parseSecondsOrGo(String text) {
        String stripped = text.strip();
        return SECONDS.matcher(stripped).matches() ? parse(stripped + "s") : parse(text);
    }

    /**
     * Writes a duration so that {@link #parse} and Go read it back: {@code 1h30m}, {@code 250ms}, {@code 168h}.
     *
     * @param duration any duration that Go can hold
     * @return its text
     */
    public static String format(Duration duration) {
        if (duration.isNegative()) {
            return '-' + format(duration.negated());
        }
        if (duration.isZero()) {
            return "0s";
        }
        if (duration.toSeconds() == 0) {
            return belowASecond(duration.toNanosPart());
        }
        StringBuilder out = new StringBuilder();
        append(out, duration.toHours(), "h");
        append(out, duration.toMinutesPart(), "m");
        if (duration.toSecondsPart() != 0 || duration.toNanosPart() != 0) {
            out.append(plain(BigDecimal.valueOf(duration.toSecondsPart())
                            .add(BigDecimal.valueOf(duration.toNanosPart(), 9))))
                    .append('s');
        }
        return out.toString();
    }

    private static BigDecimal sum(String rest, String whole) {
        Matcher part = PART.matcher(rest);
        BigDecimal nanos = BigDecimal.ZERO;
        int at = 0;
        while (at < rest.length()) {
            part.region(at, rest.length());
            if (!part.lookingAt()) {
                throw notADuration(whole);
            }
            long unit = NANOS.getOrDefault(part.group(2), 0L);
            String number = part.group(1);
            if (number.endsWith(".")) {
                number = number.substring(0, number.length() - 1);
            }
            nanos = nanos.add(new BigDecimal(number).multiply(BigDecimal.valueOf(unit)));
            at = part.end();
        }
        return nanos;
    }

    private static String belowASecond(int nanos) {
        if (nanos >= 1_000_000) {
            return plain(BigDecimal.valueOf(nanos, 6)) + "ms";
        }
        return nanos >= 1_000 ? plain(BigDecimal.valueOf(nanos, 3)) + "us" : nanos + "ns";
    }

    private static String plain(BigDecimal number) {
        return number.stripTrailingZeros().toPlainString();
    }

    private static void append(StringBuilder out, long count, String unit) {
        if (count != 0) {
            out.append(count).append(unit);
        }
    }

    private static IllegalArgumentException notADuration(String text) {
        return new IllegalArgumentException(
                Echo.quote(text) + " is not a duration: write for example 250ms, 15s, 1h30m or 7d");
    }
}
