package com.busdk.cli.command;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The options that every command has, and that may stand at any place of the command line. */
public enum CommonOption {
    HELP(null, "show help and stop", "-h", "--help"),
    VERSION(null, "show the version and stop", "-V", "--version"),
    VERBOSE(null, "say more on standard error; repeat it for more", "-v", "--verbose"),
    QUIET(null, "say nothing on standard error but errors", "-q", "--quiet"),
    CHDIR("DIR", "take relative paths as relative to DIR", "-C", "--chdir"),
    OUTPUT("FILE", "write the result to FILE instead of standard output", "-o", "--output"),
    FORMAT("FORMAT", "form of the result: text, json or tsv", "-f", "--format"),
    COLOR("WHEN", "colour: auto, always or never", "--color"),
    NO_COLOR(null, "no colour; so does the environment variable NO_COLOR", "--no-color"),
    API_URL("URL", "address of the service, its root or its collection URL", "--api-url", "--events-url"),
    TOKEN_FILE("PATH", "read the bearer token from PATH", "--token-file"),
    TIMEOUT("DURATION", "longest time to wait, for example 30s or 1m30s", "--timeout");

    private final @Nullable String label;
    private final String description;
    private final String names;

    CommonOption(@Nullable String label, String description, String... names) {
        this.label = label;
        this.description = description;
        this.names = String.join(" ", names);
    }

    /** Short and long names with their dashes, the short one first. */
    public List<String> names() {
        return List.of(names.split(" ", -1));
    }

    /** The long name, by which the parse result is asked. */
    public String longName() {
        return names().stream()
                .filter(name -> name.startsWith("--"))
                .findFirst()
                .orElseThrow();
    }

    /** What stands for its value in the help, or null when it takes none. */
    public @Nullable String label() {
        return label;
    }

    /** One line for the help. */
    public String description() {
        return description;
    }

    /** Whether it takes a value. */
    public boolean takesValue() {
        return label != null;
    }

    /** The common option of that name, or null. */
    public static @Nullable CommonOption named(String name) {
        for (CommonOption option : values()) {
            if (option.names().contains(name)) {
                return option;
            }
        }
        return null;
    }

    /** All names of all common options. */
    public static List<String> allNames() {
        return List.of(values()).stream()
                .flatMap(option -> option.names().stream())
                .toList();
    }

    /** Adds all common options to a command. */
    static void addTo(CommandSpec spec) {
        for (CommonOption option : values()) {
            OptionSpec.Builder builder = OptionSpec.builder(option.names().toArray(String[]::new))
                    .description(option.description)
                    .usageHelp(option == HELP)
                    .versionHelp(option == VERSION);
            if (option.label != null) {
                builder.paramLabel(option.label).arity("1").type(String.class);
            } else if (option == VERBOSE) {
                builder.arity("0").type(boolean[].class);
            } else {
                builder.arity("0").type(boolean.class);
            }
            spec.addOption(builder.build());
        }
    }
}
