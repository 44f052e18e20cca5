package com.busdk.cli.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.ProgramName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The real distribution, from the checkout and installed under a prefix. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InstallIT {
    private static final Path SCRIPTS = Sandbox.realCheckout().resolve("scripts");

    /** The JDK of the test run; the build before it is taken as it stands. */
    private static final Map<String, String> ENVIRONMENT = Map.of(
            "PATH", System.getenv("PATH"),
            "BUS_JAVA", ProcessHandle.current().info().command().orElseThrow(),
            "BUS_BUILD", "never");

    private Path prefix;
    private Sandbox.Outcome installed;

    @BeforeAll
    void install(@TempDir Path folder) throws Exception {
        prefix = folder.toRealPath().resolve("a prefix");
        installed = Sandbox.run(ENVIRONMENT, SCRIPTS.resolve("install"), "--prefix", prefix.toString());
    }

    @AfterAll
    void nothingIsLeftBesideIt() throws IOException {
        try (var left = Files.list(prefix.resolve("lib"))) {
            assertEquals(List.of(prefix.resolve("lib/bus")), left.toList());
        }
    }

    @Test
    void shouldStartFromTheCheckoutWithoutAWord() throws Exception {
        assertVersion("bus", Sandbox.run(ENVIRONMENT, SCRIPTS.resolve("bus"), "--version"));
    }

    @Test
    void shouldSayWhereItInstalled() {
        assertEquals(0, installed.code(), installed.err());
        assertTrue(installed.out().contains("installed in " + prefix.resolve("lib/bus")), installed.out());
    }

    @Test
    void shouldLinkEveryProgramName() throws Exception {
        Set<String> names = ProgramName.all();
        for (String name : names) {
            Path link = prefix.resolve("bin").resolve(name);
            assertTrue(Files.isSymbolicLink(link), name);
            assertEquals(prefix.resolve("lib/bus/bin/bus"), link.toRealPath());
        }
        try (var links = Files.list(prefix.resolve("bin"))) {
            assertEquals(names.size(), links.count());
        }
        assertVersion(
                "bus-operator-token", Sandbox.run(ENVIRONMENT, prefix.resolve("bin/bus-operator-token"), "--version"));
    }

    @Test
    void shouldMakeAStartUpCacheThatIsUsedInItsPlace() throws Exception {
        try (var caches = Files.walk(prefix.resolve("lib/bus/aot"))) {
            assertEquals(
                    3, caches.filter(file -> file.toString().endsWith(".aot")).count());
        }
        var outcome = Sandbox.run(withOptions("-Xlog:class+load:stdout"), prefix.resolve("bin/bus"), "--version");

        assertTrue(
                outcome.lines().stream()
                        .anyMatch(line -> line.contains("com.busdk.cli.Main source: shared objects file")),
                outcome.err());
    }

    @Test
    void shouldStartWithoutAWordWhenTheCacheDoesNotFit(@TempDir Path folder) throws Exception {
        Path copy = folder.resolve("bus");
        try (var files = Files.walk(prefix.resolve("lib/bus"))) {
            for (Path file : files.toList()) {
                Files.copy(
                        file,
                        copy.resolve(prefix.resolve("lib/bus").relativize(file).toString()),
                        StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        Path cache;
        try (var caches = Files.walk(copy.resolve("aot"))) {
            cache = caches.filter(file -> file.endsWith("light.aot"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] whole = Files.readAllBytes(cache);
        byte[] half = Arrays.copyOf(whole, whole.length / 2);
        byte[] otherJava = whole.clone();
        otherJava[new String(whole, StandardCharsets.ISO_8859_1).indexOf("Server VM (") + "Server VM (".length()] ^= 1;
        for (byte[] content : List.of(half, otherJava, new byte[0])) {
            Files.write(cache, content);
            assertVersion("bus", Sandbox.run(ENVIRONMENT, copy.resolve("bin/bus"), "--version"));
        }
        Files.write(cache, whole);
        Files.setLastModifiedTime(copy.resolve("lib/bus.jar"), FileTime.from(Instant.EPOCH));
        assertVersion("bus", Sandbox.run(ENVIRONMENT, copy.resolve("bin/bus"), "--version"));
    }

    @Test
    void shouldRefuseToReplaceAProgramThatIsNotItsOwn(@TempDir Path folder) throws Exception {
        Path own = Files.createDirectories(folder.resolve("bin")).resolve("bus-vm");
        Files.writeString(own, "mine");

        var outcome = Sandbox.run(ENVIRONMENT, SCRIPTS.resolve("install"), "--prefix=" + folder);

        assertEquals(1, outcome.code());
        assertTrue(outcome.err().contains(own + " exists and is no link of Bus"), outcome.err());
        assertEquals("mine", Files.readString(own));
        assertFalse(Files.exists(folder.resolve("lib/bus")));
    }

    @Test
    void shouldAskForAPrefix() throws Exception {
        var outcome = Sandbox.run(ENVIRONMENT, SCRIPTS.resolve("install"));

        assertEquals(2, outcome.code());
        assertEquals("usage: scripts/install --prefix DIR\n", outcome.err());
    }

    private static Map<String, String> withOptions(String options) {
        var environment = new HashMap<>(ENVIRONMENT);
        environment.put("BUS_JAVA_OPTS", options);
        return environment;
    }

    private static void assertVersion(String program, Sandbox.Outcome outcome) {
        assertEquals("", outcome.err());
        assertEquals(0, outcome.code());
        assertTrue(outcome.out().matches(program + " \\d+\\.\\d+\\.\\d+\\S*\n"), outcome.out());
    }
}
