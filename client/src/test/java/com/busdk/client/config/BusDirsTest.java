package com.busdk.client.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BusDirsTest {
    @Test
    void shouldUseTheHomeDirectoryWhenNothingElseIsSet() {
        BusDirs dirs = BusDirs.of(Map.of("HOME", "/home/u"));
        assertEquals(Path.of("/home/u/.config/bus"), dirs.config());
        assertEquals(Path.of("/home/u/.local/state/bus"), dirs.state());
        assertEquals(Path.of("/home/u/.config/bus/auth/api-token"), dirs.apiTokenFile());
        assertEquals(Path.of("/home/u/.local/state/bus/events"), dirs.eventsData());
    }

    @Test
    void shouldPreferXdgAndThenItsOwnVariable() {
        Map<String, String> xdg =
                Map.of("HOME", "/home/u", "XDG_CONFIG_HOME", "/x/config", "XDG_STATE_HOME", "/x/state");
        assertEquals(new BusDirs(Path.of("/x/config/bus"), Path.of("/x/state/bus")), BusDirs.of(xdg));
        assertEquals(
                Path.of("/own"),
                BusDirs.of(Map.of("HOME", "/home/u", "XDG_CONFIG_HOME", "/x/config", "BUS_CONFIG_DIR", "/own"))
                        .config());
    }

    @Test
    void shouldIgnoreRelativeXdgPathsAsTheirSpecificationSays() {
        assertEquals(
                Path.of("/home/u/.config/bus"),
                BusDirs.of(Map.of("HOME", "/home/u", "XDG_CONFIG_HOME", "relative"))
                        .config());
    }
}
