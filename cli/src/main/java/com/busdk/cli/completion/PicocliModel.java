package com.busdk.cli.completion;

import com.busdk.cli.command.Command;
import com.busdk.cli.command.CommonOption;
import com.busdk.cli.command.Entry;
import com.busdk.cli.command.Operand;
import com.busdk.cli.command.Option;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The whole command table as picocli sees it, which writes completion scripts from such a model. Stateless. */
final class PicocliModel {
    private PicocliModel() {}

    /** The model of a group and everything below it. */
    static CommandSpec of(String name, Entry.Group group) {
        CommandSpec spec = CommandSpec.create().name(name);
        addCommonOptions(spec);
        for (Entry child : group.children()) {
            CommandSpec below = switch (child) {
                case Entry.Group inner -> of(inner.name(), inner);
                case Entry.Leaf leaf -> of(leaf.name(), leaf.command().get());
            };
            below.usageMessage().description(child.summary());
            spec.addSubcommand(child.name(), below);
        }
        return spec;
    }

    private static CommandSpec of(String name, Command command) {
        CommandSpec spec = CommandSpec.create().name(name);
        command.options().forEach(option -> spec.addOption(of(option, List.of())));
        addCommonOptions(spec);
        Operand operand = command.operand();
        if (operand != null) {
            spec.addPositional(PositionalParamSpec.builder()
                    .paramLabel(operand.label())
                    .arity(operand.min() + ".." + (operand.max() == Integer.MAX_VALUE ? "*" : operand.max()))
                    .type(List.class)
                    .auxiliaryTypes(String.class)
                    .build());
        }
        return spec;
    }

    private static void addCommonOptions(CommandSpec spec) {
        for (CommonOption common : CommonOption.all()) {
            spec.addOption(of(common.option(), values(common)));
        }
    }

    private static List<String> values(CommonOption common) {
        return switch (common) {
            case FORMAT -> List.of("text", "json", "tsv");
            case COLOR -> List.of("auto", "always", "never");
            default -> List.of();
        };
    }

    private static OptionSpec of(Option option, List<String> values) {
        OptionSpec.Builder builder = OptionSpec.builder(option.names().toArray(String[]::new))
                .description(option.description())
                .paramLabel(option.label());
        switch (option.value()) {
            case NONE -> builder.arity("0").type(boolean.class);
            case ONE -> builder.arity("1").type(String.class);
            case OPTIONAL -> builder.arity("0..1").type(String.class);
        }
        return values.isEmpty()
                ? builder.build()
                : builder.completionCandidates(values).build();
    }
}
