package com.busdk.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a mistyped command line is answered. */
class WrongWordsTest {
    @TempDir
    Path directory;

    private CommandLineRun.Result run(String... arguments) {
        return CommandLineRun.in(directory).run(arguments);
    }

    @ParameterizedTest
    @CsvSource({
        "oprator, operator",
        "operators, operator",
        "compl, completion",
        "operator tokn, token",
        "operator token isue, issue"
    })
    void shouldSuggestTheNearestCommand(String line, String meant) {
        var result = run(line.split(" ", -1));

        assertEquals(ExitCode.NO_SUCH_COMMAND, result.code());
        assertEquals(1, result.errLines().size());
        assertTrue(result.err().contains("did you mean '" + meant + "'?"), result.err());
    }

    @Test
    void shouldPointToTheHelpWhenNoCommandIsNear() {
        var result = run("frobnicate");

        assertEquals(ExitCode.NO_SUCH_COMMAND, result.code());
        assertEquals("bus: no such command 'frobnicate'; see 'bus --help'\n", result.err());
    }

    @ParameterizedTest
    @CsvSource({
        "--formt json operator, --format",
        "operator token issue --locl, --local",
        "operator token issue --subjct=x, --subject"
    })
    void shouldSuggestTheNearestOption(String line, String meant) {
        var result = run(line.split(" ", -1));

        assertEquals(ExitCode.USAGE, result.code());
        assertEquals(1, result.errLines().size());
        assertTrue(result.err().contains("unknown option"), result.err());
        assertTrue(result.err().contains(meant), result.err());
    }

    @Test
    void shouldSayWhereTheOptionsOfACommandStand() {
        var result = run("operator", "token", "--local", "issue");

        assertEquals(ExitCode.USAGE, result.code());
        assertTrue(result.err().contains("options of a command stand behind its last word"), result.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "operator", "-v", "operator token -q", "--format json"})
    void shouldAskForTheCommandThatIsMissing(String line) {
        var result = line.isEmpty() ? run() : run(line.split(" ", -1));

        assertEquals(ExitCode.USAGE, result.code());
        assertTrue(result.err().contains("which command?"), result.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--token eyJhbGciOi.J9.x", "--token=eyJhbGciOi.J9.x", "--tokn=eyJhbGciOi.J9.x"})
    void shouldNotRepeatATokenThatWasGivenOnTheCommandLine(String options) {
        var result = run(("operator token issue --local " + options).split(" ", -1));

        assertEquals(ExitCode.USAGE, result.code());
        assertFalse(result.err().contains("eyJ"), result.err());
        assertTrue(result.err().contains("--token"), result.err());
    }

    @Test
    void shouldNotLetControlCharactersReachTheTerminal() {
        var result = run("\u001b[31mevil\u0007");

        assertEquals(ExitCode.NO_SUCH_COMMAND, result.code());
        assertFalse(result.err().contains("\u001b"), result.err());
        assertFalse(result.err().contains("\u0007"), result.err());
    }

    @Test
    void shouldRefuseAnOperandTooMany() {
        var result = run("completion", "bash", "zsh");

        assertEquals(ExitCode.USAGE, result.code());
        assertTrue(result.err().contains("unexpected argument 'zsh'"), result.err());
    }

    @Test
    void shouldSayHowToGiveAValueThatLooksLikeAnOption() {
        var result = run("operator", "token", "issue", "--local", "--subject", "--scope", "x");

        assertEquals(ExitCode.USAGE, result.code());
        assertTrue(result.err().contains("join them with ="), result.err());
    }
}
