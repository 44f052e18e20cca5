package com.busdk.broker.http.exchange;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a request, read strictly: one that is unknown, given twice where once is meant, or not percent-encoded
 * properly is 400. Any thread, one at a time: it remembers what has been asked for, and {@link #refuseOthers} refuses
 * the rest.
 */
public final class Query {
    /** Parameters looked at; a stream has 256 names and a dozen others at most. */
    private static final int MAX_PARAMETERS = 300;

    /** Digits of ASCII alone: the platform's own parser takes those of all scripts. */
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]+");

    private final Map<String, List<String>> values = new LinkedHashMap<>();
    private final Set<String> asked = new HashSet<>();

    private Query() {}

    /** Reads the part of a URI behind {@code ?}, null for none. */
    public static Query parse(@Nullable String raw) {
        Query query = new Query();
        if (raw == null || raw.isEmpty()) {
            return query;
        }
        int count = 0;
        for (String pair : raw.split("&", -1)) {
            if (pair.isEmpty()) {
                continue;
            }
            if (++count > MAX_PARAMETERS) {
                throw bad("more than " + MAX_PARAMETERS + " parameters");
            }
            int equals = pair.indexOf('=');
            String name = decode(equals < 0 ? pair : pair.substring(0, equals));
            String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
            query.values.computeIfAbsent(name, _ -> new ArrayList<>(1)).add(value);
        }
        return query;
    }

    private static String decode(String text) {
        String decoded;
        try {
            decoded = URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw bad("a parameter is not percent-encoded properly: " + Echo.quote(text));
        }
        if (decoded.indexOf('\uFFFD') >= 0) {
            throw bad("a parameter is not UTF-8: " + Echo.quote(text));
        }
        return decoded;
    }

    /** All values of a parameter that may be repeated. */
    public List<String> all(String name) {
        asked.add(name);
        return values.getOrDefault(name, List.of());
    }

    /** The value, or null; 400 when given twice. */
    public @Nullable String one(String name) {
        List<String> all = all(name);
        if (all.size() > 1) {
            throw bad("the parameter " + name + " is given " + all.size() + " times; give it once");
        }
        return all.isEmpty() ? null : all.getFirst();
    }

    /** Whether the parameter is there. */
    public boolean has(String name) {
        return values.containsKey(name);
    }

    /** The value read by {@code parser}, or the fallback; what the parser throws is 400 with its reason. */
    public <T> T read(String name, T fallback, Function<String, T> parser) {
        T value = readIfGiven(name, parser);
        return value == null ? fallback : value;
    }

    /** The value read by {@code parser}, or null where it is not given; what the parser throws is 400 with its reason. */
    public <T> @Nullable T readIfGiven(String name, Function<String, T> parser) {
        String value = one(name);
        if (value == null) {
            return null;
        }
        try {
            return parser.apply(value);
        } catch (IllegalArgumentException e) {
            throw bad("the parameter " + name + " is " + Echo.quote(value) + ": " + e.getMessage());
        }
    }

    /** {@code true} or {@code false}. */
    public boolean flag(String name, boolean fallback) {
        return read(name, fallback, value -> switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("it is true or false");
        });
    }

    /** A whole number within bounds, both included. */
    public long number(String name, long fallback, long min, long max) {
        return read(name, fallback, value -> {
            long number;
            if (!NUMBER.matcher(value).matches()) {
                throw new IllegalArgumentException("it is a whole number");
            }
            try {
                number = Long.parseLong(value);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("it is a whole number", e);
            }
            if (number < min || number > max) {
                throw new IllegalArgumentException("it is " + min + " to " + max);
            }
            return number;
        });
    }

    /** The parameters that have been asked for, given or not. */
    public Set<String> asked() {
        return Set.copyOf(asked);
    }

    /** 400 for every parameter that was not asked for. */
    public void refuseOthers() {
        for (String name : values.keySet()) {
            if (!asked.contains(name)) {
                throw bad("there is no parameter " + Echo.quote(name) + " here");
            }
        }
    }

    private static ApiException bad(String what) {
        return ApiException.of(ErrorType.BAD_REQUEST, what);
    }
}
