package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.log.LogUnavailableException;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;

/** What the hub says to a client when something cannot be done. Any thread. */
final class Failures {
    /** Seconds after which a publish may be tried again: a full disk or a full queue changes about so fast. */
    private static final int RETRY_AFTER_SECONDS = 1;

    private Failures() {}

    static ApiException unavailable(LogUnavailableException cause) {
        return unavailable(cause.getMessage() == null ? "the log takes no events now" : cause.getMessage());
    }

    static ApiException unavailable(String why) {
        return ApiException.of(ErrorType.UNAVAILABLE, why).withRetryAfter(RETRY_AFTER_SECONDS);
    }

    static ApiException badRequest(String what) {
        return ApiException.of(ErrorType.BAD_REQUEST, what);
    }

    /** A listener that comes back with an id has to begin anew: its code says so to programs. */
    static ApiException unknownPosition(String what) {
        return badRequest(what).withCode(ApiException.UNKNOWN_POSITION);
    }

    static ApiException notFound(String what) {
        return ApiException.of(ErrorType.NOT_FOUND, what);
    }

    static ApiException noSuchGroup() {
        return notFound("there is no group of that name for this identity; it is made by its first listener, and"
                + " GET /api/v1/events/groups lists those that there are");
    }
}
