package com.busdk.cli.command;

import java.util.List;

/**
 * An option of a command as it is declared.
 *
 * @param names short and long names with their dashes
 * @param value whether it takes a value
 * @param label what stands for the value in the help; empty for a flag
 * @param required whether the command is refused without it
 * @param description for the help
 */
public record Option(List<String> names, Value value, String label, boolean required, String description) {
    /** Whether an option takes a value. */
    public enum Value {
        /** Never: it is there or not. */
        NONE,
        /** Behind the name, or joined to it by {@code =}. */
        ONE,
        /** It may be left out. */
        OPTIONAL
    }

    /** Keeps a copy. */
    public Option {
        names = List.copyOf(names);
    }

    /** The long name, by which messages call it; the only one where it has no other. */
    public String longName() {
        for (String name : names) {
            if (name.startsWith("--")) {
                return name;
            }
        }
        return names.getFirst();
    }
}
