package com.busdk.client.config;

import com.busdk.client.text.Echo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The value of an option: the flag first, then the environment, then a default. The variable of a flag is the prefix and
 * the flag in capitals with {@code _} for {@code -}: with {@code BUS_EVENTS_} the flag {@code max-event-bytes} has
 * {@code BUS_EVENTS_MAX_EVENT_BYTES}. {@link #alias} gives a flag other variables. A variable that is empty counts as not
 * set; an empty flag is a value.
 *
 * <p>A wrong value is a {@link ConfigException} that names flag and variable and repeats the value, so secrets are not
 * read with this class. Immutable.
 *
 * <pre>{@code
 * Settings settings = new Settings("BUS_EVENTS_", flags, System.getenv());
 * long max = settings.size("max-event-bytes", 1 << 20, 1024, 1 << 30);
 * }</pre>
 */
public final class Settings {
    private final String prefix;
    private final Map<String, String> flags;
    private final Map<String, String> environment;
    private final Map<String, List<String>> aliases;

    /**
     * Settings with a prefix.
     *
     * @param prefix of the variables, such as {@code BUS_EVENTS_}
     * @param flags the flags that were given, without the leading dashes
     * @param environment the environment, {@code System.getenv()} outside of tests
     */
    public Settings(String prefix, Map<String, String> flags, Map<String, String> environment) {
        this(prefix, Map.copyOf(flags), Map.copyOf(environment), Map.of());
    }

    private Settings(
            String prefix,
            Map<String, String> flags,
            Map<String, String> environment,
            Map<String, List<String>> aliases) {
        this.prefix = prefix;
        this.flags = flags;
        this.environment = environment;
        this.aliases = aliases;
    }

    /**
     * The same settings, where a flag has other variables than the prefix gives it.
     *
     * @param flag the flag
     * @param variables at least one; the first that is set counts
     * @return new settings
     */
    public Settings alias(String flag, String... variables) {
        if (variables.length == 0) {
            throw new IllegalArgumentException("no variable for --" + flag);
        }
        Map<String, List<String>> more = new HashMap<>(aliases);
        more.put(flag, List.of(variables));
        return new Settings(prefix, flags, environment, Map.copyOf(more));
    }

    /**
     * The variables from which a flag takes its value when it is not given.
     *
     * @param flag the flag
     * @return names of variables, the first that is set counts
     */
    public List<String> variables(String flag) {
        List<String> own = aliases.get(flag);
        return own != null
                ? own
                : List.of(prefix + flag.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    /**
     * The text of an option.
     *
     * @param flag the flag
     * @return its text, or empty if neither flag nor variable is set
     */
    public Optional<String> find(String flag) {
        String given = flags.get(flag);
        if (given != null) {
            return Optional.of(given);
        }
        for (String variable : variables(flag)) {
            String value = environment.get(variable);
            if (value != null && !value.isBlank()) {
                return Optional.of(value);
            }
        }
        return Optional.empty();
    }

    /**
     * The text of an option, or its default.
     *
     * @param flag the flag
     * @param fallback the default
     * @return the text
     */
    public String text(String flag, String fallback) {
        return find(flag).orElse(fallback);
    }

    /**
     * An option that has to be there.
     *
     * @param flag the flag
     * @param whatFor completes "is needed …", such as {@code to create a runner}
     * @return its text, not blank
     * @throws ConfigException if it is not set
     */
    public String required(String flag, String whatFor) {
        String value = find(flag).orElse("");
        if (value.isBlank()) {
            throw new ConfigException(describe(flag), "is not set, and is needed " + whatFor);
        }
        return value;
    }

    /**
     * A duration in Go's notation.
     *
     * @param flag the flag
     * @param fallback the default
     * @return the duration, not negative
     * @throws ConfigException if it is not a duration or below zero
     */
    public Duration duration(String flag, Duration fallback) {
        return notNegative(flag, read(flag, GoDuration::parse).orElse(fallback));
    }

    /**
     * A duration of which a bare integer means seconds.
     *
     * @param flag the flag
     * @param fallback the default
     * @return the duration, not negative
     * @throws ConfigException if it is not a duration or below zero
     */
    public Duration durationOrSeconds(String flag, Duration fallback) {
        return notNegative(flag, read(flag, GoDuration::parseSecondsOrGo).orElse(fallback));
    }

    /**
     * A size in bytes.
     *
     * @param flag the flag
     * @param fallback the default
     * @param min smallest that is taken
     * @param max largest that is taken
     * @return bytes
     * @throws ConfigException if it is not a size or out of range
     */
    public long size(String flag, long fallback, long min, long max) {
        long bytes = read(flag, ByteSize::parse).orElse(fallback);
        if (bytes < min || bytes > max) {
            throw new ConfigException(
                    describe(flag),
                    ByteSize.format(bytes) + " is out of range: write " + ByteSize.format(min) + " to "
                            + ByteSize.format(max));
        }
        return bytes;
    }

    /**
     * A whole number.
     *
     * @param flag the flag
     * @param fallback the default
     * @param min smallest that is taken
     * @param max largest that is taken
     * @return the number
     * @throws ConfigException if it is not a whole number or out of range
     */
    public int integer(String flag, int fallback, int min, int max) {
        return (int) longInteger(flag, fallback, min, max);
    }

    /**
     * A whole number of 64 bits.
     *
     * @param flag the flag
     * @param fallback the default
     * @param min smallest that is taken
     * @param max largest that is taken
     * @return the number
     * @throws ConfigException if it is not a whole number or out of range
     */
    public long longInteger(String flag, long fallback, long min, long max) {
        long number = read(flag, Settings::parseLong).orElse(fallback);
        if (number < min || number > max) {
            throw new ConfigException(describe(flag), number + " is out of range: write " + min + " to " + max);
        }
        return number;
    }

    /**
     * A switch: {@code 1 true yes on} or {@code 0 false no off}, in any case; an empty flag means on.
     *
     * @param flag the flag
     * @param fallback the default
     * @return the switch
     * @throws ConfigException if it is none of these words
     */
    public boolean bool(String flag, boolean fallback) {
        Optional<String> text = find(flag);
        if (text.isEmpty()) {
            return fallback;
        }
        return parseBool(text.get())
                .orElseThrow(() -> new ConfigException(
                        describe(flag), Echo.quote(text.get()) + " is neither true nor false: write 1 or 0"));
    }

    /**
     * A switch as the workers read it: what is none of the known words falls back to the default.
     *
     * @param flag the flag
     * @param fallback the default
     * @return the switch
     */
    public boolean lenientBool(String flag, boolean fallback) {
        return find(flag).flatMap(Settings::parseBool).orElse(fallback);
    }

    /**
     * One word of a few: the constants of an enum in lower case with {@code -} for {@code _}.
     *
     * @param <E> the enum
     * @param flag the flag
     * @param type the enum's class
     * @param fallback the default
     * @return the constant
     * @throws ConfigException if it is none of them; the message lists them
     */
    public <E extends Enum<E>> E oneOf(String flag, Class<E> type, E fallback) {
        Optional<String> text = find(flag);
        if (text.isEmpty()) {
            return fallback;
        }
        E[] constants = type.getEnumConstants();
        return Arrays.stream(constants)
                .filter(constant -> word(constant).equals(text.get().strip()))
                .findFirst()
                .orElseThrow(() -> new ConfigException(
                        describe(flag),
                        Echo.quote(text.get()) + " is not known: write "
                                + Arrays.stream(constants).map(Settings::word).collect(Collectors.joining(" or "))));
    }

    /**
     * A list, separated by commas or white space.
     *
     * @param flag the flag
     * @param fallback the default
     * @return its items, without empty ones
     */
    public List<String> list(String flag, List<String> fallback) {
        return find(flag).map(Settings::split).orElse(fallback);
    }

    /**
     * Any other notation.
     *
     * @param <T> what it is
     * @param flag the flag
     * @param parser reads the text; its IllegalArgumentException says what is wrong
     * @return the value, or empty if the option is not set
     * @throws ConfigException if the parser refuses the text
     */
    public <T> Optional<T> read(String flag, Function<String, T> parser) {
        Optional<String> text = find(flag);
        try {
            return text.map(parser);
        } catch (IllegalArgumentException e) {
            String message = e.getMessage();
            throw new ConfigException(describe(flag), message == null ? "is wrong" : message);
        }
    }

    /**
     * An option as a message names it.
     *
     * @param flag the flag
     * @return such as {@code --fsync (BUS_EVENTS_FSYNC)}
     */
    public String describe(String flag) {
        return "--" + flag + " (" + String.join(", ", variables(flag)) + ")";
    }

    private Duration notNegative(String flag, Duration duration) {
        if (duration.isNegative()) {
            throw new ConfigException(describe(flag), GoDuration.format(duration) + " is below zero");
        }
        return duration;
    }

    private static long parseLong(String text) {
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(Echo.quote(text) + " is not a whole number", e);
        }
    }

    private static Optional<Boolean> parseBool(String text) {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "1", "true", "yes", "on", "" -> Optional.of(true);
            case "0", "false", "no", "off" -> Optional.of(false);
            default -> Optional.empty();
        };
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static List<String> split(String text) {
        List<String> items = new ArrayList<>();
        for (String item : text.split("[,\\s]+", -1)) {
            if (!item.isEmpty()) {
                items.add(item);
            }
        }
        return List.copyOf(items);
    }
}
