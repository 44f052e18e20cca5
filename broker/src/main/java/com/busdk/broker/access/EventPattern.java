package com.busdk.broker.access;

import com.busdk.client.event.EventName;

/**
 * Which event names a rule is about. There are three forms: a name, {@code words.*} for every name <em>below</em> these
 * words at any depth, and {@code *} for every name.
 *
 * <p>{@code bus.vm.*} does not match {@code bus.vm} itself: a rule opens what it says and nothing beside it, and a name
 * that no rule was written for falls through to the last ones, which refuse it if it starts with {@code bus.}.
 *
 * <p>Immutable.
 */
sealed interface EventPattern {

    /** Whether the rule is about this event name. */
    boolean matches(String name);

    /** Whether every name of the other pattern is one of this, so that a later rule for it could never apply. */
    boolean covers(EventPattern other);

    /**
     * Reads a pattern.
     *
     * @throws IllegalArgumentException if it has none of the three forms
     */
    static EventPattern parse(String text) {
        if (text.equals("*")) {
            return new Any();
        }
        if (text.endsWith(".*")) {
            String prefix = text.substring(0, text.length() - 1);
            // Something below these words has to be an event name: that holds if the shortest such thing is one.
            if (EventName.isValid(prefix + "x")) {
                return new Below(prefix);
            }
        } else if (EventName.isValid(text)) {
            return new Exact(text);
        }
        throw new IllegalArgumentException(
                "is not a pattern: write an event name, lower-case words with .* behind them, or * alone");
    }

    /** One name. */
    record Exact(String name) implements EventPattern {
        @Override
        public boolean matches(String other) {
            return name.equals(other);
        }

        @Override
        public boolean covers(EventPattern other) {
            return equals(other);
        }
    }

    /**
     * All names that go on behind some words.
     *
     * @param prefix the words with a dot behind the last
     */
    record Below(String prefix) implements EventPattern {
        @Override
        public boolean matches(String name) {
            return name.length() > prefix.length() && name.startsWith(prefix);
        }

        @Override
        public boolean covers(EventPattern other) {
            return switch (other) {
                case Exact exact -> matches(exact.name);
                case Below below -> below.prefix.startsWith(prefix);
                case Any any -> false;
            };
        }
    }

    /** All names. */
    record Any() implements EventPattern {
        @Override
        public boolean matches(String name) {
            return true;
        }

        @Override
        public boolean covers(EventPattern other) {
            return true;
        }
    }
}
