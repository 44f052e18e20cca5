package com.busdk.client.config;

import com.busdk.client.text.Echo;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of the services: from an option, else from the environment, else the local stack. A URL is taken with or
 * without a trailing slash, as the service's root or as its collection; user info, query and fragment are refused, since
 * a token has no place in a URL.
 *
 * <pre>{@code
 * URI events = ServiceUrls.of(System.getenv()).events(null); // http://127.0.0.1:8081/api/v1/events
 * }</pre>
 *
 * @param environment the variables that are read
 */
public record ServiceUrls(Map<String, String> environment) {
    /** Path of the events collection below the service's root. */
    public static final String EVENTS_PATH = "/api/v1/events";

    /** Path of the auth service below its root. */
    public static final String AUTH_PATH = "/api/v1/auth";

    private static final String API_PATH = "/api/v1";
    private static final String LOCAL_EVENTS = "http://127.0.0.1:8081";
    private static final String LOCAL_GATEWAY_PORT = "8080";

    /** Copies the variables. */
    public ServiceUrls {
        environment = Map.copyOf(environment);
    }

    /**
     * Addresses from an environment.
     *
     * @param environment {@code System.getenv()} outside of tests
     * @return the addresses
     */
    public static ServiceUrls of(Map<String, String> environment) {
        return new ServiceUrls(environment);
    }

    /**
     * The events collection: the option {@code --events-url}, else {@code BUS_EVENTS_API_URL}, else port 8081 of this machine.
     *
     * @param option what the user gave, or null
     * @return the collection's URL, without a trailing slash
     * @throws ConfigException if the URL cannot be used
     */
    public URI events(@Nullable String option) {
        return events(option, "--events-url");
    }

    /**
     * The same where the option has another name.
     *
     * @param option what the user gave, or null
     * @param flag the option as it is typed, for what is said about it
     * @return the collection's URL, without a trailing slash
     * @throws ConfigException if the URL cannot be used
     */
    public URI events(@Nullable String option, String flag) {
        Given given = first(option, flag, LOCAL_EVENTS, "BUS_EVENTS_API_URL");
        return collection(given, EVENTS_PATH);
    }

    /**
     * The origin of the VM and container APIs: the option, else {@code BUS_AI_API_URL}, else {@code BUS_API_BASE_URL},
     * else the local gateway.
     *
     * @param option what the user gave, or null
     * @return the root below which {@code /api/v1/vm} is, without a trailing slash
     * @throws ConfigException if the URL cannot be used
     */
    public URI ai(@Nullable String option) {
        Given given = first(option, "--api-url", localGateway(), "BUS_AI_API_URL", "BUS_API_BASE_URL");
        URI uri = check(given);
        String path = path(uri);
        return withPath(uri, path.endsWith(API_PATH) ? path.substring(0, path.length() - API_PATH.length()) : path);
    }

    /**
     * The auth service: the option, else {@code BUS_AUTH_API_URL}, else the local gateway.
     *
     * @param option what the user gave, or null
     * @return the URL below which {@code /token} is, without a trailing slash
     * @throws ConfigException if the URL cannot be used
     */
    public URI auth(@Nullable String option) {
        Given given = first(option, "--api-url", localGateway(), "BUS_AUTH_API_URL");
        return collection(given, AUTH_PATH);
    }

    /**
     * Makes a collection's URL of what a user wrote. A path of its own is kept: behind a proxy that rewrites paths it is
     * the collection.
     *
     * @param url the service's root or the collection
     * @return the collection's URL, without a trailing slash
     * @throws ConfigException if the URL cannot be used
     */
    public static URI eventsCollection(String url) {
        return collection(new Given(url, "events URL"), EVENTS_PATH);
    }

    private static URI collection(Given given, String collectionPath) {
        URI uri = check(given);
        String path = path(uri);
        if (path.isEmpty()) {
            return withPath(uri, collectionPath);
        }
        return withPath(uri, path.endsWith(API_PATH) ? path + collectionPath.substring(API_PATH.length()) : path);
    }

    private static URI check(Given given) {
        URI uri;
        try {
            uri = new URI(given.url().strip());
        } catch (URISyntaxException e) {
            throw new ConfigException(given.source(), "is not a URL: write for example " + LOCAL_EVENTS);
        }
        // User info may be a secret, so nothing of the URL is repeated before it is known to have none.
        if (uri.getRawUserInfo() != null
                || (uri.getRawAuthority() != null && uri.getRawAuthority().contains("@"))) {
            throw new ConfigException(given.source(), "has a user or password in it: give a token file instead");
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        boolean http = scheme.equals("http") || scheme.equals("https");
        if (!http || uri.getHost() == null || uri.getPort() == 0 || uri.getPort() > 65_535) {
            throw new ConfigException(
                    given.source(),
                    Echo.quote(given.url()) + " is not an http or https URL: write for example " + LOCAL_EVENTS);
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new ConfigException(given.source(), "has a query or fragment in it: write the service's root only");
        }
        return uri;
    }

    private static String path(URI uri) {
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        int end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') {
            end--;
        }
        return path.substring(0, end);
    }

    private static URI withPath(URI uri, String path) {
        return URI.create(uri.getScheme().toLowerCase(Locale.ROOT) + "://" + uri.getRawAuthority() + path);
    }

    private String localGateway() {
        String port = environment.get("LOCAL_AI_PLATFORM_PORT");
        return "http://127.0.0.1:" + (port == null || port.isBlank() ? LOCAL_GATEWAY_PORT : port.strip());
    }

    private Given first(@Nullable String option, String flag, String fallback, String... variables) {
        if (option != null) {
            return new Given(option, flag);
        }
        for (String variable : variables) {
            String value = environment.get(variable);
            if (value != null && !value.isBlank()) {
                return new Given(value, variable);
            }
        }
        return new Given(fallback, flag);
    }

    /** A URL and where it comes from. */
    private record Given(String url, String source) {}
}
