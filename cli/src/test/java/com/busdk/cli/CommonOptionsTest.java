package com.busdk.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The common options, at every place of the command line. */
class CommonOptionsTest {
    private static final String SECRET = "a-secret-of-more-than-32-bytes-for-the-tests";

    @TempDir
    Path directory;

    private CommandLineRun bus() {
        return CommandLineRun.in(directory).with("BUS_AUTH_HS256_SECRET", SECRET);
    }

    private CommandLineRun.Result run(String line) {
        return bus().run(line.split(" ", -1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-f json operator token issue --local",
                "operator -f json token issue --local",
                "operator token -f json issue --local",
                "operator token issue -f json --local",
                "operator token issue --local -f json",
                "operator token issue --local -fjson",
                "--format=json operator token issue --local",
                "--format text operator token issue --local --format json",
                "-qfjson operator token issue --local",
            })
    void shouldTakeTheFormatBeforeAndAfterEachWord(String line) {
        var result = run(line);

        assertEquals(0, result.code(), result.err());
        assertTrue(result.out().startsWith("{\"token\":\""), result.out());
    }

    /** The common formats, also where nothing is a table: there tsv is as text. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "up",
                "api gateway",
                "api provider events",
                "api provider vm",
                "integration vm",
                "integration upcloud",
                "auth logout",
                "events verify",
                "vm status"
            })
    void shouldTakeEveryFormat(String command) throws IOException {
        for (String format : List.of("text", "json", "tsv")) {
            Files.writeString(directory.resolve("a.bus"), command + " -f " + format + "\n");

            var result = run("--check a.bus");

            assertEquals(0, result.code(), result.err());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-q -v operator token issue --local",
                "-v operator token issue --local -q",
                "operator token issue -qv --local",
                "--quiet operator -vv token issue --local"
            })
    void shouldRefuseQuietWithVerbose(String line) {
        var result = run(line);

        assertEquals(ExitCode.USAGE, result.code());
        assertTrue(result.err().contains("--quiet and --verbose"), result.err());
        assertEquals("", result.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-f yaml", "--format=JSON", "--format=", "-f token completion bash", "--color sometimes"})
    void shouldRefuseAnUnknownFormatOrColour(String options) {
        var result = run(options.contains("completion") ? options : options + " operator token issue --local");

        assertEquals(ExitCode.USAGE, result.code());
        assertTrue(result.err().contains("unknown"), result.err());
        assertEquals(1, result.errLines().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0s", "-5s", "5", "soon", ""})
    void shouldRefuseATimeoutThatIsNone(String timeout) {
        var result = bus().run("operator", "token", "issue", "--local", "--timeout=" + timeout);

        assertEquals(ExitCode.USAGE, result.code());
        assertTrue(result.err().contains("--timeout"), result.err());
    }

    @Test
    void shouldSayNothingOnStandardErrorWhenQuiet() {
        assertFalse(run("operator token issue --local").err().isEmpty());
        assertEquals("", run("-q operator token issue --local").err());
    }

    @Test
    void shouldWriteTheResultToTheOutputFileBelowTheDirectory() throws IOException {
        Files.createDirectory(directory.resolve("below"));

        var result = run("operator token --format token issue --local -C below -o token");

        assertEquals(0, result.code(), result.err());
        assertEquals("", result.out());
        assertTrue(Files.readString(directory.resolve("below/token")).matches("[^.\n]+\\.[^.\n]+\\.[^.\n]+\n"));
    }

    @Test
    void shouldReadRelativeFilesFromTheDirectory() throws IOException {
        Files.createDirectory(directory.resolve("below"));
        Files.writeString(directory.resolve("below/secret"), SECRET + "\n");

        var result = CommandLineRun.in(directory)
                .run("-C", "below", "operator", "token", "issue", "--local", "--hs256-secret-file", "secret");

        assertEquals(0, result.code(), result.err());
    }

    @Test
    void shouldRefuseADirectoryThatIsNotThere() {
        var result = run("-C missing operator token issue --local");

        assertEquals(ExitCode.USAGE, result.code());
        assertTrue(result.err().contains("--chdir"), result.err());
    }

    @Test
    void shouldFailWhenTheOutputCannotBeWritten() {
        var result = run("operator token issue --local -o no/such/folder/file");

        assertEquals(ExitCode.FAILED, result.code());
        assertTrue(result.err().contains("--output"), result.err());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "operator --help",
                "-h operator token issue",
                "operator token issue -h",
                "help operator"
            })
    void shouldShowHelpAtEachLevel(String line) {
        var result = run(line);

        assertEquals(0, result.code(), result.err());
        assertTrue(result.out().startsWith("Usage: bus"), result.out());
        assertEquals("", result.err());
    }

    @Test
    void shouldNameEveryExitCodeInTheHelp() throws IllegalAccessException {
        String help = run("--help").out();

        for (Field code : ExitCode.class.getFields()) {
            String line = String.format(Locale.ROOT, "\n  %3d  ", code.getInt(null));
            assertTrue(help.contains(line), code.getName() + " is missing: " + help);
        }
    }

    @Test
    void shouldShowHelpThoughARequiredOperandIsMissing() {
        var result = run("completion --help");

        assertEquals(0, result.code(), result.err());
        assertTrue(result.out().contains("SHELL"), result.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--version", "-V", "operator -V", "completion --version"})
    void shouldShowTheVersionAtEachLevel(String line) {
        var result = run(line);

        assertEquals(0, result.code(), result.err());
        assertTrue(result.out().matches("bus \\S+\n"), result.out());
    }

    @Test
    void shouldShowTheVersionWithTheNameItWasCalledBy() {
        var result = bus().as("bus-operator-token").run("--version");

        assertTrue(result.out().startsWith("bus-operator-token "), result.out());
    }

    @Test
    void shouldStandForItsWordsWhenCalledByThatName() {
        var result = bus().as("bus-operator-token").run("--format", "token", "issue", "--local");

        assertEquals(0, result.code(), result.err());
        assertEquals(3, result.out().split("\\.", -1).length);
    }

    @Test
    void shouldTakeWhatFollowsTwoDashesAsOperand() {
        var result = run("completion -- --help");

        assertEquals(ExitCode.USAGE, result.code());
        assertTrue(result.err().contains("no completion for '--help'"), result.err());
    }

    @Test
    void shouldEndQuietlyWhenNobodyReadsTheOutput() {
        var gone = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };

        var result = bus().run(gone, "completion", "bash");

        assertEquals(0, result.code());
        assertEquals("", result.err());
    }

    @Test
    void shouldFailWhenTheOutputIsFull() {
        var full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };

        var result = bus().run(full, "completion", "bash");

        assertEquals(ExitCode.FAILED, result.code());
        assertTrue(result.err().contains("No space left on device"), result.err());
    }
}
