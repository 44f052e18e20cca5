package com.busdk.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every answer says what the service's clock says (RFC 9110, section 6.6.1). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DateTest {
    private static final String TOKEN = "Authorization: Bearer " + TestService.token() + "\r\n";
    private static final String EVENT = "{\"name\":\"example.ping\"}";

    private TestService service;

    @BeforeAll
    void start() throws Exception {
        service = TestService.start();
    }

    @AfterAll
    void stop() throws Exception {
        service.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /healthz",
                "GET /readyz",
                "GET /metrics",
                "GET /api/v1/events/names",
                "GET /api/v1/events/stream?name=example.ping",
                "OPTIONS /api/v1/events",
                "PUT /api/v1/events",
                "GET /nowhere",
                "BREW"
            })
    void shouldSayWhatTimeItIs(String request) throws Exception {
        try (RawConnection raw = new RawConnection(service.port())) {
            raw.send(request + " HTTP/1.1\r\nHost: a\r\n" + TOKEN + "\r\n");
            assertDated(raw.head());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "application/x-ndjson"})
    void shouldSayWhenItTookAnEvent(String type) throws Exception {
        try (RawConnection raw = new RawConnection(service.port())) {
            raw.send("POST /api/v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: " + type + "\r\n" + TOKEN
                    + "Content-Length: " + EVENT.length() + "\r\n\r\n" + EVENT);
            String head = raw.head();
            assertTrue(head.startsWith("HTTP/1.1 202 "), head);
            assertDated(head);
        }
    }

    /** The server itself knows nothing of this answer. */
    @ParameterizedTest
    @ValueSource(strings = "zz\r\n")
    void shouldSayWhenABodyWasNonsense(String chunk) throws Exception {
        try (RawConnection raw = new RawConnection(service.port())) {
            raw.send("POST /api/v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + TOKEN
                    + "Transfer-Encoding: chunked\r\n\r\n" + chunk);
            assertDated(raw.head());
        }
    }

    private static void assertDated(String head) {
        List<String> dates = head.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("date:"))
                .toList();
        assertEquals(1, dates.size(), head);
        Instant told = ZonedDateTime.parse(
                        dates.getFirst().substring("date:".length()).strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                .toInstant();
        // Far off, as a text that is never made anew would be after a while; the machine may be slow.
        assertTrue(Duration.between(told, Instant.now()).abs().compareTo(Duration.ofMinutes(5)) < 0, head);
    }
}
