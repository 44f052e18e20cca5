package com.busdk.cli.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the launcher starts the JVM with. */
class StartIT {
    private Sandbox sandbox;

    @BeforeEach
    void layOut(@TempDir Path folder) throws IOException {
        sandbox = new Sandbox(folder.toRealPath());
        sandbox.jdk("jdks/good", "25.0.3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bus", "bus-events", "bus-operator-token", "bus-api-provider-events", "bus-gateway"})
    void shouldPassTheNameItWasCalledBy(String name) throws Exception {
        Path near = Files.createSymbolicLink(sandbox.checkout.resolve("scripts/near"), Path.of("bus"));
        Path link = Files.createSymbolicLink(
                Files.createDirectories(sandbox.top.resolve("bin")).resolve(name), near);

        var outcome = sandbox.start(link, "--version");

        assertTrue(outcome.lines().contains("-Dbus.program=" + name), outcome.out());
        assertTrue(outcome.lines().contains("-Dbus.home=" + sandbox.dist()), outcome.out());
    }

    @Test
    void shouldHandOnEveryArgumentAsItIs() throws Exception {
        String[] arguments = {
            "events", "send", "--payload", "{\"a\": \"*\"}", "", "two  words", "ä€𝄞", "$HOME `x`", "--"
        };

        List<String> lines = sandbox.start(arguments).lines();

        int main = lines.indexOf("com.busdk.cli.Main");
        assertEquals(Arrays.asList(arguments), lines.subList(main + 1, lines.size() - 1));
    }

    @ParameterizedTest
    @CsvSource({
        "bus, up --port 0, service",
        "bus, -v --timeout 3s up, service",
        "bus, api provider events, service",
        "bus, integration vm, service",
        "bus, gateway, service",
        "bus, -f json events bench publish, service",
        "bus, events --api-url http://x verify, service",
        "bus, --events-url http://x api provider events, service",
        "bus-events, bench publish, service",
        "bus-events, verify, service",
        "bus-api-provider-events, '', service",
        "bus-integration-vm, '', service",
        "bus-gateway, '', service",
        "bus, events listen --name a, stream",
        "bus-events, listen --name a, stream",
        "bus, events send --ndjson -, stream",
        "bus, events send --name up, command",
        "bus, events names, command",
        "bus, vm start, command",
        "bus-vm, up, command",
        "bus, --chdir up --version, command",
        "bus, --version, command",
        "bus, serve.bus, service",
        "bus, --check serve.bus, service",
        "bus, send.bus, command",
        "bus, send.bus serve.bus, service",
        "bus, last.bus, service",
        "bus, missing.bus, command",
    })
    void shouldGiveAServiceAnotherJvmThanAShortCommand(String program, String line, String kind) throws Exception {
        Path link = sandbox.top.resolve("tools").resolve(program);
        Files.createSymbolicLink(link, sandbox.bus);
        Files.writeString(sandbox.top.resolve("serve.bus"), "# a service\n\nbus api provider events --addr :0\n");
        Files.writeString(sandbox.top.resolve("send.bus"), "bus events send --name example.up\nevents names\n");
        Files.writeString(sandbox.top.resolve("last.bus"), "bus events names\nup"); // no line break behind it
        String[] words = line.isEmpty() ? new String[0] : line.split(" ", -1);
        for (int i = 0; i < words.length; i++) {
            words[i] = words[i].endsWith(".bus") ? sandbox.top.resolve(words[i]).toString() : words[i];
        }

        var lines = sandbox.start(link, words).lines();

        assertEquals(kind.equals("service"), lines.contains("-XX:+UseG1GC"), lines::toString);
        assertEquals(kind.equals("service"), lines.contains("-Xmx512m"), lines::toString);
        assertEquals(kind.equals("command"), lines.contains("-XX:TieredStopAtLevel=1"), lines::toString);
        assertEquals(!kind.equals("service"), lines.contains("-XX:+UseSerialGC"), lines::toString);
    }

    @Test
    void shouldLetTheUsersJvmOptionsWin() throws Exception {
        var lines = sandbox.set("BUS_JAVA_OPTS", "-Xmx2g -Dx=*").start("up").lines();

        assertTrue(lines.indexOf("-Xmx512m") < lines.indexOf("-Xmx2g"), lines::toString);
        assertTrue(lines.indexOf("-Xmx2g") < lines.indexOf("-cp"), lines::toString);
        assertTrue(lines.contains("-Dx=*"), lines::toString);
    }

    @ParameterizedTest
    @CsvSource({
        "'', '', ctype=C.UTF-8 all=",
        "C, '', ctype=C.UTF-8 all=",
        "'', POSIX, ctype= all=C.UTF-8",
        "de_DE.UTF-8, '', ctype= all="
    })
    void shouldHaveTheJvmReadArgumentsAsUtf8(String lang, String all, String seen) throws Exception {
        var outcome = sandbox.set("LANG", lang).set("LC_ALL", all).start("--version");

        assertEquals(seen, outcome.lines().getLast());
    }

    @Test
    void shouldTakeTheCacheOfThisJavaOnly() throws Exception {
        sandbox.start("--version");
        Path caches = sandbox.dist().resolve("aot/25.0.3");
        assertTrue(Files.exists(caches.resolve("light.aot")));

        sandbox.set("BUS_BUILD", "never");
        assertEquals(caches.resolve("light.aot"), cacheOf("--version"));
        assertEquals(caches.resolve("light.aot"), cacheOf("operator", "token", "issue", "--local"));
        assertEquals(caches.resolve("client.aot"), cacheOf("events", "send", "--name", "example.ping"));
        assertEquals(caches.resolve("client.aot"), cacheOf("events", "listen", "--name", "example.ping"));
        assertEquals(caches.resolve("service.aot"), cacheOf("up"));
        Path other = sandbox.jdk("other", "25.0.4");
        var outcome = sandbox.set("BUS_JAVA", other.toString()).start("--version");
        assertFalse(outcome.out().contains("AOTCache"), outcome.out());
        assertEquals("", outcome.err());
    }

    private Path cacheOf(String... words) throws Exception {
        return sandbox.start(words).lines().stream()
                .filter(line -> line.startsWith("-XX:AOTCache="))
                .map(line -> Path.of(line.substring("-XX:AOTCache=".length())))
                .findFirst()
                .orElseThrow();
    }
}
