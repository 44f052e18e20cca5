package com.busdk.client.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class DateHeaderTest {
    private final AtomicReference<Instant> time = new AtomicReference<>(Instant.parse("1994-11-06T08:49:37.999Z"));
    private final DateHeader header = new DateHeader(time::get);

    /** The example of RFC 9110, section 5.6.7, whose day has a leading zero. */
    @Test
    void shouldWriteTheTimeAsTheStandardDoes() {
        assertEquals("Sun, 06 Nov 1994 08:49:37 GMT", header.now().toString());
    }

    @Test
    void shouldMakeATextOnceASecond() {
        time.set(Instant.parse("2026-01-02T03:04:05.000Z"));
        CharSequence first = header.now();
        time.set(Instant.parse("2026-01-02T03:04:05.999Z"));
        assertSame(first, header.now());
        time.set(Instant.parse("2026-01-02T03:04:06.000Z"));
        assertEquals("Fri, 02 Jan 2026 03:04:06 GMT", header.now().toString());
    }
}
