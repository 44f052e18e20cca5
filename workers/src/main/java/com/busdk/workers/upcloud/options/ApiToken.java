package com.busdk.workers.upcloud.options;

import com.busdk.client.config.ConfigException;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The token of the cloud's API. It does not print: it goes into the header of a request and nowhere else. Immutable.
 */
public final class ApiToken {
    /** The variable that holds it; there is no flag, since a command line can be read by every user of a machine. */
    public static final String VARIABLE = "UPCLOUD_TOKEN";

    /** Letters of a header's value: what else is in a token was pasted wrongly, and might split the header. */
    private static final Pattern FORM = Pattern.compile("[\\x21-\\x7e]{1,4096}");

    private final String value;

    private ApiToken(String value) {
        this.value = value;
    }

    /**
     * A token.
     *
     * @param value its text
     * @return the token
     * @throws IllegalArgumentException if it cannot stand in a header; the message does not repeat it
     */
    public static ApiToken of(String value) {
        String token = value.strip();
        if (!FORM.matcher(token).matches()) {
            throw new IllegalArgumentException(
                    "is no token: it has characters that no token has, or is too long; paste it again");
        }
        return new ApiToken(token);
    }

    /**
     * The token of an environment.
     *
     * @param environment {@code System.getenv()} outside of tests
     * @return the token, or empty if the variable is not set
     * @throws ConfigException if it cannot be a token
     */
    public static Optional<ApiToken> fromEnvironment(Map<String, String> environment) {
        String value = environment.getOrDefault(VARIABLE, "");
        if (value.isBlank()) {
            return Optional.empty();
        }
        try {
            return Optional.of(of(value));
        } catch (IllegalArgumentException e) {
            String message = e.getMessage();
            throw new ConfigException(VARIABLE, message == null ? "is no token" : message);
        }
    }

    /**
     * The value of the header {@code Authorization}.
     *
     * @return with the scheme
     */
    public String header() {
        return "Bearer " + value;
    }

    @Override
    public String toString() {
        return "ApiToken";
    }
}
