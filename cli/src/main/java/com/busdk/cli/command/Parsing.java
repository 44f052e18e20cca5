package com.busdk.cli.command;

import com.busdk.client.text.Echo;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Hands a command line to picocli, and says in our words what it refuses. */
final class Parsing {
    /** Longer than any option; what is longer is not compared with one. */
    private static final int MAX_OPTION = 64;

    private Parsing() {}

    /**
     * Parses the arguments of a command.
     *
     * @throws CliException usage, when they do not fit
     */
    static ParseResult parse(Command command, List<String> path, List<String> arguments) {
        String name = "bus " + String.join(" ", path);
        CommandSpec spec = command.model(name);
        var line = new CommandLine(spec);
        // A value is what was typed: neither @file nor quotes nor ${…} mean anything here.
        line.setExpandAtFiles(false).setTrimQuotes(false).setInterpolateVariables(false);
        line.setOverwrittenOptionsAllowed(true);
        try {
            return line.parseArgs(arguments.toArray(String[]::new));
        } catch (CommandLine.UnmatchedArgumentException e) {
            throw CliException.usage(unmatched(e, spec, name));
        } catch (CommandLine.MissingParameterException e) {
            throw CliException.usage(missing(e, name));
        } catch (CommandLine.ParameterException e) {
            throw CliException.usage(firstLine(e) + "; see '" + name + " --help'");
        }
    }

    private static String unmatched(CommandLine.UnmatchedArgumentException e, CommandSpec spec, String name) {
        String first = e.getUnmatched().getFirst();
        if (first.length() < 2 || !first.startsWith("-")) {
            return "unexpected argument '" + Echo.of(first) + "'; see '" + name + " --help'";
        }
        // What is behind = may be a secret that somebody put into the wrong place.
        int equals = first.indexOf('=');
        String option = equals < 0 ? first : first.substring(0, equals);
        if (option.length() <= MAX_OPTION && Suggestions.distance(option, "--token") <= 1) {
            return "no option takes a token, since a command line can be seen by others: use --token-file PATH or the"
                    + " variable BUS_API_TOKEN";
        }
        String hint = Suggestions.hint(option, new ArrayList<>(spec.optionsMap().keySet()));
        return "unknown option '" + Echo.of(option) + "'" + (hint.isEmpty() ? "; see '" + name + " --help'" : hint);
    }

    private static String missing(CommandLine.MissingParameterException e, String name) {
        String message = firstLine(e);
        if (message.startsWith("expected parameter for option")) {
            return message + "; if that is the value, join them with =";
        }
        return message + "; see '" + name + " --help'";
    }

    private static String firstLine(CommandLine.ParameterException e) {
        String message = String.valueOf(e.getMessage());
        int end = message.indexOf('\n');
        return Character.toLowerCase(message.charAt(0)) + (end < 0 ? message : message.substring(0, end)).substring(1);
    }
}
