package com.busdk.cli.completion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.CommandLineRun;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionCommandTest {
    @TempDir
    Path directory;

    @Test
    void shouldCompleteWordsInBash() throws IOException, InterruptedException {
        Path script = directory.resolve("completion");
        assertEquals(
                0,
                CommandLineRun.in(directory)
                        .run("completion", "bash", "-o", script.toString())
                        .code());
        Path probe = directory.resolve("probe");
        Files.writeString(probe, """
            source "$1"
            compopt() { :; }
            COMP_WORDS=(bus operator to) COMP_CWORD=2
            _complete_bus
            echo "${COMPREPLY[@]}"
            COMP_WORDS=(bus operator token issue --sub) COMP_CWORD=4
            _complete_bus
            echo "${COMPREPLY[@]}"
            """);

        Process bash = new ProcessBuilder("bash", probe.toString(), script.toString())
                .redirectErrorStream(true)
                .start();
        String answer = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(bash.waitFor(30, TimeUnit.SECONDS));

        assertEquals("token\n--subject\n", answer);
    }

    @Test
    void shouldWriteEachCommandForFish() {
        var result = CommandLineRun.in(directory).run("completion", "fish");

        assertTrue(result.out().contains("-a operator -d "), result.out());
        assertTrue(
                result.out().contains("'__fish_bus_at operator token issue' -l hs256-secret-file -r -F"), result.out());
    }
}
