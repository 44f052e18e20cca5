package com.busdk.gateway.http;

import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Ids by which a request is found in logs. Stateless, any thread. */
public final class RequestIds {
    /** Name of the header, in and out. */
    public static final String HEADER = "X-Request-Id";

    /** What may stand in a log line as it is; a UUID fits more than three times. */
    private static final Pattern FIT = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

    private RequestIds() {}

    /** The id that the caller gave, if it is fit for a log, else a new one. */
    static String of(@Nullable String given) {
        return given != null && FIT.matcher(given).matches()
                ? given
                : UUID.randomUUID().toString();
    }
}
