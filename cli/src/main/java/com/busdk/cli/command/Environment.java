package com.busdk.cli.command;

import com.busdk.cli.ExitCode;
import com.busdk.cli.term.Output;
import com.busdk.cli.term.Terminals;
import com.busdk.client.text.Echo;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The process around a command line, passed in so that a test can be that process.
 *
 * @param program the name it was called by, for example {@code bus}
 * @param variables the environment variables
 * @param directory the working directory, absolute
 * @param in standard input
 * @param out standard output
 * @param err standard error
 * @param terminals which of the three are terminals
 */
public record Environment(
        String program,
        Map<String, String> variables,
        Path directory,
        InputStream in,
        Output out,
        PrintStream err,
        Terminals terminals) {

    /** The environment of this process. */
    public static Environment ofProcess(String program) {
        return new Environment(
                program,
                System.getenv(),
                Path.of("").toAbsolutePath(),
                System.in,
                Output.standard(),
                new PrintStream(System.err, true, StandardCharsets.UTF_8),
                Terminals.ofProcess());
    }

    /** The same with another working directory. */
    public Environment in(Path other) {
        return new Environment(program, variables, other, in, out, err, terminals);
    }

    /** The same with another standard output, which is not a terminal. */
    public Environment to(Output other) {
        return new Environment(program, variables, directory, in, other, err, terminals.withoutOut());
    }

    /** The value of a variable, or null when it is not set or empty. */
    public @Nullable String variable(String name) {
        String value = variables.get(name);
        return value == null || value.isEmpty() ? null : value;
    }

    /**
     * A path as the user typed it, relative to the working directory.
     *
     * @throws CliException usage, when it cannot be a path
     */
    public Path resolve(String path) {
        try {
            return directory.resolve(path);
        } catch (InvalidPathException e) {
            throw new CliException(ExitCode.USAGE, "'" + Echo.of(path) + "' is not a path: use another", e);
        }
    }
}
