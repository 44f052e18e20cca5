package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.ListenRequest;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Who would see an event of a name: listeners that follow, and groups. Counted by name (or pattern) and owner view;
 * bounded by the streams and groups there are. Any thread.
 */
final class Responders {
    private record Key(String name, @Nullable String owner) {}

    private final Map<Key, Integer> exact = new ConcurrentHashMap<>();
    private final Map<Key, Integer> patterns = new ConcurrentHashMap<>();

    void add(ListenRequest request) {
        count(request, 1);
    }

    void remove(ListenRequest request) {
        count(request, -1);
    }

    void add(GroupKey group) {
        change(exact, new Key(group.name(), group.owner()), 1);
    }

    void remove(GroupKey group) {
        change(exact, new Key(group.name(), group.owner()), -1);
    }

    /** Whether somebody would see an event of that name and owner. */
    boolean any(String name, @Nullable String owner) {
        if (exact.containsKey(new Key(name, null)) || owner != null && exact.containsKey(new Key(name, owner))) {
            return true;
        }
        for (Key key : patterns.keySet()) {
            if ((key.owner() == null || key.owner().equals(owner)) && NamePattern.matches(key.name(), name)) {
                return true;
            }
        }
        return false;
    }

    private void count(ListenRequest request, int by) {
        // A stream that waits for one correlated answer serves nobody else.
        if (request.follow() && request.correlationId() == null) {
            for (String name : request.names()) {
                change(request.wildcards() ? patterns : exact, new Key(name, request.ownerView()), by);
            }
        }
    }

    private static void change(Map<Key, Integer> counts, Key key, int by) {
        counts.merge(key, by, (before, more) -> before + more == 0 ? null : Integer.valueOf(before + more));
    }
}
