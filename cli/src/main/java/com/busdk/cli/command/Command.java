package com.busdk.cli.command;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * One command: its options, declared by the fields of its subclass, and what it does. An object serves one use: it is
 * made, parsed, checked and run once.
 */
public abstract class Command {
    private final CommandSpec spec = CommandSpec.create();
    private final List<OptionSpec> ownOptions = new ArrayList<>();

    /** For subclasses, which declare their options as fields. */
    protected Command() {}

    /** What it does, in a few lines of help. */
    public abstract String description();

    /** Command lines that work as they stand, for the help. */
    public List<String> examples() {
        return List.of();
    }

    /** The formats it can print, the default first. */
    public Set<Format> formats() {
        return Collections.unmodifiableSet(EnumSet.of(Format.TEXT, Format.JSON, Format.TSV));
    }

    /**
     * Refuses a combination of options that cannot work. Called before anything is done, also by {@code bus --check}; it
     * looks at nothing but the options.
     *
     * @throws CliException usage, with what to give instead
     */
    public void check() {}

    /**
     * Does it.
     *
     * @return the exit code
     * @throws CliException when it cannot go on
     * @throws Exception what was not foreseen, or an I/O error
     */
    public abstract int run(Invocation invocation) throws Exception;

    /** A switch, off unless given. */
    protected final Argument<Boolean> flag(String description, String... names) {
        return add(OptionSpec.builder(names).type(boolean.class).arity("0").description(description));
    }

    /** An option with a text. */
    protected final Argument<String> option(String label, String description, String... names) {
        return add(OptionSpec.builder(names)
                .type(String.class)
                .arity("1")
                .paramLabel(label)
                .description(description));
    }

    /** An option with a text, without which the command is refused. */
    protected final Argument<String> requiredOption(String label, String description, String... names) {
        return add(OptionSpec.builder(names)
                .type(String.class)
                .arity("1")
                .required(true)
                .paramLabel(label)
                .description(description));
    }

    /** An option whose text may be left out, and then is {@code fallback}. */
    protected final Argument<String> optionOr(String fallback, String label, String description, String... names) {
        return add(OptionSpec.builder(names)
                .type(String.class)
                .arity("0..1")
                .fallbackValue(fallback)
                .paramLabel(label)
                .description(description));
    }

    /**
     * An option with a value of another type.
     *
     * @param type the type
     * @param reader reads it; an {@link IllegalArgumentException} says what is wrong
     */
    protected final <T> Argument<T> option(
            Class<T> type, Function<String, T> reader, String label, String description, String... names) {
        return add(OptionSpec.builder(names)
                .type(type)
                .arity("1")
                .converters((CommandLine.ITypeConverter<T>) text -> convert(reader, text))
                .paramLabel(label)
                .description(description));
    }

    /** An option that may be repeated. */
    protected final Argument<List<String>> repeatable(String label, String description, String... names) {
        return add(OptionSpec.builder(names)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1")
                .paramLabel(label)
                .description(description));
    }

    /** A word behind the options. */
    protected final Argument<String> operand(String label, String description) {
        return addOperand(PositionalParamSpec.builder()
                .type(String.class)
                .index("0")
                .arity("1")
                .paramLabel(label)
                .description(description));
    }

    /** Any number of words behind the options, within {@code arity}, for example {@code 1..*}. */
    protected final Argument<List<String>> operands(String arity, String label, String description) {
        return addOperand(PositionalParamSpec.builder()
                .type(List.class)
                .auxiliaryTypes(String.class)
                .index("0..*")
                .arity(arity)
                .paramLabel(label)
                .description(description));
    }

    /** Options of this command alone, in the order of declaration. */
    final List<OptionSpec> ownOptions() {
        return List.copyOf(ownOptions);
    }

    /** The model of the command with the common options in it. */
    final CommandSpec model(String name) {
        if (spec.options().size() == ownOptions.size()) {
            CommonOption.addTo(spec);
        }
        spec.name(name);
        return spec;
    }

    private <T> Argument<T> add(OptionSpec.Builder builder) {
        OptionSpec option = builder.build();
        spec.addOption(option);
        ownOptions.add(option);
        return new Argument<>(option);
    }

    private <T> Argument<T> addOperand(PositionalParamSpec.Builder builder) {
        ArgSpec operand = builder.build();
        spec.add(operand);
        return new Argument<>(operand);
    }

    private static <T> T convert(Function<String, T> reader, String text) {
        try {
            return reader.apply(text);
        } catch (IllegalArgumentException e) {
            throw new CommandLine.TypeConversionException(e.getMessage());
        }
    }
}
