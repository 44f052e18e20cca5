package com.busdk.cli;

import com.busdk.cli.command.Entry;
import com.busdk.cli.completion.CompletionCommand;
import com.busdk.cli.operator.TokenIssueCommand;
import java.util.List;

/** The table of all commands. A command that is not in it does not exist. */
public final class Commands {
    private Commands() {}

    /** The table. */
    public static Entry.Group root() {
        return new Entry.Group(
                "",
                "publish events, listen to them, and run the service that keeps them",
                List.of(
                        operator(),
                        new Entry.Leaf(
                                "completion",
                                "print a completion script for a shell",
                                () -> new CompletionCommand(Commands::root))));
    }

    private static Entry.Group operator() {
        var issue = new Entry.Leaf("issue", "sign a service token", TokenIssueCommand::new);
        var token = new Entry.Group("token", "issue tokens", List.of(issue));
        return new Entry.Group("operator", "what an operator of the services needs", List.of(token));
    }
}
