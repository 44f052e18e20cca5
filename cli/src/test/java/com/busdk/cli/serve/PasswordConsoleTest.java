package com.busdk.cli.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.cli.command.Common;
import com.busdk.cli.command.Environment;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Output;
import com.busdk.cli.term.Terminals;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PasswordConsoleTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Output output = new Output(out);

    private PasswordConsole console(Format format) {
        var environment = new Environment(
                "bus",
                Map.of(),
                Path.of("/"),
                InputStream.nullInputStream(),
                output,
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                Terminals.NONE);
        var common = new Common(0, false, null, null, format, Common.Color.NEVER, null, "--api-url", null, null);
        return new PasswordConsole(new Invocation(environment, common));
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void shouldShowWhatCameTooEarlyBehindTheReport() {
        PasswordConsole console = console(Format.TEXT);
        console.show("one-time password for a@example.com: 123456");
        assertEquals("", printed());

        console.open(() -> output.line("Bus is up."));
        console.show("one-time password for b@example.com: 654321");
        output.flush();

        String all = """
            Bus is up.
            >>> one-time password for a@example.com: 123456
            >>> one-time password for b@example.com: 654321
            """;
        assertEquals(all, printed());
    }

    @Test
    void shouldBeALineOfJsonWhereTheReportIs() {
        PasswordConsole console = console(Format.JSON);
        console.open(() -> {});
        console.show("a \"quoted\" one");
        assertEquals("{\"console\":\"a \\\"quoted\\\" one\"}\n", printed());
    }

    @Test
    void shouldLetNoAddressActOnTheTerminal() {
        PasswordConsole console = console(Format.TEXT);
        console.open(() -> {});
        console.show("one-time password for \u001b[2J\n>>> fake: 1");
        assertEquals(1, printed().lines().count(), printed());
        assertEquals(-1, printed().indexOf('\u001b'));
    }
}
