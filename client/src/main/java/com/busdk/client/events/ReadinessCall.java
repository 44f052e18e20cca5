package com.busdk.client.events;

import com.busdk.client.config.ServiceUrls;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** Asks a service whether it is ready. Stateless. */
final class ReadinessCall {
    private ReadinessCall() {}

    /** Its answer, whatever that is; fails only if there is none. */
    static Future<Readiness> over(HttpCalls calls) {
        String path = calls.collection().getRawPath();
        String root = path.endsWith(ServiceUrls.EVENTS_PATH)
                ? path.substring(0, path.length() - ServiceUrls.EVENTS_PATH.length())
                : "";
        return calls.open(root + "/readyz", response -> {
            Instant time = time(response);
            return response.statusCode() == 200
                    ? BoundedBody.read(response, HttpCalls.MAX_RECEIPT_BYTES, true)
                            .map(ignored -> new Readiness(true, "", time))
                            .recover(calls::lost)
                    : calls.error(response).map(e -> new Readiness(false, e.message(), time));
        });
    }

    private static @Nullable Instant time(HttpClientResponse response) {
        String date = response.getHeader(HttpHeaders.DATE);
        try {
            return date == null
                    ? null
                    : ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant();
        } catch (DateTimeException e) {
            return null; // a clock that cannot be read cannot be compared either
        }
    }
}
