package com.busdk.broker.http.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.busdk.client.http.ApiException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AcceptTest {
    /** A bar stands between the lines of several headers. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '>',
            value = {
                "'' > NDJSON",
                "'|' > NDJSON",
                "*/* > NDJSON",
                "application/* > NDJSON",
                "Application/X-NDJSON > NDJSON",
                "text/html, */*;q=0.1 > NDJSON",
                "text/event-stream > SSE",
                "TEXT/* > SSE",
                "text/event-stream, application/x-ndjson > SSE",
                "application/x-ndjson, text/event-stream > NDJSON",
                "text/html|text/event-stream > SSE",
                "text/event-stream|application/x-ndjson > SSE",
                "text/event-stream;q=0, */* > NDJSON",
                "text/event-stream;q=0|*/* > NDJSON",
                "text/event-stream; Q=0.000, application/x-ndjson;q=0.001 > NDJSON",
                "application/x-ndjson;q=0, */* > SSE",
                "application/*;q=0, */* > SSE",
                "application/*;q=0, application/x-ndjson > NDJSON",
                "*/*;q=0, text/event-stream;q=1 > SSE",
                "text/event-stream;q=0.5;x=0, */* > SSE"
            })
    void shouldTakeTheFirstTypeThatThereIsAndThatIsNotRefused(String lines, String framing) {
        assertEquals(framing, Accept.of(List.of(lines.split("\\|", -1))).name());
    }

    @Test
    void shouldSendLinesToWhomNeverMindsWhat() {
        assertEquals("NDJSON", Accept.of(List.of()).name());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/html",
                "application/x-ndjson;q=0",
                "text/event-stream;q=0.0 , application/x-ndjson ;q=0",
                "*/*;q=0",
                "text/event-stream;q=0, text/*",
                "image/png, text/*;q=0"
            })
    void shouldRefuseWhereNothingIsLeft(String accept) {
        ApiException refused = assertThrows(ApiException.class, () -> Accept.of(List.of(accept)));
        assertEquals(406, refused.status());
    }
}
