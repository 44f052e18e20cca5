package com.busdk.cli.command;

import com.busdk.client.text.Echo;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses the arguments of one command as GNU's {@code getopt_long} does: options before and after operands, values behind
 * a name or joined to it ({@code --name=value}, {@code -nvalue}), short options in one word, {@code --} before operands
 * that look like options. Names are never abbreviated, and a value is what was typed: nothing in it is expanded.
 *
 * <p>It is here, and not in a library, for the sake of start-up: picocli's classes are in a format that the JVM keeps in no
 * start-up cache, and loading them takes longer than all of a small command.
 *
 * <p>One object parses one command line.
 */
final class Parsing {
    /** Longer than any option; what is longer is not compared with one. */
    private static final int MAX_OPTION = 64;

    private final Command command;
    private final String name;
    private final List<String> arguments;
    private final Parsed parsed = new Parsed();
    private final List<String> operands = new ArrayList<>();
    private int at;

    private Parsing(Command command, String name, List<String> arguments) {
        this.command = command;
        this.name = name;
        this.arguments = arguments;
    }

    /**
     * Parses arguments into the fields of a command.
     *
     * @param path the words of the command
     * @return the common options
     * @throws CliException usage, when the arguments do not fit, unless help or the version is asked for
     */
    static Parsed parse(Command command, List<String> path, List<String> arguments) {
        var parsing = new Parsing(command, path.isEmpty() ? "bus" : "bus " + String.join(" ", path), arguments);
        try {
            parsing.all();
            if (!parsing.isAboutCommand()) {
                parsing.read();
            }
        } catch (CliException e) {
            // Whoever asks for help should not be told first what is wrong.
            if (!parsing.restAsksForHelp()) {
                throw e;
            }
            parsing.parsed.add(CommonOption.HELP, "--help", "");
        }
        return parsing.parsed;
    }

    private void all() {
        while (at < arguments.size()) {
            String argument = arguments.get(at++);
            if (argument.equals("--")) {
                operands.addAll(arguments.subList(at, arguments.size()));
                at = arguments.size();
            } else if (argument.startsWith("--")) {
                longOption(argument);
            } else if (argument.length() > 1 && argument.startsWith("-")) {
                shortOptions(argument);
            } else {
                operands.add(argument);
            }
        }
    }

    private void longOption(String argument) {
        int equals = argument.indexOf('=');
        String option = equals < 0 ? argument : argument.substring(0, equals);
        Target target = target(option);
        if (equals < 0) {
            take(target, option);
        } else if (target.value() == Option.Value.NONE) {
            throw CliException.usage("option '" + option + "' takes no value: leave out '='");
        } else {
            target.add(argument.substring(equals + 1));
        }
    }

    private void shortOptions(String argument) {
        for (int i = 1; i < argument.length(); i++) {
            String option = "-" + argument.charAt(i);
            Target target = target(option);
            if (target.value() != Option.Value.NONE && i + 1 < argument.length()) {
                target.add(argument.substring(i + 1));
                return;
            }
            take(target, option);
        }
    }

    /** Takes an option whose value, if it has one, is the next argument. */
    private void take(Target target, String option) {
        String next = at < arguments.size() ? arguments.get(at) : null;
        switch (target.value()) {
            case NONE -> target.add("");
            case OPTIONAL -> {
                boolean isValue = next != null && (next.equals("-") || !next.startsWith("-"));
                target.add(isValue ? arguments.get(at++) : "");
            }
            case ONE -> {
                if (next == null) {
                    throw CliException.usage("option '" + option + "' needs a value: " + option + " " + target.label()
                            + "; see '" + name + " --help'");
                }
                if (isKnown(next)) {
                    throw CliException.usage("option '" + option + "' needs a value, and '" + Echo.of(next)
                            + "' is an option; if that is the value, join them with =");
                }
                target.add(next);
                at++;
            }
        }
    }

    /** Where the value of an option goes: to the common options, or to a field of the command. */
    private record Target(
            Option option,
            String typed,
            @Nullable CommonOption common,
            Parsed parsed,
            @Nullable Argument<?> argument) {
        Option.Value value() {
            return option.value();
        }

        String label() {
            return option.label();
        }

        void add(String value) {
            if (common != null) {
                parsed.add(common, typed, value);
            } else if (argument != null) {
                argument.add(value);
            }
        }
    }

    private Target target(String option) {
        Target target = find(option);
        if (target == null) {
            throw CliException.usage(unknown(option));
        }
        return target;
    }

    private @Nullable Target find(String option) {
        for (Option own : command.options()) {
            if (own.names().contains(option)) {
                return new Target(own, option, null, parsed, command.argument(own));
            }
        }
        CommonOption common = CommonOption.named(option);
        return common == null ? null : new Target(common.option(), option, common, parsed, null);
    }

    private boolean isKnown(String argument) {
        int equals = argument.indexOf('=');
        return argument.length() > 1
                && argument.startsWith("-")
                && find(equals < 0 ? argument : argument.substring(0, equals)) != null;
    }

    /** The message never has more than the name: what is behind {@code =} may be a secret in the wrong place. */
    private String unknown(String option) {
        if (option.length() <= MAX_OPTION && Suggestions.distance(option, "--token") <= 1) {
            return "no option takes a token, since a command line can be seen by others: use --token-file PATH or the"
                    + " variable BUS_API_TOKEN";
        }
        List<String> known = new ArrayList<>(CommonOption.allNames());
        command.options().forEach(own -> known.addAll(own.names()));
        String hint = Suggestions.hint(option, known);
        return "unknown option '" + Echo.of(option) + "'" + (hint.isEmpty() ? "; see '" + name + " --help'" : hint);
    }

    private boolean isAboutCommand() {
        return parsed.has(CommonOption.HELP) || parsed.has(CommonOption.VERSION);
    }

    private boolean restAsksForHelp() {
        int end = arguments.indexOf("--");
        List<String> words = end < 0 ? arguments : arguments.subList(0, end);
        return words.contains("--help") || words.contains("-h");
    }

    /** Reads values, and refuses a command that lacks something or has too much. */
    private void read() {
        for (Option option : command.options()) {
            Argument<?> argument = command.argument(option);
            if (option.required() && argument.count() == 0) {
                throw CliException.usage(
                        "missing " + option.longName() + " " + option.label() + "; see '" + name + " --help'");
            }
            argument.read();
        }
        Operand operand = command.operand();
        int most = operand == null ? 0 : operand.max();
        if (operands.size() > most) {
            throw CliException.usage(
                    "unexpected argument '" + Echo.of(operands.get(most)) + "'; see '" + name + " --help'");
        }
        Argument<?> argument = command.operandArgument();
        if (operand != null && argument != null) {
            if (operands.size() < operand.min()) {
                throw CliException.usage("missing " + operand.label() + "; see '" + name + " --help'");
            }
            operands.forEach(argument::add);
            argument.read();
        }
    }
}
