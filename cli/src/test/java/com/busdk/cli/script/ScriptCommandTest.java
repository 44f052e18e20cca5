package com.busdk.cli.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.CommandLineRun;
import com.busdk.cli.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScriptCommandTest {
    private static final String ISSUE = "operator token issue --local -o ";

    @TempDir
    Path directory;

    private CommandLineRun bus() {
        return CommandLineRun.in(directory).with("BUS_AUTH_HS256_SECRET", "s".repeat(40));
    }

    private void file(String name, String... lines) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, String.join("\n", lines) + "\n");
    }

    private boolean exists(String name) {
        return Files.exists(directory.resolve(name));
    }

    @Test
    void shouldRunCommandsInTheirOrder() throws IOException {
        file("a.bus", "# two commands", "--version", "", "operator --help");

        var result = bus().run("a.bus");

        assertEquals(0, result.code(), result.err());
        assertTrue(result.out().startsWith("bus "), result.out());
        assertTrue(result.out().contains("Usage: bus operator"), result.out());
    }

    @Test
    void shouldRunSeveralFiles() throws IOException {
        file("a.bus", ISSUE + "one");
        file("b.bus", ISSUE + "two");

        assertEquals(0, bus().run("a.bus", "b.bus").code());
        assertTrue(exists("one") && exists("two"));
    }

    @Test
    void shouldIncludeFilesRelativeToTheOneThatNamesThem() throws IOException {
        file("a.bus", "sub/b.bus", ISSUE + "three");
        file("sub/b.bus", ISSUE + "one", "c.bus");
        file("sub/c.bus", ISSUE + "two");

        var result = bus().run("--trace", "a.bus");

        assertEquals(0, result.code(), result.err());
        var traced =
                result.errLines().stream().filter(line -> line.startsWith("+ ")).toList();
        assertEquals(3, traced.size(), result.err());
        assertEquals("+ bus " + ISSUE + "one", traced.getFirst());
        assertTrue(exists("one") && exists("two") && exists("three"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "operator token issue 'open",
                "operator token isue --local",
                "operator token issue --locl",
                "operator token issue --hs256-secret-file secret",
                "operator token issue --local --ttl soon",
                "operator token issue --local -f yaml",
                "operator token issue --local -q -v",
                "operator",
                "bus operator token issue --local",
                "frobnicate",
                "missing.bus",
                "a.bus",
                "sub.bus extra",
                "--check sub.bus",
            })
    void shouldRunNothingWhenALineIsWrong(String wrong) throws IOException {
        file("a.bus", ISSUE + "one", "", wrong);
        file("sub.bus", "--version");

        var result = bus().run("a.bus");

        assertEquals(ExitCode.BUS_SYNTAX, result.code(), result.err());
        assertTrue(result.err().contains("a.bus:3: "), result.err());
        assertTrue(result.err().contains("nothing has run"), result.err());
        assertEquals(1, result.errLines().size(), result.err());
        assertFalse(exists("one"));
    }

    @Test
    void shouldNameTheIncludedFileThatIsWrong() throws IOException {
        file("a.bus", ISSUE + "one", "sub/b.bus");
        file("sub/b.bus", "--version", "events 'open");

        var result = bus().run("a.bus");

        assertEquals(ExitCode.BUS_SYNTAX, result.code());
        assertTrue(result.err().contains("sub/b.bus:2: "), result.err());
        assertFalse(exists("one"));
    }

    @Test
    void shouldCheckTheSecondFileBeforeTheFirstRuns() throws IOException {
        file("a.bus", ISSUE + "one");
        file("b.bus", "frobnicate");

        assertEquals(ExitCode.BUS_SYNTAX, bus().run("a.bus", "b.bus").code());
        assertFalse(exists("one"));
    }

    @Test
    void shouldRefuseFilesThatIncludeEachOther() throws IOException {
        file("a.bus", "b.bus");
        file("b.bus", "./a.bus");

        var result = bus().run("a.bus");

        assertEquals(ExitCode.BUS_SYNTAX, result.code());
        assertTrue(result.err().contains("b.bus:1: "), result.err());
        assertTrue(result.err().contains("includes itself"), result.err());
    }

    @Test
    void shouldIncludeAFileTwiceWhereItDoesNotIncludeItself() throws IOException {
        file("a.bus", "b.bus", "b.bus");
        file("b.bus", "--version");

        var result = bus().run("a.bus");

        assertEquals(0, result.code(), result.err());
        assertEquals(2, result.out().lines().count());
    }

    @Test
    void shouldOnlyReadWhenChecking() throws IOException {
        file("a.bus", ISSUE + "one");
        file("wrong.bus", "frobnicate");

        assertEquals(0, bus().run("--check", "a.bus").code());
        assertFalse(exists("one"));
        assertEquals(
                ExitCode.BUS_SYNTAX, bus().run("--check", "a.bus", "wrong.bus").code());
    }

    @Test
    void shouldStopAtTheFirstFailureWithItsCodeAndPlace() throws IOException {
        file("a.bus", ISSUE + "one", ISSUE + "no/such/folder", ISSUE + "two");

        var result = bus().run("a.bus");

        assertEquals(ExitCode.FAILED, result.code());
        var said = result.errLines().stream()
                .filter(line -> line.startsWith("a.bus:"))
                .toList();
        assertEquals(1, said.size(), result.err());
        assertTrue(said.getFirst().startsWith("a.bus:2: cannot write"), result.err());
        assertTrue(exists("one"));
        assertFalse(exists("two"));
    }

    /** A check that finds something ends with its own code and no error. */
    @Test
    void shouldNameThePlaceOfACommandThatEndsOtherwiseThanWithZero() throws IOException {
        file("a.bus", "--version", "doctor --api-url http://127.0.0.1:1", ISSUE + "one");

        var result = bus().with("BUS_AI_API_URL", "http://127.0.0.1:1").run("a.bus");

        assertEquals(ExitCode.UNREACHABLE, result.code(), result.err());
        assertEquals(1, result.errLines().size(), result.err());
        assertEquals(
                "a.bus:2: stopped here with exit code 69", result.errLines().getFirst());
        assertFalse(exists("one"));
    }

    @Test
    void shouldHandItsCommonOptionsToCommandsThatHaveNone() throws IOException {
        file("below/a.bus", "operator token issue --local", "operator token issue --local -f token");

        var result = bus().run("-q", "-f", "json", "-C", "below", "a.bus");

        assertEquals(0, result.code(), result.err());
        assertEquals("", result.err());
        var lines = result.out().lines().toList();
        assertTrue(lines.getFirst().startsWith("{\"token\":"), result.out());
        assertFalse(lines.get(1).startsWith("{"), result.out());
    }

    @Test
    void shouldNotExpandVariables() throws IOException {
        file("a.bus", "operator token issue --local --subject \"$HOME\" -f tsv");

        var result = bus().run("a.bus");

        assertEquals(0, result.code(), result.err());
        assertTrue(result.out().contains("\t$HOME\t"), result.out());
    }

    @Test
    void shouldRefuseAFileThatIsNoText() throws IOException {
        Files.write(directory.resolve("a.bus"), new byte[] {'o', 'k', '\n', (byte) 0xff});
        Files.write(directory.resolve("b.bus"), new byte[] {'o', 'k', '\n', '\n', 0});

        var first = bus().run("a.bus");
        var second = bus().run("b.bus");

        assertEquals(ExitCode.BUS_SYNTAX, first.code());
        assertTrue(first.err().contains("a.bus:2: "), first.err());
        assertEquals(ExitCode.BUS_SYNTAX, second.code());
        assertTrue(second.err().contains("b.bus:3: "), second.err());
    }

    @Test
    void shouldRefuseAFileThatIsNotThere() {
        var result = bus().run("missing.bus");

        assertEquals(ExitCode.USAGE, result.code());
        assertTrue(result.err().contains("missing.bus"), result.err());
    }

    @Test
    void shouldRefuseACommandBesideAFile() throws IOException {
        file("a.bus", "--version");

        assertEquals(ExitCode.USAGE, bus().run("a.bus", "operator").code());
    }

    @Test
    void shouldRefuseIncludesThatGrowBeyondAllBounds() throws IOException {
        file("leaf.bus", "--version\n".repeat(1_000));
        file("a.bus", "leaf.bus\n".repeat(1_000));

        var result = bus().run("--check", "a.bus");

        assertEquals(ExitCode.BUS_SYNTAX, result.code());
        assertTrue(result.err().contains("more than 100000 commands"), result.err());
    }
}
