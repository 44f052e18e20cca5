package com.busdk.broker.http;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The type of a request's body. Any thread. */
public enum MediaType {
    /** {@code application/json}. */
    JSON,
    /** {@code application/x-ndjson}. */
    NDJSON;

    /**
     * The type of a body: JSON or NDJSON, in UTF-8, not compressed.
     *
     * @throws ApiException 415 for any other
     */
    public static MediaType of(HttpServerRequest request) {
        String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.strip().equalsIgnoreCase("identity")) {
            throw unsupported("a body is sent as it is: leave out Content-Encoding " + Echo.quote(encoding));
        }
        List<String> types = request.headers().getAll(HttpHeaders.CONTENT_TYPE);
        if (types.size() > 1) {
            throw unsupported("the body has more than one Content-Type: say which it is, once");
        }
        String type = types.isEmpty() ? null : types.getFirst();
        if (type == null) {
            throw unsupported("the body has no Content-Type: say application/json or application/x-ndjson");
        }
        return switch (type) {
            case "application/json" -> JSON;
            case "application/x-ndjson" -> NDJSON;
            default -> parse(type);
        };
    }

    private static MediaType parse(String text) {
        String[] parts = text.split(";", -1);
        for (int i = 1; i < parts.length; i++) {
            checkParameter(parts[i]);
        }
        return switch (parts[0].strip().toLowerCase(Locale.ROOT)) {
            case "application/json" -> JSON;
            case "application/x-ndjson" -> NDJSON;
            default ->
                throw unsupported(
                        "the Content-Type is " + Echo.quote(text) + ": send application/json or application/x-ndjson");
        };
    }

    private static void checkParameter(String parameter) {
        String[] pair = parameter.strip().split("=", 2);
        if (pair.length == 2 && pair[0].strip().equalsIgnoreCase("charset")) {
            String charset = unquoted(pair[1].strip());
            if (!charset.equalsIgnoreCase("utf-8") && !charset.equalsIgnoreCase("utf8")) {
                throw unsupported("the charset is " + Echo.quote(charset)
                        + ": send application/json or application/x-ndjson in UTF-8");
            }
        }
    }

    private static String unquoted(String text) {
        boolean quoted = text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"");
        return quoted ? text.substring(1, text.length() - 1) : text;
    }

    private static ApiException unsupported(String message) {
        return ApiException.of(ErrorType.UNSUPPORTED_MEDIA_TYPE, message);
    }

    /** The length that a request announces, or null; 400 if it is no length. */
    static @Nullable Long announcedLength(HttpServerRequest request) {
        String text = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (text == null) {
            return null;
        }
        try {
            return Long.valueOf(text.strip());
        } catch (NumberFormatException e) {
            throw ApiException.of(ErrorType.BAD_REQUEST, "the Content-Length is not a number");
        }
    }
}
