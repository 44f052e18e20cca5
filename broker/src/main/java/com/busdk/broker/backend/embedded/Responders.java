package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.ListenRequest;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Who would see an event of a name: listeners that follow, and groups. Counted by name (or pattern) and owner view;
 * bounded by the streams and groups there are. Any thread.
 */
public final class Responders {
    private record Key(String name, @Nullable String owner) {}

    private final Map<Key, Integer> exact = new ConcurrentHashMap<>();
    private final Map<Key, Integer> patterns = new ConcurrentHashMap<>();

    private final @Nullable HubStore told;

    /** One that tells nobody. */
    public Responders() {
        this(null);
    }

    /** @param told is told of listeners, or null */
    Responders(@Nullable HubStore told) {
        this.told = told;
    }

    void add(ListenRequest request) {
        count(request, 1);
    }

    void remove(ListenRequest request) {
        count(request, -1);
    }

    /** A group is there. */
    public void add(GroupKey group) {
        change(exact, new Key(group.name(), group.owner()), 1);
    }

    /** It is not any more. */
    public void remove(GroupKey group) {
        change(exact, new Key(group.name(), group.owner()), -1);
    }

    /** Whether somebody would see an event of that name and owner. */
    public boolean any(String name, @Nullable String owner) {
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
                tell(name, request.ownerView(), by);
            }
        }
    }

    private void tell(String name, @Nullable String ownerView, int by) {
        if (told != null && by > 0) {
            told.listenerCame(name, ownerView);
        } else if (told != null) {
            told.listenerWent(name, ownerView);
        }
    }

    private static void change(Map<Key, Integer> counts, Key key, int by) {
        counts.merge(key, by, (before, more) -> before + more == 0 ? null : Integer.valueOf(before + more));
    }
}
