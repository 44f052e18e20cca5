package com.busdk.gateway.http;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;

/** The path of a request, as it was sent. Stateless, any thread. */
public final class Paths {
    private Paths() {}

    /**
     * The path and query, also of a request that carries its whole URL (RFC 9112, section 3.2.2).
     *
     * @param request the request
     * @return begins with {@code /}
     * @throws ApiException {@code bad_request} if there is no path
     */
    public static String target(HttpServerRequest request) {
        String uri = request.uri();
        if (uri != null && uri.startsWith("/")) {
            return uri;
        }
        int scheme = uri == null ? -1 : uri.indexOf("://");
        int path = scheme < 0 ? -1 : uri.indexOf('/', scheme + 3);
        if (uri == null || path < 0) {
            throw ApiException.of(ErrorType.BAD_REQUEST, "the request names no path: start it with a /");
        }
        return uri.substring(path);
    }

    /**
     * The path of a target.
     *
     * @param target as {@link #target} gives it
     * @return without query and fragment
     */
    public static String path(String target) {
        int end = 0;
        while (end < target.length() && target.charAt(end) != '?' && target.charAt(end) != '#') {
            end++;
        }
        return target.substring(0, end);
    }

    /**
     * Refuses a path that another server might read as a different one: with parts that go up, doubled slashes, or
     * separators in disguise. What is allowed by its prefix must not end up elsewhere behind a proxy.
     *
     * @param path the path
     * @throws ApiException {@code bad_request} if it is ambiguous
     */
    public static void refuseAmbiguous(String path) {
        String lower = path.toLowerCase(Locale.ROOT);
        boolean disguised = lower.contains("%2e")
                || lower.contains("%2f")
                || lower.contains("%5c")
                || lower.contains("%00")
                || path.indexOf('\\') >= 0;
        boolean up = lower.contains("//")
                || lower.contains("/./")
                || lower.contains("/../")
                || lower.endsWith("/.")
                || lower.endsWith("/..");
        if (disguised || up) {
            throw ApiException.of(
                    ErrorType.BAD_REQUEST,
                    "the path has parts such as .., // or encoded separators: write it in its plain form");
        }
    }
}
