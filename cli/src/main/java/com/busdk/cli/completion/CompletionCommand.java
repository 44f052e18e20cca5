package com.busdk.cli.completion;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Entry;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.client.text.Echo;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import picocli.AutoComplete;
import picocli.CommandLine;

/** Prints a script that lets a shell complete {@code bus} commands. */
public final class CompletionCommand extends Command {
    private static final List<String> SHELLS = List.of("bash", "zsh", "fish");

    private final Supplier<Entry.Group> commands;
    private final Argument<String> shell = operand("SHELL", "bash, zsh or fish");

    /** Completes the commands of that table. */
    public CompletionCommand(Supplier<Entry.Group> commands) {
        this.commands = commands;
    }

    @Override
    public String description() {
        return "Prints a script with which a shell completes commands, options and their values.";
    }

    @Override
    public List<String> examples() {
        return List.of(
                "source <(bus completion bash)",
                "bus completion bash > ~/.local/share/bash-completion/completions/bus",
                "bus completion fish > ~/.config/fish/completions/bus.fish");
    }

    @Override
    public Set<Format> formats() {
        return Set.of(Format.TEXT);
    }

    @Override
    public void check() {
        if (!SHELLS.contains(shell.required())) {
            throw CliException.usage(
                    "no completion for '" + Echo.of(shell.required()) + "': give one of " + String.join(", ", SHELLS));
        }
    }

    @Override
    public int run(Invocation invocation) {
        CommandLine tree = new CommandLine(PicocliModel.of("bus", commands.get()));
        // One script serves bash and zsh: it loads bash's completion in zsh.
        invocation
                .out()
                .print(shell.required().equals("fish") ? FishCompletion.script(tree) : AutoComplete.bash("bus", tree));
        return ExitCode.OK;
    }
}
