package com.busdk.cli.completion;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Writes a completion script for the fish shell, which picocli does not. */
final class FishCompletion {
    private final StringBuilder script = new StringBuilder();

    private FishCompletion() {}

    /** The script for a tree of commands. */
    static String script(CommandLine tree) {
        var fish = new FishCompletion();
        String program = tree.getCommandName();
        fish.script
                .append("# Completion of ")
                .append(program)
                .append(" for fish.\n")
                .append("function __fish_")
                .append(program)
                .append("_words\n")
                .append("    set -l words (commandline -opc)\n")
                .append("    set -e words[1]\n")
                .append("    for word in $words\n")
                .append("        string match -q -- '-*' $word; or echo $word\n")
                .append("    end\n")
                .append("end\n")
                .append("function __fish_")
                .append(program)
                .append("_at\n")
                .append("    set -l words (__fish_")
                .append(program)
                .append("_words)\n")
                .append("    test (count $words) -ge (count $argv); or return 1\n")
                .append("    for i in (seq (count $argv))\n")
                .append("        test \"$words[$i]\" = \"$argv[$i]\"; or return 1\n")
                .append("    end\n")
                .append("end\n")
                .append("complete -c ")
                .append(program)
                .append(" -f\n");
        fish.options(program, List.of(), tree.getCommandSpec());
        fish.below(program, List.of(), tree);
        return fish.script.toString();
    }

    private void below(String program, List<String> path, CommandLine command) {
        for (Map.Entry<String, CommandLine> child : command.getSubcommands().entrySet()) {
            CommandSpec spec = child.getValue().getCommandSpec();
            script.append("complete -c ")
                    .append(program)
                    .append(" -n '")
                    .append(at(program, path))
                    .append("; and test (count (__fish_")
                    .append(program)
                    .append("_words)) -eq ")
                    .append(path.size())
                    .append("' -a ")
                    .append(child.getKey())
                    .append(" -d ")
                    .append(quote(String.join(" ", spec.usageMessage().description())))
                    .append('\n');
            var deeper = new ArrayList<>(path);
            deeper.add(child.getKey());
            options(program, deeper, spec);
            below(program, deeper, child.getValue());
        }
    }

    private void options(String program, List<String> path, CommandSpec spec) {
        // Common options are those of the root; fish offers them everywhere.
        List<String> known = path.isEmpty()
                ? List.of()
                : spec.root().options().stream().map(OptionSpec::longestName).toList();
        for (OptionSpec option : spec.options()) {
            if (known.contains(option.longestName())) {
                continue;
            }
            script.append("complete -c ").append(program);
            if (!path.isEmpty()) {
                script.append(" -n '").append(at(program, path)).append('\'');
            }
            for (String name : option.names()) {
                script.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
            }
            if (option.arity().max() > 0) {
                script.append(" -r").append(isFile(option) ? " -F" : "");
            }
            script.append(" -d ")
                    .append(quote(String.join(" ", option.description())))
                    .append('\n');
        }
    }

    private static boolean isFile(OptionSpec option) {
        return List.of("FILE", "PATH", "DIR").contains(option.paramLabel());
    }

    private static String at(String program, List<String> path) {
        return path.isEmpty() ? "true" : "__fish_" + program + "_at " + String.join(" ", path);
    }

    private static String quote(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
