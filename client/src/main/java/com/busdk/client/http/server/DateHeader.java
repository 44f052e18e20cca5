package com.busdk.client.http.server;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The header {@code Date} of a server's answers, which a server that has a clock sends with each (RFC 9110, section
 * 6.6.1): a client finds out with it that its clock is another. The text is made when it is asked for, and once a second
 * at most, so that a busy server copies nothing and an idle one has no timer.
 *
 * <p>Thread: one for each event loop, used on it alone.
 */
public final class DateHeader {
    private static final long MILLIS_PER_SECOND = 1_000;

    /** {@code IMF-fixdate} of RFC 9110, section 5.6.7; the JDK's own RFC 1123 writes days below ten with one digit. */
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private final InstantSource clock;
    private long second = Long.MIN_VALUE;
    private CharSequence text = "";

    /**
     * A header without a text as yet.
     *
     * @param clock whose time is told
     */
    public DateHeader(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * Puts it into the head of an answer, in place of one that is there.
     *
     * @param response whose head is not written yet
     */
    public void put(HttpServerResponse response) {
        response.putHeader(HttpHeaders.DATE, now());
    }

    /**
     * The header's value now.
     *
     * @return such as {@code Sun, 06 Nov 1994 08:49:37 GMT}; the same object for all of a second
     */
    public CharSequence now() {
        long now = Math.floorDiv(clock.millis(), MILLIS_PER_SECOND);
        if (now != second) {
            second = now;
            text = HttpHeaders.createOptimized(FORMAT.format(Instant.ofEpochSecond(now)));
        }
        return text;
    }
}
