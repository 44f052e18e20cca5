package com.busdk.cli.command;

import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The common options that a command line gave. Lives on the thread that parses it. */
final class Parsed {
    private final Map<CommonOption, String> values = new EnumMap<>(CommonOption.class);
    private int verbosity;

    void add(CommonOption option, String value) {
        values.put(option, value);
        verbosity += option == CommonOption.VERBOSE ? 1 : 0;
    }

    boolean has(CommonOption option) {
        return values.containsKey(option);
    }

    @Nullable
    String value(CommonOption option) {
        return values.get(option);
    }

    /** How often {@code -v} was given. */
    int verbosity() {
        return verbosity;
    }
}
