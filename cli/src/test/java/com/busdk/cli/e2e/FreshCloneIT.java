package com.busdk.cli.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The first minutes of somebody who has just cloned the repository: the real build, which the launcher makes without
 * tests and without anything that a build before it left behind, and the first commands of the README.
 */
@Timeout(900)
class FreshCloneIT {
    @Test
    void shouldBuildAndRunFromACloneInAnEmptyHome(@TempDir Path folder) throws Exception {
        try (FreshClone clone = new FreshClone(folder.toRealPath())) {
            build(clone);
            useAsTheReadmeSays(clone);
        }
    }

    private static void build(FreshClone clone) throws Exception {
        FreshClone.Ended built = clone.bus("--version");

        assertEquals(0, built.code(), () -> built.said() + log(clone));
        assertTrue(built.said().startsWith("bus: building " + clone.checkout()), built.said());
        assertFalse(built.said().contains("no start-up cache"), built.said());

        FreshClone.Ended again = clone.bus("--version");

        assertEquals(0, again.code(), again.said());
        assertFalse(again.said().contains("building"), () -> "it builds what it has just built: " + again.said());
        assertTrue(again.said().startsWith("bus "), again.said());
    }

    private static void useAsTheReadmeSays(FreshClone clone) throws Exception {
        try (Bus bus = new Bus(clone.checkout(), clone.checkout())) {
            clone.environment().forEach((name, value) -> bus.with(name + "=" + value));
            Bus.Running up = bus.up();

            Bus.Ended sent = bus.run("events", "send", "--name", "example.ping", "--payload", "{\"ok\":true}");
            assertEquals(0, sent.code(), sent.err());
            assertTrue(sent.out().startsWith("accepted example.ping as evt_"), sent.out());
            Bus.Ended heard = bus.run("events", "listen", "--name", "example.ping", "--replay", "--no-follow");
            assertEquals(0, heard.code(), heard.err());
            assertTrue(heard.out().contains("\"payload\":{\"ok\":true}"), heard.out());

            up.signal("TERM");
            Bus.Ended down = up.end();
            assertTrue(down.code() == 0 || down.code() == 143, () -> down.code() + "\n" + down.err());
        }
    }

    private static String log(FreshClone clone) {
        try {
            return Files.readString(clone.checkout().resolve("cli/target/build.log"));
        } catch (IOException e) {
            return "no log: " + e.getMessage();
        }
    }
}
