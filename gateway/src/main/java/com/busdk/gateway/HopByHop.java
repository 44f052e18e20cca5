package com.busdk.gateway;

import io.vertx.core.MultiMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Headers that belong to one connection and not to the message (RFC 9110, section 7.6.1): a proxy does not pass them on.
 * Stateless.
 */
final class HopByHop {
    /** {@code http2-settings} belongs to an upgrade of this connection; {@code expect} was answered here. */
    private static final Set<String> NAMES = Set.of(
            "connection",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "http2-settings",
            "expect");

    private HopByHop() {}

    /** Copies all headers but those, and those that {@code others} names. */
    static void copy(MultiMap from, MultiMap to, Set<String> others) {
        Set<String> named = named(from);
        for (Map.Entry<String, String> header : from) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (!name.startsWith(":") && !NAMES.contains(name) && !named.contains(name) && !others.contains(name)) {
                to.add(header.getKey(), header.getValue());
            }
        }
    }

    /** Headers that {@code Connection} names. */
    private static Set<String> named(MultiMap headers) {
        List<String> lines = headers.getAll("connection");
        if (lines.isEmpty()) {
            return Set.of();
        }
        Set<String> named = new HashSet<>();
        for (String line : lines) {
            for (String name : line.split(",", -1)) {
                named.add(name.strip().toLowerCase(Locale.ROOT));
            }
        }
        return named;
    }
}
