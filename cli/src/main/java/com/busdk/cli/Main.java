package com.busdk.cli;

import com.busdk.cli.command.Environment;
import com.busdk.cli.command.Runner;
import com.busdk.cli.script.ScriptCommand;
import com.busdk.cli.term.BrokenPipeException;
import java.util.ArrayList;
import java.util.List;

/** Entry point of {@code bus} and of all program names that are links to it. */
public final class Main {
    private Main() {}

    /** Runs the command line and ends the process with its exit code. */
    public static void main(String[] args) {
        String program = System.getProperty(ProgramName.PROPERTY, "bus");
        // Ends the process even if a thread of a library is still alive.
        System.exit(run(Environment.ofProcess(program), List.of(args)));
    }

    /**
     * Runs a command line.
     *
     * @param environment the process that it runs in; its program name stands for the first words
     * @param arguments the words behind the program name
     * @return the exit code, see {@link ExitCode}
     */
    public static int run(Environment environment, List<String> arguments) {
        List<String> line = new ArrayList<>(ProgramName.words(environment.program()));
        line.addAll(arguments);
        try {
            return Runner.guard(environment, "bus", 0, here -> prepareAndRun(here, line));
        } catch (BrokenPipeException _) {
            // The reader has what it wanted.
            return ExitCode.OK;
        }
    }

    private static int prepareAndRun(Environment environment, List<String> line) throws Exception {
        var runner = new Runner(Commands.root(), ScriptCommand::new);
        Runner.Prepared prepared = runner.prepare(environment.program(), line);
        return switch (prepared) {
            case Runner.Prepared.Show show -> Runner.run(environment, show);
            case Runner.Prepared.Ready ready ->
                Runner.guard(
                        environment, who(ready.path()), ready.common().verbosity(), here -> Runner.run(here, ready));
        };
    }

    private static String who(List<String> path) {
        return path.isEmpty() ? "bus" : "bus " + String.join(" ", path);
    }
}
