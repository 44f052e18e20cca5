package com.busdk.cli.command;

import picocli.CommandLine.Model.CommandSpec;

/** The whole command table as picocli sees it. Only what looks at all commands at once needs it. */
public final class Model {
    private Model() {}

    /** The model of a group and everything below it. */
    public static CommandSpec of(String name, Entry.Group group) {
        CommandSpec spec = CommandSpec.create().name(name);
        spec.usageMessage().description(group.summary());
        CommonOption.addTo(spec);
        for (Entry child : group.children()) {
            CommandSpec below = switch (child) {
                case Entry.Group inner -> of(inner.name(), inner);
                case Entry.Leaf leaf -> leaf.command().get().model(leaf.name());
            };
            below.usageMessage().description(child.summary());
            spec.addSubcommand(child.name(), below);
        }
        return spec;
    }
}
