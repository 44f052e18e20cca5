package com.busdk.cli.command;

import com.busdk.cli.term.Output;
import com.busdk.cli.term.Style;
import com.busdk.client.text.Echo;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * What a command runs in: the environment with {@code -C} and {@code -o} applied, and its common options.
 *
 * @param environment the process around it
 * @param common the common options
 */
public record Invocation(Environment environment, Common common) {

    /** Where the result goes. */
    public Output out() {
        return environment.out();
    }

    /** Standard error, for what has no level. */
    public PrintStream err() {
        return environment.err();
    }

    /** Standard input. */
    public InputStream in() {
        return environment.in();
    }

    /** A path as the user typed it, relative to {@code -C}. */
    public Path resolve(String path) {
        return environment.resolve(path);
    }

    /** Says something that helps, unless {@code -q} was given. */
    public void note(String text) {
        if (!common.quiet()) {
            environment.err().println(Echo.clean(text, MAX_NOTE));
        }
    }

    /** Says something that only {@code -v} asks for. */
    public void detail(String text) {
        if (common.verbosity() > 0) {
            environment.err().println(Echo.clean(text, MAX_NOTE));
        }
    }

    /** The colours of the result. */
    public Style style() {
        return new Style(colour(environment.terminals().out()));
    }

    /** Longest note, in characters: some hold an answer of the service. */
    private static final int MAX_NOTE = 2_000;

    private boolean colour(boolean terminal) {
        return switch (common.color()) {
            case ALWAYS -> true;
            case NEVER -> false;
            case AUTO ->
                terminal && environment.variable("NO_COLOR") == null && !"dumb".equals(environment.variable("TERM"));
        };
    }
}
