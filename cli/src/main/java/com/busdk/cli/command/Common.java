package com.busdk.cli.command;

import com.busdk.client.config.GoDuration;
import com.busdk.client.text.Echo;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The common options as given, checked.
 *
 * @param verbosity how often {@code -v} was given
 * @param quiet whether {@code -q} was given
 * @param directory {@code -C}, or null
 * @param output {@code -o}, or null
 * @param chosen {@code -f}, or null
 * @param color when to use colour
 * @param apiUrl {@code --api-url} as typed, or null
 * @param apiUrlOption the name that it was typed by, which may be {@code --events-url}
 * @param tokenFile {@code --token-file} as typed, or null
 * @param timeout {@code --timeout}, above zero, or null
 */
public record Common(
        int verbosity,
        boolean quiet,
        @Nullable String directory,
        @Nullable String output,
        @Nullable Format chosen,
        Color color,
        @Nullable String apiUrl,
        String apiUrlOption,
        @Nullable String tokenFile,
        @Nullable Duration timeout) {

    /** When to use colour. */
    public enum Color {
        /** On a terminal, unless {@code NO_COLOR} is set. */
        AUTO,
        /** Always, also into a pipe. */
        ALWAYS,
        /** Never. */
        NEVER
    }

    /**
     * Reads the common options of a parsed command line.
     *
     * @param parsed the parsed command line
     * @param formats the formats that the command knows
     * @throws CliException usage, when a value is unknown or options contradict each other
     */
    static Common of(Parsed parsed, Set<Format> formats) {
        int verbosity = parsed.verbosity();
        boolean quiet = parsed.has(CommonOption.QUIET);
        if (quiet && verbosity > 0) {
            throw CliException.usage("--quiet and --verbose contradict each other: give one of them");
        }
        return new Common(
                verbosity,
                quiet,
                parsed.value(CommonOption.CHDIR),
                parsed.value(CommonOption.OUTPUT),
                format(parsed.value(CommonOption.FORMAT), formats),
                color(parsed.value(CommonOption.COLOR), parsed.has(CommonOption.NO_COLOR)),
                parsed.value(CommonOption.API_URL),
                parsed.typed(CommonOption.API_URL),
                parsed.value(CommonOption.TOKEN_FILE),
                timeout(parsed.value(CommonOption.TIMEOUT)));
    }

    /** The time allowed: {@code --timeout}, or what the command takes when it was not given. */
    public Duration timeoutOr(Duration otherwise) {
        return timeout == null ? otherwise : timeout;
    }

    /** The form of the result: {@code -f}, else text. */
    public Format format() {
        return chosen == null ? Format.TEXT : chosen;
    }

    /**
     * These options with those of the line that runs a file of commands as defaults; {@code -C} and {@code -o} of that
     * line have had their effect already.
     *
     * @param outer the options of that line
     * @param formats the formats that the command knows
     */
    public Common within(Common outer, Set<Format> formats) {
        Format outerFormat = outer.chosen != null && formats.contains(outer.chosen) ? outer.chosen : null;
        return new Common(
                quiet ? 0 : Math.max(verbosity, outer.verbosity),
                quiet || verbosity == 0 && outer.quiet,
                directory,
                output,
                chosen == null ? outerFormat : chosen,
                color == Color.AUTO ? outer.color : color,
                apiUrl == null ? outer.apiUrl : apiUrl,
                apiUrl == null ? outer.apiUrlOption : apiUrlOption,
                tokenFile == null ? outer.tokenFile : tokenFile,
                timeout == null ? outer.timeout : timeout);
    }

    private static @Nullable Format format(@Nullable String word, Set<Format> formats) {
        if (word == null) {
            return null;
        }
        for (Format format : formats) {
            if (format.word().equals(word)) {
                return format;
            }
        }
        var words = formats.stream().map(Format::word).toList();
        throw CliException.usage("unknown format '" + Echo.of(word) + "' for --format: use one of "
                + String.join(", ", words) + Suggestions.hint(word, words));
    }

    private static Color color(@Nullable String word, boolean noColor) {
        Color color = switch (word) {
            case null -> Color.AUTO;
            case "auto" -> Color.AUTO;
            case "always" -> Color.ALWAYS;
            case "never" -> Color.NEVER;
            default ->
                throw CliException.usage(
                        "unknown value '" + Echo.of(word) + "' for --color: use one of auto, always, never");
        };
        return noColor ? Color.NEVER : color;
    }

    private static @Nullable Duration timeout(@Nullable String text) {
        if (text == null) {
            return null;
        }
        Duration timeout;
        try {
            timeout = GoDuration.parse(text);
        } catch (IllegalArgumentException e) {
            throw CliException.usage("bad value for --timeout: " + e.getMessage());
        }
        if (!timeout.isPositive()) {
            throw CliException.usage("bad value for --timeout: it must be above zero, for example 30s");
        }
        return timeout;
    }
}
