package com.busdk.cli.launcher;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When the launcher builds a checkout before it starts, and that it does so once. */
@Timeout(120)
class BuildWhenStaleIT {
    private Sandbox sandbox;

    @BeforeEach
    void layOut(@TempDir Path folder) throws IOException {
        sandbox = new Sandbox(folder.toRealPath());
        sandbox.jdk("jdks/good", "25.0.3");
    }

    @Test
    void shouldBuildWhenThereIsNoBuild() throws Exception {
        var outcome = sandbox.start("--version");

        assertEquals(0, outcome.code(), outcome.err());
        assertEquals(1, sandbox.builds());
        assertTrue(outcome.err().startsWith("bus: building " + sandbox.checkout), outcome.err());
        assertFalse(Files.exists(sandbox.checkout.resolve("cli/target/build.lock")));
    }

    @Test
    void shouldSayNothingAndBuildNothingWhenTheBuildIsNew() throws Exception {
        sandbox.start("--version");
        sandbox.age();

        var outcome = sandbox.start("--version");

        assertEquals("", outcome.err());
        assertEquals(1, sandbox.builds());
    }

    @ParameterizedTest
    @ValueSource(strings = {"pom.xml", "cli/pom.xml", "cli/src/main/java/Main.java", "scripts/bus", "conf"})
    void shouldBuildAgainWhenASourceIsNewer(String source) throws Exception {
        sandbox.start("--version");
        sandbox.age();

        Files.setLastModifiedTime(sandbox.checkout.resolve(source), FileTime.from(Instant.now()));
        sandbox.start("--version");

        assertEquals(2, sandbox.builds());
    }

    @Test
    void shouldBuildAgainWhenASourceIsGone() throws Exception {
        sandbox.start("--version");
        sandbox.age();

        Files.delete(sandbox.checkout.resolve("cli/src/main/java/Main.java"));
        sandbox.start("--version");

        assertEquals(2, sandbox.builds());
    }

    @Test
    void shouldTakeTheBuildThatThereIsWhenToldNeverToBuild() throws Exception {
        sandbox.start("--version");
        sandbox.age();
        Files.setLastModifiedTime(sandbox.checkout.resolve("pom.xml"), FileTime.from(Instant.now()));

        var outcome = sandbox.set("BUS_BUILD", "never").start("--version");

        assertEquals(0, outcome.code(), outcome.err());
        assertEquals(1, sandbox.builds());
    }

    @Test
    void shouldSayThatThereIsNothingToStartWhenToldNeverToBuild() throws Exception {
        var outcome = sandbox.set("BUS_BUILD", "never").start("--version");

        assertEquals(1, outcome.code());
        assertTrue(outcome.err().contains("nothing is built in " + sandbox.dist()), outcome.err());
    }

    @Test
    void shouldShowTheEndOfTheLogAndStartNothingWhenTheBuildFails() throws Exception {
        Files.createFile(sandbox.top.resolve("broken"));

        var outcome = sandbox.start("--version");

        assertAll(
                () -> assertEquals(1, outcome.code()),
                () -> assertEquals("", outcome.out()),
                () -> assertTrue(outcome.err().contains("Main.java:1: class expected"), outcome.err()),
                () -> assertTrue(
                        outcome.err().contains("the whole log is " + sandbox.checkout.resolve("cli/target/build.log")),
                        outcome.err()),
                () -> assertFalse(Files.exists(sandbox.checkout.resolve("cli/target/build.lock"))));

        Files.delete(sandbox.top.resolve("broken"));
        assertEquals(0, sandbox.start("--version").code());
    }

    @Test
    void shouldSayWhatToInstallWhenThereIsNoMaven() throws Exception {
        Files.delete(sandbox.top.resolve("tools/mvn"));

        var outcome = sandbox.start("--version");

        assertEquals(1, outcome.code());
        assertTrue(outcome.err().contains("Maven (mvn) is needed"), outcome.err());
    }

    @Test
    void shouldStartWithoutACacheWhenNoneCanBeMade() throws Exception {
        sandbox.start("--version");
        sandbox.age();
        Files.delete(sandbox.dist().resolve("aot/25.0.3/service.aot"));
        Sandbox.script(sandbox.dist().resolve("bin/aot-cache"), "exit 1");

        var outcome = sandbox.start("--version");

        assertEquals(0, outcome.code());
        assertTrue(outcome.err().contains("no start-up cache"), outcome.err());
    }

    @Test
    void shouldBuildOnceForTwoThatStartAtOnce() throws Exception {
        Path hold = Files.createFile(sandbox.top.resolve("hold"));
        Process first = sandbox.begin(sandbox.bus, "first");
        try {
            while (!Files.exists(sandbox.top.resolve("holding"))) {
                Thread.onSpinWait();
            }
            Process second = sandbox.begin(sandbox.bus, "second");
            BufferedReader said = second.errorReader();
            String line = said.readLine();
            Files.delete(hold);

            assertTrue(line.contains("waiting for the build that process " + first.pid()), line);
            assertEquals(0, Sandbox.finish(second).code());
            assertEquals(0, Sandbox.finish(first).code());
            assertEquals(1, sandbox.builds());
        } finally {
            first.destroyForcibly();
        }
    }

    @Test
    void shouldTakeOverFromABuilderThatDied() throws Exception {
        Process gone = new ProcessBuilder("true").start();
        gone.waitFor();
        Path lock = Files.createDirectories(sandbox.checkout.resolve("cli/target/build.lock"));
        Files.writeString(lock.resolve("pid"), gone.pid() + "\n");

        var outcome = sandbox.start("--version");

        assertEquals(0, outcome.code(), outcome.err());
        assertEquals(1, sandbox.builds());
    }
}
