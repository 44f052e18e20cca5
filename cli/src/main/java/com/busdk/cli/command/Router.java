package com.busdk.cli.command;

import com.busdk.cli.ExitCode;
import com.busdk.client.text.Echo;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the command that a command line means, without building the options of any: only common options may stand before
 * the last word of a command, and those are known by a table. So one command is made, and not the whole tree.
 */
public final class Router {
    private final Entry.Group root;
    private final Entry.Leaf script;

    /**
     * Routes within a table.
     *
     * @param root the commands
     * @param script what a line means that begins with the name of a file of commands
     */
    public Router(Entry.Group root, Entry.Leaf script) {
        this.root = root;
        this.script = script;
    }

    /** What a command line means. */
    public sealed interface Route {
        /**
         * Run a command.
         *
         * @param path its words
         * @param leaf the command
         * @param arguments its arguments, with the common options that stood before its words
         */
        record Run(List<String> path, Entry.Leaf leaf, List<String> arguments) implements Route {}

        /**
         * Show the help of a group.
         *
         * @param path its words, none for the whole
         * @param group the group
         */
        record Help(List<String> path, Entry.Group group) implements Route {}

        /** Show the version. */
        record Version() implements Route {}
    }

    /** What stood before the word that is looked at. */
    private static final class Walk {
        final List<String> path = new ArrayList<>();
        final List<String> before = new ArrayList<>();
        boolean help;
        boolean version;
    }

    /**
     * Finds what a command line means.
     *
     * @param line the words behind {@code bus}
     * @throws CliException when a word is no command; usage, when it is incomplete or has an option that is not common
     *     before its last word
     */
    public Route route(List<String> line) {
        return line.contains("help") && firstWord(line).equals("help") ? routeHelp(line) : walk(line, root, new Walk());
    }

    private Route routeHelp(List<String> line) {
        var rest = new ArrayList<>(line);
        rest.remove("help");
        rest.add("--help");
        return walk(rest, root, new Walk());
    }

    private Route walk(List<String> line, Entry.Group start, Walk walk) {
        Entry.Group group = start;
        int i = 0;
        while (i < line.size()) {
            String word = line.get(i);
            if (word.equals("--")) {
                walk.before.add(word);
                i++;
            } else if (word.length() > 1 && word.startsWith("-")) {
                if (walk.path.isEmpty() && isScriptOption(word)) {
                    return new Route.Run(List.of(), script, List.copyOf(line));
                }
                int taken = takeOption(line, i, walk);
                walk.before.addAll(line.subList(i, Math.min(i + taken, line.size())));
                i += taken;
            } else if (walk.path.isEmpty() && word.endsWith(".bus")) {
                return new Route.Run(List.of(), script, List.copyOf(line));
            } else {
                Entry child = group.child(word);
                switch (child) {
                    case null -> throw noSuchCommand(walk.path, word, group.words());
                    case Entry.Leaf leaf -> {
                        walk.path.add(word);
                        walk.before.addAll(line.subList(i + 1, line.size()));
                        return new Route.Run(List.copyOf(walk.path), leaf, List.copyOf(walk.before));
                    }
                    case Entry.Group next -> {
                        walk.path.add(word);
                        group = next;
                        i++;
                    }
                }
            }
        }
        return end(group, walk);
    }

    private Route end(Entry.Group group, Walk walk) {
        if (walk.help) {
            return new Route.Help(List.copyOf(walk.path), group);
        }
        if (walk.version) {
            return new Route.Version();
        }
        String words = String.join(" ", walk.path);
        throw CliException.usage("which command? Give one of " + String.join(", ", group.words()) + "; see 'bus "
                + (words.isEmpty() ? "" : words + " ") + "--help'");
    }

    /** Whether an option makes the line one about files of commands. */
    private static boolean isScriptOption(String word) {
        return word.equals("--check") || word.equals("--trace");
    }

    /** How many words the option at {@code i} takes, itself included. */
    private static int takeOption(List<String> line, int i, Walk walk) {
        String word = line.get(i);
        if (word.startsWith("--")) {
            int equals = word.indexOf('=');
            CommonOption option = common(equals < 0 ? word : word.substring(0, equals), walk);
            note(option, walk);
            return option.takesValue() && equals < 0 ? 2 : 1;
        }
        for (int at = 1; at < word.length(); at++) {
            CommonOption option = common("-" + word.charAt(at), walk);
            note(option, walk);
            if (option.takesValue()) {
                return at + 1 == word.length() ? 2 : 1;
            }
        }
        return 1;
    }

    private static void note(CommonOption option, Walk walk) {
        walk.help |= option == CommonOption.HELP;
        walk.version |= option == CommonOption.VERSION;
    }

    private static CommonOption common(String name, Walk walk) {
        CommonOption option = CommonOption.named(name);
        if (option == null) {
            throw CliException.usage("unknown option '" + Echo.of(name) + "'"
                    + Suggestions.hint(name, CommonOption.allNames())
                    + " (options of a command stand behind its last word; see 'bus "
                    + String.join("", walk.path.stream().map(w -> w + " ").toList()) + "--help')");
        }
        return option;
    }

    private static CliException noSuchCommand(List<String> path, String word, List<String> known) {
        String before = String.join("", path.stream().map(w -> w + " ").toList());
        String hint = Suggestions.hint(word, known);
        return new CliException(
                ExitCode.NO_SUCH_COMMAND,
                "no such command '" + before + Echo.of(word) + "'"
                        + (hint.isEmpty() ? "; see 'bus " + before + "--help'" : hint));
    }

    private static String firstWord(List<String> line) {
        var walk = new Walk();
        for (int i = 0; i < line.size(); ) {
            String word = line.get(i);
            if (word.length() < 2 || !word.startsWith("-")) {
                return word;
            }
            i += word.equals("--") || isScriptOption(word) ? 1 : takeOption(line, i, walk);
        }
        return "";
    }
}
