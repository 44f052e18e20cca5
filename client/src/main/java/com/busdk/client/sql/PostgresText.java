package com.busdk.client.sql;

import com.busdk.client.sql.DatabaseLocation.Postgres;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the two notations for a PostgreSQL database (its manual, section 34.1.1, "Connection Strings"). What it refuses it
 * does not repeat, since it may be a password. Stateless.
 */
final class PostgresText {
    /** What may be said besides the place: the rest of libpq's words has no meaning for this driver. */
    private static final Set<String> PARAMETERS =
            Set.of("sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "application_name");

    private static final Set<String> PLACE = Set.of("host", "hostaddr", "port", "dbname", "user", "password");

    /** A word, {@code =}, and a value: bare, or in single quotes with backslashes before quotes and backslashes. */
    private static final Pattern PAIR =
            Pattern.compile("\\s*([a-z_]+)\\s*=\\s*(?:'((?:[^'\\\\]|\\\\.)*)'|((?:[^\\s'\\\\]|\\\\.)*))(?:\\s+|$)");

    private static final Pattern FIRST_WORD = Pattern.compile("\\s*([a-z_]+)\\s*=.*", Pattern.DOTALL);

    /** An IPv6 address in brackets, or a name or an IPv4 address; and a port. */
    private static final Pattern SERVER = Pattern.compile("(?:\\[([^\\[\\]]+)]|([A-Za-z0-9._-]+))(?::([0-9]*))?");

    private PostgresText() {}

    static Postgres url(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw wrong("is not a URL; special characters in a password are written as % and two hex digits");
        }
        // Taken apart by hand: java.net.URI knows no host with an underscore in its name, which containers often have.
        String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
        int at = authority.lastIndexOf('@');
        Matcher server = SERVER.matcher(authority.substring(at + 1));
        if (!server.matches() || uri.getRawFragment() != null) {
            throw wrong("names one host, such as postgres://USER:PASSWORD@HOST:5432/DATABASE");
        }
        String userInfo = authority.substring(0, Math.max(0, at));
        int colon = userInfo.indexOf(':');
        String user = decode(colon < 0 ? userInfo : userInfo.substring(0, colon));
        String password = colon < 0 ? "" : decode(userInfo.substring(colon + 1));
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        String database = decode(path.startsWith("/") ? path.substring(1) : path);
        String port = server.group(3);
        return new Postgres(
                server.group(1) == null ? server.group(2) : server.group(1),
                port(port == null || port.isEmpty() ? null : port),
                database.isEmpty() ? user : database,
                user,
                password,
                parameters(uri.getRawQuery()));
    }

    /** Whether a text begins as such a list does: a word that is known, and {@code =}. */
    static boolean isKeysAndValues(String text) {
        Matcher first = FIRST_WORD.matcher(text);
        return first.matches() && (PLACE.contains(first.group(1)) || PARAMETERS.contains(first.group(1)));
    }

    static Postgres keysAndValues(String text) {
        Map<String, String> values = new HashMap<>();
        Matcher pair = PAIR.matcher(text);
        int at = 0;
        while (at < text.length()) {
            pair.region(at, text.length());
            if (!pair.lookingAt()) {
                throw wrong("is a list of word=value with spaces between them, values with spaces in single quotes");
            }
            String value = pair.group(2) != null ? pair.group(2) : pair.group(3);
            String word = pair.group(1);
            if (!PLACE.contains(word) && !PARAMETERS.contains(word)) {
                throw unknown(word);
            }
            values.put(word, value.replaceAll("\\\\(.)", "$1"));
            at = pair.end();
        }
        String user = values.getOrDefault("user", "");
        Map<String, String> parameters = new HashMap<>(values);
        parameters.keySet().removeAll(PLACE);
        return new Postgres(
                values.getOrDefault("hostaddr", values.getOrDefault("host", "localhost")),
                port(values.get("port")),
                values.getOrDefault("dbname", user),
                user,
                values.getOrDefault("password", ""),
                parameters);
    }

    private static Map<String, String> parameters(@Nullable String query) {
        Map<String, String> parameters = new HashMap<>();
        if (query == null || query.isEmpty()) {
            return parameters;
        }
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            String word = decode(equals < 0 ? pair : pair.substring(0, equals));
            if (equals < 0 || !PARAMETERS.contains(word)) {
                throw unknown(word);
            }
            parameters.put(word, decode(pair.substring(equals + 1)));
        }
        return parameters;
    }

    private static int port(@Nullable String text) {
        try {
            return text == null ? Postgres.DEFAULT_PORT : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw wrong("has a port that is not a number");
        }
    }

    private static String decode(String encoded) {
        try {
            // A plus is a plus here, unlike in a form.
            return URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw wrong("has a % that is not followed by two hex digits");
        }
    }

    private static IllegalArgumentException unknown(String word) {
        // The word itself may be the rest of a password with an & or a space in it.
        return wrong((PLACE.contains(word) ? "names its place before the ?" : "has a parameter that is not known")
                + "; known are "
                + String.join(", ", PARAMETERS.stream().sorted().toList()));
    }

    private static IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException("the PostgreSQL location " + what);
    }
}
