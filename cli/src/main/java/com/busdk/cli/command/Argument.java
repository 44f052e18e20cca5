package com.busdk.cli.command;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ArgSpec;

/**
 * An option or operand of a command, and after parsing its value.
 *
 * @param <T> type of the value
 */
public final class Argument<T> {
    private final ArgSpec spec;

    Argument(ArgSpec spec) {
        this.spec = spec;
    }

    /** The value, or null when it was not given. */
    public @Nullable T orNull() {
        return spec.<@Nullable T>getValue();
    }

    /** The value, or {@code otherwise} when it was not given. */
    public T or(T otherwise) {
        T value = orNull();
        return value == null ? otherwise : value;
    }

    /** The value of an argument that picocli has made sure of. */
    public T required() {
        T value = orNull();
        if (value == null) {
            throw new IllegalStateException(spec.paramLabel() + " is read before the command line was parsed");
        }
        return value;
    }

    /** Whether it was given. */
    public boolean given() {
        return orNull() != null;
    }
}
