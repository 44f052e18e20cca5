package com.busdk.cli.logging;

import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Invocation;
import com.busdk.client.text.Echo;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Says how this process logs. It has to be called before the first class that logs is loaded, and loads none itself:
 * setting up a logging library takes longer than most commands.
 */
public final class Logs {
    /** Variable that names the least important level that is logged. */
    public static final String LEVEL_VARIABLE = "BUS_LOG_LEVEL";

    /** Variable that names the form of a log line. */
    public static final String FORMAT_VARIABLE = "BUS_LOG_FORMAT";

    /** System property by which the chosen level reaches the library. */
    static final String LEVEL_PROPERTY = "bus.log.level";

    /** System property by which the chosen form reaches the library. */
    static final String FORMAT_PROPERTY = "bus.log.format";

    private static final List<String> LEVELS = List.of("error", "warn", "info", "debug", "trace");
    private static final List<String> FORMATS = List.of("text", "json");

    private Logs() {}

    /** A command that asks a service: no logging at all, unless {@code -v} was given. */
    public static void forClient(Invocation invocation) {
        int verbosity = invocation.common().verbosity();
        if (verbosity == 0) {
            // SLF4J's own provider that logs nothing; WARN keeps SLF4J from announcing it.
            setIfUnset("slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider");
            setIfUnset("slf4j.internal.verbosity", "WARN");
            return;
        }
        set(verbosity == 1 ? "info" : verbosity == 2 ? "debug" : "trace", "text");
    }

    /**
     * A service: as text on a terminal and as JSON elsewhere.
     *
     * @param otherwise the least important level that is logged when neither options nor environment say
     * @throws CliException usage, when a variable is wrong
     */
    public static void forService(Invocation invocation, String otherwise) {
        var environment = invocation.environment();
        int more = invocation.common().verbosity();
        String byOption = invocation.common().quiet()
                ? "error"
                : LEVELS.get(Math.min(LEVELS.indexOf(otherwise) + more, LEVELS.size() - 1));
        String level = oneOf(LEVEL_VARIABLE, environment.variable(LEVEL_VARIABLE), LEVELS, byOption);
        String form = environment.terminals().err() ? "text" : "json";
        set(level, oneOf(FORMAT_VARIABLE, environment.variable(FORMAT_VARIABLE), FORMATS, form));
    }

    private static String oneOf(String variable, @Nullable String value, List<String> words, String otherwise) {
        if (value == null) {
            return otherwise;
        }
        String word = value.toLowerCase(Locale.ROOT);
        if (!words.contains(word)) {
            throw CliException.usage(variable + " is '" + Echo.of(value) + "': use one of " + String.join(", ", words));
        }
        return word;
    }

    private static void set(String level, String form) {
        System.setProperty(LEVEL_PROPERTY, level);
        System.setProperty(FORMAT_PROPERTY, form);
    }

    private static void setIfUnset(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
