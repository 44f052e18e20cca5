package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** No text becomes code, and none is changed on its way through a real shell. */
@Execution(ExecutionMode.SAME_THREAD) // one at a time of all that run programs on this machine
class RemoteProgramsPropertiesTest {
    @Provide
    Arbitrary<String> hostile() {
        return Arbitraries.of(
                        "'",
                        "\"",
                        "\\",
                        "$(touch /nowhere/x)",
                        "`id`",
                        "\n",
                        "\r",
                        " ",
                        "\t",
                        "!",
                        "*",
                        "?",
                        "[a]",
                        "~",
                        "#",
                        ";",
                        "&",
                        "|",
                        "<",
                        ">",
                        "(",
                        ")",
                        "{",
                        "}",
                        "$",
                        "$$",
                        "${IFS}",
                        "-n",
                        "-",
                        "--",
                        "%s",
                        "ü",
                        "😀",
                        "EOF",
                        "BUS_",
                        "\\n",
                        "''",
                        "\u0001",
                        "\u001e",
                        "\u007f")
                .list()
                .ofMinSize(1)
                .ofMaxSize(12)
                .map(parts -> String.join("", parts));
    }

    @Property(tries = 60)
    void shouldHandOverEveryTextAsItIs(@ForAll("hostile") String text, @ForAll("hostile") String input)
            throws Exception {
        Map<String, String> env = new LinkedHashMap<>();
        env.put("FIRST", text);
        env.put("SECOND", input);
        // The text stands in the script as well, as a shell's own word.
        ScriptRequest request = ScriptRequest.of(
                        RemoteProgramsTest.ANYWHERE,
                        "printf '%s|%s|%s|' \"$FIRST\" \"$SECOND\" " + RemotePrograms.quote(text) + "; cat")
                .withEnv(env)
                .withStdin(input);
        Attempt attempt = Attempt.at("test-" + UUID.randomUUID());
        Shell.Outcome outcome = Shell.usual().run(attempt, request);
        Shell.usual().ask(attempt, RemotePrograms.forget(attempt));
        assertEquals(text + '|' + input + '|' + text + '|' + input, outcome.stdout());
        assertEquals("", outcome.stderr());
    }
}
