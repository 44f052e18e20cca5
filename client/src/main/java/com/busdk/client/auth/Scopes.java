package com.busdk.client.auth;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The words of a token's {@code scope} claim, in the order they were written.
 *
 * <p>Example: {@code Scopes.parse("vm:read vm:write").has("vm:read")} is true.
 *
 * @param words the scopes, without repeats
 */
public record Scopes(Set<String> words) {
    /** Audience of the public API. */
    public static final String AUDIENCE_API = "ai.hg.fi/api";

    /** Audience of internal services. */
    public static final String AUDIENCE_INTERNAL = "ai.hg.fi/internal";

    /** Audience of the auth service's own session tokens. */
    public static final String AUDIENCE_AUTH = "ai.hg.fi/auth";

    /** Publish events whose names have no scope of their own. */
    public static final String EVENTS_SEND = "events:send";

    /** Listen to events whose names have no scope of their own. */
    public static final String EVENTS_LISTEN = "events:listen";

    /** The admin verbs of the Events API, and wildcards. */
    public static final String EVENTS_ADMIN = "events:admin";

    /** No scope at all. */
    public static final Scopes NONE = new Scopes(Set.of());

    /** Keeps an unmodifiable copy and refuses words that are blank or have white space in them. */
    public Scopes {
        for (String word : words) {
            if (word.isEmpty() || word.chars().anyMatch(c -> c <= ' ' || c == '"' || c == '\\' || c > '~')) {
                throw new IllegalArgumentException("a scope is one word of printable ASCII, such as vm:read");
            }
        }
        words = Collections.unmodifiableSet(new LinkedHashSet<>(words));
    }

    /**
     * Reads a scope claim.
     *
     * @param text words separated by white space, may be empty
     * @return the scopes
     */
    public static Scopes parse(String text) {
        return text.isBlank()
                ? NONE
                : new Scopes(new LinkedHashSet<>(List.of(text.strip().split("\\s+"))));
    }

    /**
     * Tells whether a scope is there.
     *
     * @param word such as {@code vm:read}
     * @return true if it is
     */
    public boolean has(String word) {
        return words.contains(word);
    }

    /**
     * The scopes as a claim.
     *
     * @return the words with a space between them
     */
    @Override
    public String toString() {
        return String.join(" ", words);
    }
}
