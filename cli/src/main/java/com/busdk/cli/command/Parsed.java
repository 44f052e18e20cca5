package com.busdk.cli.command;

import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The common options that a command line gave. Lives on the thread that parses it. */
final class Parsed {
    private final Map<CommonOption, String> values = new EnumMap<>(CommonOption.class);
    private final Map<CommonOption, String> typed = new EnumMap<>(CommonOption.class);
    private int verbosity;

    void add(CommonOption option, String name, String value) {
        values.put(option, value);
        typed.put(option, name);
        verbosity += option == CommonOption.VERBOSE ? 1 : 0;
    }

    boolean has(CommonOption option) {
        return values.containsKey(option);
    }

    @Nullable
    String value(CommonOption option) {
        return values.get(option);
    }

    /** The name by which an option was given; its long one where it was not. */
    String typed(CommonOption option) {
        return typed.getOrDefault(option, option.option().longName());
    }

    /** How often {@code -v} was given. */
    int verbosity() {
        return verbosity;
    }
}
