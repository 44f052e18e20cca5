package com.busdk.client.events;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** A query string in the making. For one thread. */
final class Query {
    private final StringBuilder text = new StringBuilder();

    Query add(String parameter, String value) {
        text.append(text.isEmpty() ? '?' : '&')
                .append(parameter)
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20"));
        return this;
    }

    /** The query with its question mark, or nothing. */
    @Override
    public String toString() {
        return text.toString();
    }
}
