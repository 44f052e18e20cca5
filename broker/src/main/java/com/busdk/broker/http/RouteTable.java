package com.busdk.broker.http;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All routes of the service, found by the path as it was sent: nothing is decoded. Read by one event loop. */
final class RouteTable {
    static final String EVENTS = "/api/v1/events";
    static final String STREAM = EVENTS + "/stream";
    static final String EVENT = EVENTS + "/{id}";

    private static final String EVENT_PREFIX = EVENTS + "/";

    private final Map<String, Route> routes = new LinkedHashMap<>();

    Route at(String path) {
        return routes.computeIfAbsent(path, Route::new);
    }

    /** The route of a path, or null. */
    @Nullable
    Route find(String path) {
        Route exact = routes.get(path);
        if (exact != null) {
            return exact;
        }
        if (path.equals(EVENT_PREFIX)) {
            return routes.get(EVENTS); // the collection with a trailing slash, as many write it
        }
        boolean oneWordMore = path.startsWith(EVENT_PREFIX)
                && path.length() > EVENT_PREFIX.length()
                && path.indexOf('/', EVENT_PREFIX.length()) < 0
                && path.indexOf('{') < 0;
        return oneWordMore ? routes.get(EVENT) : null;
    }

    /** The last word of the path of one event. */
    static String eventId(String path) {
        return path.substring(EVENT_PREFIX.length());
    }

    Collection<Route> all() {
        return routes.values();
    }
}
