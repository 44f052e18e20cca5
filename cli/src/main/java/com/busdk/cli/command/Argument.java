package com.busdk.cli.command;

import com.busdk.cli.ExitCode;
import com.busdk.client.text.Echo;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What was given for an option or for the operands of a command.
 *
 * @param <T> type of the value
 */
public final class Argument<T> {
    private final String name;
    private final boolean repeatable;
    private final Function<List<String>, T> reader;
    private final List<String> texts = new ArrayList<>();
    private @Nullable T value;

    /**
     * Made by {@link Command} where it is declared.
     *
     * @param name what messages call it
     * @param repeatable whether each occurrence counts
     * @param reader makes the value of all texts that count
     */
    Argument(String name, boolean repeatable, Function<List<String>, T> reader) {
        this.name = name;
        this.repeatable = repeatable;
        this.reader = reader;
    }

    /** Takes what was typed. */
    void add(String text) {
        if (!repeatable) {
            texts.clear();
        }
        texts.add(text);
    }

    /**
     * Reads what was typed.
     *
     * @throws CliException usage, when it cannot be read
     */
    void read() {
        if (texts.isEmpty()) {
            return;
        }
        try {
            value = reader.apply(texts);
        } catch (NumberFormatException e) {
            throw new CliException(
                    ExitCode.USAGE,
                    "bad value for " + name + ": '" + Echo.of(texts.getLast()) + "' is not a whole number",
                    e);
        } catch (IllegalArgumentException e) {
            throw new CliException(ExitCode.USAGE, "bad value for " + name + ": " + e.getMessage(), e);
        }
    }

    /** How often it was given. */
    int count() {
        return texts.size();
    }

    /** The value, or null when it was not given. */
    public @Nullable T orNull() {
        return value;
    }

    /** The value, or {@code otherwise} when it was not given. */
    public T or(T otherwise) {
        T given = value;
        return given == null ? otherwise : given;
    }

    /** The value of an argument without which the command is refused, or that is known to be given. */
    public T required() {
        T given = value;
        if (given == null) {
            throw new IllegalStateException(name + " is read although it was not given");
        }
        return given;
    }

    /** Whether it was given. */
    public boolean given() {
        return value != null;
    }
}
