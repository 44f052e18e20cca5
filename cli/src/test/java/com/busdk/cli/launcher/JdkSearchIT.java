package com.busdk.cli.launcher;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the launcher looks for a Java that is new enough, and what it says where there is none. */
class JdkSearchIT {
    private Sandbox sandbox;

    @BeforeEach
    void layOut(@TempDir Path folder) throws IOException {
        sandbox = new Sandbox(folder.toRealPath());
    }

    @Test
    void shouldTakeTheJavaThatBusJavaNames() throws Exception {
        sandbox.jdk("jdks/newer", "26");
        Path named = sandbox.jdk("elsewhere", "25.0.3");

        assertTaken(named, sandbox.set("BUS_JAVA", named.toString()).start("--version"));
    }

    @Test
    void shouldRefuseABusJavaThatIsTooOld() throws Exception {
        sandbox.jdk("jdks/good", "25");
        Path old = sandbox.jdk("old", "17.0.9");

        var outcome = sandbox.set("BUS_JAVA", old.toString()).start("--version");

        assertEquals(1, outcome.code());
        assertEquals("", outcome.out());
        assertEquals(
                "bus: BUS_JAVA is " + old
                        + " (17.0.9), but Bus needs Java 25 or newer; set it to another, or unset it\n",
                outcome.err());
    }

    @Test
    void shouldRefuseABusJavaThatIsNotThere() throws Exception {
        sandbox.jdk("jdks/good", "25");

        var outcome = sandbox.set("BUS_JAVA", "/nowhere/bin/java").start("--version");

        assertEquals(1, outcome.code());
        assertTrue(outcome.err().contains("BUS_JAVA is /nowhere/bin/java, which is no java"), outcome.err());
    }

    @Test
    void shouldPreferJavaHomeToThePath() throws Exception {
        Path home = sandbox.jdk("home", "25");
        Path other = sandbox.jdk("other", "25");
        Files.createSymbolicLink(sandbox.top.resolve("tools/java"), other);

        assertTaken(
                home,
                sandbox.set("JAVA_HOME", home.getParent().getParent().toString())
                        .start("--version"));
    }

    @Test
    void shouldPassOverWhatIsTooOld() throws Exception {
        Path home = sandbox.jdk("home", "21.0.1");
        Files.createSymbolicLink(sandbox.top.resolve("tools/java"), sandbox.jdk("seventeen", "17.0.15"));
        sandbox.jdk("jdks/a-old", "1.8.0_402");
        Path good = sandbox.jdk("jdks/b-good", "25.0.3");

        assertTaken(
                good,
                sandbox.set("JAVA_HOME", home.getParent().getParent().toString())
                        .start("--version"));
    }

    @Test
    void shouldReadTheVersionBehindALinkOnThePath() throws Exception {
        Path java = sandbox.jdk("packages/jdk", "25.0.1");
        Path first = Files.createSymbolicLink(sandbox.top.resolve("alternative"), java);
        Path onPath = Files.createSymbolicLink(sandbox.top.resolve("tools/java"), first);

        assertTaken(java, sandbox.start("--version"));
        assertTrue(Files.isSymbolicLink(onPath));
    }

    @ParameterizedTest
    @ValueSource(strings = {"25", "25.0.3", "25-ea", "26.0.1", "100"})
    void shouldTakeEveryVersionFromTwentyFiveOn(String version) throws Exception {
        Path java = sandbox.jdk("jdks/one", version);

        assertTaken(java, sandbox.start("--version"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"24.0.2", "9", "1.8.0_402", "unknown", ""})
    void shouldTakeNoOtherVersion(String version) throws Exception {
        sandbox.jdk("jdks/one", version);

        assertEquals(1, sandbox.start("--version").code());
    }

    @Test
    void shouldAskAJavaThatHasNoFileAboutItself() throws Exception {
        Path shim = sandbox.top.resolve("tools/java");
        Sandbox.script(
                shim,
                "[ \"$1\" != -version ] || { echo 'openjdk version \"25.0.3\" 2026-04-21' >&2; exit 0; }",
                "echo java=" + shim);

        assertTaken(shim, sandbox.start("--version"));
    }

    @Test
    void shouldFindAJdkLaidOutAsOnMacOs() throws Exception {
        Path java = sandbox.jdk("jdks/temurin.jdk/Contents/Home", "25.0.3");

        assertTaken(java, sandbox.start("--version"));
    }

    @Test
    void shouldFindAJdkInAFolderWithASpaceInItsName() throws Exception {
        Path java = sandbox.jdk("jdks/my jdk", "25.0.3");

        assertTaken(java, sandbox.start("--version"));
    }

    @Test
    void shouldSayWhatToInstallWhereThereIsNone() throws Exception {
        Path old = sandbox.jdk("jdks/seventeen", "17.0.15");

        var outcome = sandbox.start("--version");

        assertAll(
                () -> assertEquals(1, outcome.code()),
                () -> assertEquals("", outcome.out()),
                () -> assertTrue(
                        outcome.err()
                                .contains(
                                        "Bus needs Java 25 or newer, and none was found (only " + old + " (17.0.15))"),
                        outcome.err()),
                () -> assertTrue(outcome.err().contains("install a JDK 25"), outcome.err()),
                () -> assertEquals(0, sandbox.builds(), "nothing is built without a Java to run it"));
    }

    private static void assertTaken(Path java, Sandbox.Outcome outcome) throws IOException {
        assertEquals(0, outcome.code(), outcome.err());
        assertEquals("java=" + java.toRealPath(), outcome.lines().getFirst());
    }
}
