package com.busdk.workers.upcloud.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CloudErrorsTest {
    private static CloudException read(int status, String body) {
        return CloudErrors.read("GET /server", status, body.getBytes(StandardCharsets.UTF_8), null);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"error\":{\"error_code\":\"SERVER_INVALID\",\"error_message\":\"m\"}}|SERVER_INVALID",
                "{\"error\":{\"code\":\"SERVER_NOT_FOUND\",\"message\":\"m\"}}|SERVER_NOT_FOUND",
                "{\"type\":\"https://x/errors#ERROR_RESOURCE_NOT_FOUND\",\"title\":\"t\",\"status\":404}|RESOURCE_NOT_FOUND"
            })
    void shouldReadTheCodeOfEachShape(String body, String code) {
        assertEquals(code, read(404, body).code());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<html><head><title>503</title></head></html>",
                "",
                "null",
                "[]",
                "\"text\"",
                "{\"error\":\"text\"}",
                "{\"error\":{\"error_code\":{}}}",
                "{\"error\":{\"error_code\":\"two words\"}}",
                "{\"type\":\"about:blank\"}",
                "{\"error\":"
            })
    void shouldTakeAnythingElseForAnErrorWithoutACode(String body) {
        CloudException e = read(503, body);
        assertEquals("", e.code());
        assertEquals(503, e.status());
        assertTrue(e.outcomeUnknown());
    }

    @Test
    void shouldNeverRepeatWhatTheCloudWrites() {
        CloudException e = read(
                400, "{\"error\":{\"error_code\":\"HOSTNAME_INVALID\",\"error_message\":\"password is hunter2\"}}");
        assertFalse(String.valueOf(e.getMessage()).contains("hunter2"));
        assertTrue(String.valueOf(e.getMessage()).contains("400 HOSTNAME_INVALID"));
    }

    @Test
    void shouldReadWhatTheCloudsSupportAsksFor() {
        byte[] problem = "{\"type\":\"x\",\"correlation_id\":\"01G-7\"}".getBytes(StandardCharsets.UTF_8);
        assertEquals("01G-7", CloudErrors.correlationId(null, problem));
        assertEquals("cid-3", CloudErrors.correlationId("cid-3", problem));
        for (String none : List.of("", "null", "<html>", "{\"correlation_id\":{}}")) {
            assertEquals("", CloudErrors.correlationId(null, none.getBytes(StandardCharsets.UTF_8)));
        }
        assertFalse(CloudErrors.correlationId("a\nb", problem).contains("\n"), "it is one line of a log");
    }

    @Test
    void shouldTellConflictsApartByTheirCode() {
        assertTrue(read(409, "{\"error\":{\"error_code\":\"SERVER_STATE_ILLEGAL\"}}")
                .stateConflict());
        assertTrue(read(409, "{\"error\":{\"error_code\":\"STORAGE_STATE_ILLEGAL\"}}")
                .stateConflict());
        CloudException full = read(409, "{\"error\":{\"error_code\":\"SERVER_RESOURCES_UNAVAILABLE\"}}");
        assertFalse(full.stateConflict());
        assertFalse(full.mayPass());
        assertTrue(String.valueOf(full.getMessage()).contains("--container-zone"));
    }

    @Test
    void shouldReadRetryAfterAsSecondsAndAsDate() {
        assertEquals(Duration.ofSeconds(3), CloudErrors.retryAfter("3"));
        assertEquals(Duration.ZERO, CloudErrors.retryAfter("-3"));
        assertNull(CloudErrors.retryAfter("soon"));
        assertNull(CloudErrors.retryAfter(null));
        String later = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                ZonedDateTime.now(ZoneOffset.UTC).plusHours(1));
        Duration left = Objects.requireNonNull(CloudErrors.retryAfter(later));
        assertTrue(left.compareTo(Duration.ofMinutes(50)) > 0, left.toString());
        assertEquals(Duration.ZERO, CloudErrors.retryAfter("Wed, 21 Oct 2015 07:28:00 GMT"));
    }
}
