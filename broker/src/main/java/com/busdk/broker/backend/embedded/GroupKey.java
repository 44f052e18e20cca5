package com.busdk.broker.backend.embedded;

import org.jspecify.annotations.Nullable;

/**
 * What makes a group: its name, the identity whose events it sees (null for all), and the event name.
 */
public record GroupKey(String group, @Nullable String owner, String name) {
    /** The part that decides on which loop it lives: a consumer of several names has one window over all of them. */
    public HomeKey home() {
        return new HomeKey(group, owner);
    }

    /** A group name in an owner view. */
    public record HomeKey(String group, @Nullable String owner) {}
}
