package com.busdk.cli;

import com.busdk.cli.command.Environment;
import com.busdk.cli.term.Output;
import com.busdk.cli.term.Terminals;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A command line that is run in this process, in an environment that a test describes. */
public final class CommandLineRun {
    private final Map<String, String> variables = new HashMap<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Path directory;
    private String program = "bus";
    private byte[] in = new byte[0];
    private Terminals terminals = Terminals.NONE;

    private CommandLineRun(Path directory) {
        this.directory = directory;
        // No test may find the token of the user who runs it.
        variables.put("BUS_CONFIG_DIR", directory.resolve("no-config").toString());
        variables.put("HOME", directory.resolve("no-home").toString());
    }

    /** What a command line did. */
    public record Result(int code, String out, String err) {
        /** The lines on standard error. */
        public List<String> errLines() {
            return err.lines().toList();
        }
    }

    /** A run with that working directory. */
    public static CommandLineRun in(Path directory) {
        return new CommandLineRun(directory);
    }

    /** Sets the program name. */
    public CommandLineRun as(String name) {
        program = name;
        return this;
    }

    /** Sets an environment variable. */
    public CommandLineRun with(String variable, String value) {
        variables.put(variable, value);
        return this;
    }

    /** Sets standard input. */
    public CommandLineRun reading(String text) {
        in = text.getBytes(StandardCharsets.UTF_8);
        return this;
    }

    /** Lets all three streams be terminals. */
    public CommandLineRun onTerminal() {
        terminals = new Terminals(true, true, true);
        return this;
    }

    /** Has what is said on standard error written there, so that it can be seen while the command runs. */
    public CommandLineRun tellingErrors(ByteArrayOutputStream taker) {
        err = taker;
        return this;
    }

    /** Runs it. */
    public Result run(String... arguments) {
        return run(out, arguments);
    }

    /** Runs it with another standard output. */
    public Result run(OutputStream standardOutput, String... arguments) {
        var environment = new Environment(
                program,
                Map.copyOf(variables),
                directory,
                new ByteArrayInputStream(in),
                new Output(standardOutput),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                terminals);
        int code = Main.run(environment, List.of(arguments));
        return new Result(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
