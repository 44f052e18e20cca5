package com.busdk.cli;

import java.util.ArrayList;
import java.util.List;

/** Entry point of {@code bus} and of all program names that are links to it. */
public final class Main {
    private Main() {}

    /** Runs the command line and ends the process with its exit code. */
    public static void main(String[] args) {
        String program = System.getProperty(ProgramName.PROPERTY, "bus");
        List<String> line = new ArrayList<>(ProgramName.words(program));
        line.addAll(List.of(args));
        int code = run(program, line);
        System.out.flush();
        System.exit(code);
    }

    private static int run(String program, List<String> line) {
        String first = line.isEmpty() ? "--help" : line.getLast();
        if (first.equals("--version") || first.equals("-V")) {
            System.out.println(program + " " + Version.get());
            return ExitCode.OK;
        }
        if (first.equals("--help") || first.equals("-h")) {
            System.out.println("Usage: bus [OPTIONS] MODULE …");
            return ExitCode.OK;
        }
        System.err.println("bus: no such command: " + line.getFirst() + "; see 'bus --help'");
        return ExitCode.NO_SUCH_COMMAND;
    }
}
