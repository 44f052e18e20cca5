package com.busdk.cli.command;

import com.busdk.cli.ExitCode;
import java.util.List;
import java.util.Locale;

/** Writes help: the same shape for the whole, for a group and for a command. */
public final class HelpText {
    /** A line is at most so wide, as a terminal is by default. */
    private static final int WIDTH = 100;

    /** Names longer than this have their description on the next line. */
    private static final int MAX_NAME_COLUMN = 32;

    private static final String COMMON_HINT = "Common options stand before or after the command:";

    /** What scripts branch on. */
    private static final List<Row> EXIT_CODES = List.of(
            exit(ExitCode.OK, "done"),
            exit(ExitCode.FAILED, "failed"),
            exit(ExitCode.USAGE, "an option or a setting is wrong; nothing was done"),
            exit(ExitCode.BUS_SYNTAX, "a file of commands is wrong; nothing was done"),
            exit(ExitCode.UNREACHABLE, "a service cannot be reached, or is not available"),
            exit(ExitCode.DAMAGED_LOG, "the log of events is damaged, and its service does not start"),
            exit(ExitCode.NO_PERMISSION, "not authenticated, or not allowed"),
            exit(ExitCode.TIMED_OUT, "the time allowed is over"),
            exit(ExitCode.NO_SUCH_COMMAND, "no such command"),
            exit(ExitCode.INTERRUPTED, "interrupted by Ctrl-C"));

    private final StringBuilder text = new StringBuilder();

    private HelpText() {}

    /** Help of a group, or of the whole when {@code path} is empty. */
    static String of(List<String> path, Entry.Group group) {
        var help = new HelpText();
        String name = qualified(path);
        help.line("Usage: " + name + " [OPTIONS] COMMAND …");
        if (path.isEmpty()) {
            help.line("       " + name + " [--check] [--trace] FILE.bus…");
        }
        help.line("").paragraph(sentence(group.summary()));
        help.line("").line("Commands:");
        help.rows(group.children().stream()
                .map(child -> new Row(child.name(), child.summary()))
                .toList());
        if (path.isEmpty()) {
            help.line("").line("Files of commands:");
            help.rows(List.of(
                    new Row("    --check", "only read the files: say what is wrong in them, and run nothing"),
                    new Row("    --trace", "write each command to standard error before it runs")));
        }
        help.commonOptions();
        if (path.isEmpty()) {
            help.line("").line("Exit codes:");
            help.rows(EXIT_CODES);
        }
        help.line("").line("'" + name + " COMMAND --help' tells more.");
        return help.text.toString();
    }

    /** Help of a command. */
    static String of(List<String> path, Command command) {
        var help = new HelpText();
        help.line(usage(path, command)).line("").paragraph(command.description());
        Operand operand = command.operand();
        if (operand != null) {
            help.line("").line("Operands:");
            help.rows(List.of(new Row(operand.label(), operand.description())));
        }
        if (!command.options().isEmpty()) {
            help.line("").line("Options:");
            help.rows(command.options().stream().map(HelpText::row).toList());
        }
        help.commonOptions();
        if (!command.examples().isEmpty()) {
            help.line("").line("Examples:");
            command.examples().forEach(example -> help.line("  " + example));
        }
        return help.text.toString();
    }

    /** One line of names and what they mean. */
    private record Row(String name, String meaning) {}

    private static Row exit(int code, String meaning) {
        return new Row(String.format(Locale.ROOT, "%3d", code), meaning);
    }

    private static String usage(List<String> path, Command command) {
        var usage = new StringBuilder("Usage: ").append(qualified(path));
        for (Option option : command.options()) {
            if (option.required()) {
                usage.append(' ').append(option.longName()).append(' ').append(option.label());
            }
        }
        usage.append(" [OPTIONS]");
        Operand operand = command.operand();
        if (operand != null) {
            String label = operand.label() + (operand.max() > 1 ? "…" : "");
            usage.append(' ').append(operand.min() == 0 ? "[" + label + "]" : label);
        }
        return usage.toString();
    }

    private static Row row(Option option) {
        String names = String.join(", ", option.names());
        String indent = names.startsWith("--") ? "    " : "";
        String label = switch (option.value()) {
            case NONE -> "";
            case ONE -> " " + option.label();
            case OPTIONAL -> " [" + option.label() + "]";
        };
        return new Row(indent + names + label, option.description());
    }

    private static String qualified(List<String> path) {
        return path.isEmpty() ? "bus" : "bus " + String.join(" ", path);
    }

    private static String sentence(String summary) {
        return Character.toUpperCase(summary.charAt(0)) + summary.substring(1) + ".";
    }

    private void commonOptions() {
        line("").line(COMMON_HINT);
        rows(CommonOption.all().stream().map(common -> row(common.option())).toList());
    }

    private HelpText line(String line) {
        text.append(line).append('\n');
        return this;
    }

    private void paragraph(String words) {
        for (String line : words.split("\n", -1)) {
            wrap(line, "", WIDTH);
        }
    }

    private void rows(List<Row> rows) {
        int column = 0;
        for (Row row : rows) {
            if (row.name.length() <= MAX_NAME_COLUMN) {
                column = Math.max(column, row.name.length());
            }
        }
        String indent = " ".repeat(column + 4);
        for (Row row : rows) {
            text.append("  ").append(row.name);
            if (row.name.length() > column) {
                text.append('\n').append(indent);
            } else {
                text.append(" ".repeat(column - row.name.length() + 2));
            }
            wrap(row.meaning, indent, WIDTH - indent.length());
        }
    }

    /** Writes words at the current place, and continues on new lines behind {@code indent}. */
    private void wrap(String words, String indent, int width) {
        int used = 0;
        for (String word : words.split(" ", -1)) {
            if (used > 0 && used + 1 + word.length() > width) {
                text.append('\n').append(indent);
                used = 0;
            } else if (used > 0) {
                text.append(' ');
                used++;
            }
            text.append(word);
            used += word.length();
        }
        text.append('\n');
    }
}
