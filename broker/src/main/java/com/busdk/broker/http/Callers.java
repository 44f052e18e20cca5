package com.busdk.broker.http;

import com.busdk.client.identity.Identity;
import java.util.IdentityHashMap;

/** The callers that one event loop has seen lately. Thread: that loop. */
final class Callers {
    /** As many as there are remembered tokens; at that number it starts anew. */
    private static final int MAX = 10_000;

    private final IdentityHashMap<Identity, Caller> known = new IdentityHashMap<>();
    private final RateLimiter rate;

    Callers(RateLimiter rate) {
        this.rate = rate;
    }

    /** The caller of a verified token, whose identity is the same object each time as long as it is remembered. */
    Caller of(Identity identity) {
        Caller caller = known.get(identity);
        return caller != null ? caller : add(identity);
    }

    private Caller add(Identity identity) {
        if (known.size() >= MAX) {
            known.clear();
        }
        Caller caller = new Caller(identity, rate.bucket(identity.subject()));
        known.put(identity, caller);
        return caller;
    }
}
