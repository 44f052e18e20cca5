package com.busdk.client.config;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where Bus keeps its files, after the XDG base directory specification (which has relative paths in its variables
 * ignored).
 *
 * @param config the config root: {@code BUS_CONFIG_DIR}, else {@code $XDG_CONFIG_HOME/bus}, else {@code ~/.config/bus}
 * @param state the state directory: {@code $XDG_STATE_HOME/bus}, else {@code ~/.local/state/bus}
 */
public record BusDirs(Path config, Path state) {
    /**
     * The directories of this user.
     *
     * @param environment the environment, {@code System.getenv()} outside of tests
     * @return the directories, which need not exist
     */
    public static BusDirs of(Map<String, String> environment) {
        String homeVariable = set(environment, "HOME");
        Path home = Path.of(homeVariable != null ? homeVariable : System.getProperty("user.home", "."));
        String own = set(environment, "BUS_CONFIG_DIR");
        Path config = own != null
                ? Path.of(own)
                : xdg(environment, "XDG_CONFIG_HOME", home.resolve(".config")).resolve("bus");
        Path state = xdg(environment, "XDG_STATE_HOME", home.resolve(".local").resolve("state"))
                .resolve("bus");
        return new BusDirs(config, state);
    }

    /**
     * The API token's file.
     *
     * @return {@code auth/api-token} under the config root
     */
    public Path apiTokenFile() {
        return config.resolve("auth").resolve("api-token");
    }

    /**
     * The file of the auth service's session token.
     *
     * @return {@code auth/token} under the config root
     */
    public Path authTokenFile() {
        return config.resolve("auth").resolve("token");
    }

    /**
     * The file of the token with which an operator speaks to the auth service.
     *
     * @return {@code auth/operator-token} under the config root
     */
    public Path operatorTokenFile() {
        return config.resolve("auth").resolve("operator-token");
    }

    /**
     * The events service's default data directory.
     *
     * @return {@code events} under the state directory
     */
    public Path eventsData() {
        return state.resolve("events");
    }

    private static Path xdg(Map<String, String> environment, String variable, Path fallback) {
        String value = set(environment, variable);
        if (value == null) {
            return fallback;
        }
        Path path = Path.of(value);
        return path.isAbsolute() ? path : fallback;
    }

    private static @Nullable String set(Map<String, String> environment, String variable) {
        String value = environment.get(variable);
        return value == null || value.isBlank() ? null : value;
    }
}
