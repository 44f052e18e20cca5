package com.busdk.workers.billing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.workers.store.Times;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.IsoFields;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WindowTest {
    @ParameterizedTest
    @CsvSource({
        "MINUTE, 2026-03-01T12:34:56.789Z, 2026-03-01T12:34:00Z, 2026-03-01T12:35:00Z",
        "HOUR, 2026-03-01T12:34:56.789Z, 2026-03-01T12:00:00Z, 2026-03-01T13:00:00Z",
        "DAY, 2026-03-01T00:00:00Z, 2026-03-01T00:00:00Z, 2026-03-02T00:00:00Z",
        "DAY, 2026-02-28T23:59:59.999999Z, 2026-02-28T00:00:00Z, 2026-03-01T00:00:00Z",
        "WEEK, 2026-03-01T12:00:00Z, 2026-02-23T00:00:00Z, 2026-03-02T00:00:00Z", // a Sunday
        "WEEK, 2026-03-02T00:00:00Z, 2026-03-02T00:00:00Z, 2026-03-09T00:00:00Z", // a Monday
        "WEEK, 2027-01-01T00:00:00Z, 2026-12-28T00:00:00Z, 2027-01-04T00:00:00Z",
        "WEEK, 1970-01-01T00:00:00Z, 1969-12-29T00:00:00Z, 1970-01-05T00:00:00Z",
        "MONTH, 2028-02-29T12:00:00Z, 2028-02-01T00:00:00Z, 2028-03-01T00:00:00Z",
        "MONTH, 2026-12-31T23:59:59Z, 2026-12-01T00:00:00Z, 2027-01-01T00:00:00Z",
        "TOTAL, 2026-03-01T12:00:00Z, 1970-01-01T00:00:00Z, 9999-12-31T23:59:59.999999Z",
    })
    void shouldBeginAndEndInUtc(Window window, Instant time, Instant start, Instant end) {
        assertEquals(start, window.start(time));
        assertEquals(end, window.end(time));
    }

    @ParameterizedTest
    @CsvSource({
        "minute, MINUTE",
        "Minutely, MINUTE",
        "hour, HOUR",
        "hourly, HOUR",
        "day, DAY",
        "daily, DAY",
        " DAILY , DAY",
        "per-day, DAY",
        "week, WEEK",
        "weekly, WEEK",
        "month, MONTH",
        "monthly, MONTH",
        "total, TOTAL",
        "lifetime, TOTAL",
        "all-time, TOTAL",
        "all time, TOTAL",
    })
    void shouldKnowItsOtherNames(String text, Window window) {
        assertEquals(Optional.of(window), Window.find(text));
    }

    @Test
    void shouldNotKnowOthers() {
        for (String text : new String[] {"", "year", "days", "fortnight", "0", "mon th"}) {
            assertEquals(Optional.empty(), Window.find(text), text);
        }
    }

    @Provide
    Arbitrary<Instant> times() {
        long last = Times.micros(Instant.parse("9998-12-31T00:00:00Z"));
        return Arbitraries.longs().between(0, last).map(Times::instant);
    }

    /** The name of a window as a calendar has it, made without looking at its start. */
    static String name(Window window, Instant time) {
        LocalDate date = time.atOffset(ZoneOffset.UTC).toLocalDate();
        String text = time.atOffset(ZoneOffset.UTC).toLocalDateTime().toString();
        return switch (window) {
            case MINUTE -> text.substring(0, 16);
            case HOUR -> text.substring(0, 13);
            case DAY -> text.substring(0, 10);
            case WEEK -> date.get(IsoFields.WEEK_BASED_YEAR) + " week " + date.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR);
            case MONTH -> text.substring(0, 7);
            case TOTAL -> "";
        };
    }

    @Property
    void shouldHoldTheTimesThatACalendarPutsTogether(
            @ForAll("times") Instant one, @ForAll("times") Instant other, @ForAll Window window) {
        assertEquals(
                name(window, one).equals(name(window, other)), window.start(one).equals(window.start(other)));
        assertFalse(window.start(one).isAfter(one));
        assertTrue(one.isBefore(window.end(one)));
        Instant last = window.end(one).minusNanos(1_000);
        assertEquals(window.start(one), window.start(last));
        if (window != Window.TOTAL) {
            assertEquals(window.end(one), window.start(window.end(one)));
        }
    }
}
