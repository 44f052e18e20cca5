package com.busdk.client.auth;

import com.busdk.client.config.BusDirs;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where a client takes its token from. It is asked again for every connection, so that a token that was renewed on disk
 * is taken up without a restart.
 *
 * <pre>{@code
 * TokenSource token = TokenSource.resolve(
 *         null, System.getenv(), TokenSource.EVENTS_VARIABLES, BusDirs.of(System.getenv()), System.err::println);
 * }</pre>
 */
@FunctionalInterface
public interface TokenSource {
    /** Variables that hold a token for the Events API. */
    List<String> EVENTS_VARIABLES = List.of("BUS_API_TOKEN");

    /** Variables that hold a token for the VM and container APIs, in this order. */
    List<String> AI_VARIABLES = List.of("BUS_AI_TOKEN", "BUS_API_TOKEN");

    /**
     * The token to use now. May read a small file: the SDK calls this on a worker thread unless {@link #mayBlock} is
     * false.
     *
     * @return the token, without white space
     * @throws TokenException if there is none; the message says what to do
     */
    String token();

    /**
     * Whether {@link #token} may block.
     *
     * @return true unless the token is at hand
     */
    default boolean mayBlock() {
        return true;
    }

    /**
     * A token that stays the same.
     *
     * @param token the token
     * @return its source
     * @throws TokenException if it is empty or has characters that no token has
     */
    static TokenSource fixed(String token) {
        return new FixedToken(TokenFile.check(token, "the token"));
    }

    /**
     * A file that is read again each time.
     *
     * @param file holds the token, on its own or with white space around it
     * @param warn is told once if others than the owner may read the file
     * @return its source
     */
    static TokenSource file(Path file, Consumer<String> warn) {
        return new TokenFile(file, warn);
    }

    /**
     * The token of a command: the file of {@code --token-file}, else the first variable that is set, else
     * {@code auth/api-token} under the config root.
     *
     * @param tokenFile what the user gave, or null
     * @param environment the environment, {@code System.getenv()} outside of tests
     * @param variables names in the order in which they count
     * @param dirs where the config root is
     * @param warn is told if a token's file may be read by others
     * @return the source; it throws only when it is asked
     * @throws TokenException if the variable that is set cannot be a token
     */
    static TokenSource resolve(
            @Nullable Path tokenFile,
            Map<String, String> environment,
            List<String> variables,
            BusDirs dirs,
            Consumer<String> warn) {
        if (tokenFile != null) {
            return new TokenFile(tokenFile, warn);
        }
        for (String variable : variables) {
            String value = environment.get(variable);
            if (value != null && !value.isBlank()) {
                return new FixedToken(TokenFile.check(value, "the token in " + variable));
            }
        }
        return new TokenFile(dirs.apiTokenFile(), warn, variables);
    }
}
