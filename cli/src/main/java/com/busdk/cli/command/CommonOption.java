package com.busdk.cli.command;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The options that every command has, and that may stand at any place of the command line. */
public enum CommonOption {
    HELP("", "show help and stop", "-h", "--help"),
    VERSION("", "show the version and stop", "-V", "--version"),
    VERBOSE("", "say more on standard error; repeat it for more", "-v", "--verbose"),
    QUIET("", "say nothing on standard error but errors", "-q", "--quiet"),
    CHDIR("DIR", "take relative paths as relative to DIR", "-C", "--chdir"),
    OUTPUT("FILE", "write the result to FILE instead of standard output", "-o", "--output"),
    FORMAT("FORMAT", "form of the result: text, json or tsv", "-f", "--format"),
    COLOR("WHEN", "colour: auto, always or never", "--color"),
    NO_COLOR("", "no colour; so does the environment variable NO_COLOR", "--no-color"),
    API_URL("URL", "address of the service, its root or its collection URL", "--api-url", "--events-url"),
    TOKEN_FILE("PATH", "read the bearer token from PATH", "--token-file"),
    TIMEOUT("DURATION", "longest time to wait, for example 30s or 1m30s", "--timeout");

    private static final List<CommonOption> ALL = List.of(values());

    @SuppressWarnings("ImmutableEnumChecker") // a record of texts and an unmodifiable list
    private final Option option;

    CommonOption(String label, String description, String... names) {
        Option.Value value = label.isEmpty() ? Option.Value.NONE : Option.Value.ONE;
        this.option = new Option(List.of(names), value, label, false, description);
    }

    /** How it is declared. */
    public Option option() {
        return option;
    }

    /** Whether it takes a value. */
    boolean takesValue() {
        return option.value() != Option.Value.NONE;
    }

    /** The common option of that name, or null. */
    static @Nullable CommonOption named(String name) {
        for (CommonOption candidate : ALL) {
            if (candidate.option.names().contains(name)) {
                return candidate;
            }
        }
        return null;
    }

    /** All common options. */
    public static List<CommonOption> all() {
        return ALL;
    }

    /** All names of all common options. */
    static List<String> allNames() {
        return ALL.stream().flatMap(common -> common.option.names().stream()).toList();
    }
}
