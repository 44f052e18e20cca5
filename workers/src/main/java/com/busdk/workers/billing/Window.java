package com.busdk.workers.billing;

import com.busdk.workers.store.Times;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Spans of the calendar over which a quota counts, in UTC; each begins with its first moment and ends before the next. */
enum Window {
    /** From second 0. */
    MINUTE,
    /** From minute 0. */
    HOUR,
    /** From midnight. */
    DAY,
    /** From Monday, as ISO 8601 has it. */
    WEEK,
    /** From the first. */
    MONTH,
    /** All time. */
    TOTAL;

    private static final Map<String, Window> ALIASES = Map.ofEntries(
            Map.entry("minutely", MINUTE),
            Map.entry("per_minute", MINUTE),
            Map.entry("hourly", HOUR),
            Map.entry("per_hour", HOUR),
            Map.entry("daily", DAY),
            Map.entry("per_day", DAY),
            Map.entry("weekly", WEEK),
            Map.entry("per_week", WEEK),
            Map.entry("monthly", MONTH),
            Map.entry("per_month", MONTH),
            Map.entry("lifetime", TOTAL),
            Map.entry("all_time", TOTAL),
            Map.entry("alltime", TOTAL),
            Map.entry("forever", TOTAL));

    /**
     * Finds a window.
     *
     * @param text its word or another for it, in any case, with {@code -}, space or {@code _} alike
     * @return the window, or empty if it is none
     */
    static Optional<Window> find(String text) {
        String word = text.strip().toLowerCase(Locale.ROOT).replace('-', '_').replace(' ', '_');
        for (Window window : values()) {
            if (window.word().equals(word)) {
                return Optional.of(window);
            }
        }
        return Optional.ofNullable(ALIASES.get(word));
    }

    /** As answers and tables have it. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The first moment of the window that a time is in. */
    Instant start(Instant time) {
        OffsetDateTime utc = time.atOffset(ZoneOffset.UTC);
        return switch (this) {
            case MINUTE -> time.truncatedTo(ChronoUnit.MINUTES);
            case HOUR -> time.truncatedTo(ChronoUnit.HOURS);
            case DAY -> time.truncatedTo(ChronoUnit.DAYS);
            case WEEK -> midnight(utc.toLocalDate().with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY)));
            case MONTH -> midnight(utc.toLocalDate().withDayOfMonth(1));
            case TOTAL -> Times.MIN;
        };
    }

    /** The first moment after it; {@link Times#MAX} for all time. */
    Instant end(Instant time) {
        Instant start = start(time);
        return switch (this) {
            case MINUTE -> start.plus(1, ChronoUnit.MINUTES);
            case HOUR -> start.plus(1, ChronoUnit.HOURS);
            case DAY -> start.plus(1, ChronoUnit.DAYS);
            case WEEK -> start.plus(7, ChronoUnit.DAYS);
            case MONTH -> midnight(start.atOffset(ZoneOffset.UTC).toLocalDate().plusMonths(1));
            case TOTAL -> Times.MAX;
        };
    }

    private static Instant midnight(LocalDate date) {
        return date.atStartOfDay(ZoneOffset.UTC).toInstant();
    }
}
