package com.busdk.cli.command;

import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One command: its options, declared by the fields of its subclass, and what it does. An object serves one use: it is
 * made, parsed, checked and run once.
 */
public abstract class Command {
    /** Any number of operands; a command line ends long before. */
    protected static final int MANY = Integer.MAX_VALUE;

    private final Map<Option, Argument<?>> options = new LinkedHashMap<>();
    private @Nullable Operand operand;
    private @Nullable Argument<?> operands;

    /** For subclasses, which declare their options as fields. */
    protected Command() {}

    /** What it does, in a few lines of help. */
    public abstract String description();

    /** Command lines that work as they stand, for the help. */
    public List<String> examples() {
        return List.of();
    }

    /** The formats it can print. */
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
     * Tells whether the result is one that others must not read: then {@code -o FILE} makes a file for its owner alone.
     *
     * @return false unless a command says otherwise
     */
    public boolean resultIsSecret() {
        return false;
    }

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
        return add(Option.Value.NONE, "", false, false, description, names, _ -> true);
    }

    /** An option with a text. */
    protected final Argument<String> option(String label, String description, String... names) {
        return add(Option.Value.ONE, label, false, false, description, names, List::getLast);
    }

    /** An option with a text, without which the command is refused. */
    protected final Argument<String> requiredOption(String label, String description, String... names) {
        return add(Option.Value.ONE, label, true, false, description, names, List::getLast);
    }

    /** An option whose text may be left out, and then is empty. */
    protected final Argument<String> optionalValue(String label, String description, String... names) {
        return add(Option.Value.OPTIONAL, label, false, false, description, names, List::getLast);
    }

    /**
     * An option with a value of another type.
     *
     * @param reader reads it; an {@link IllegalArgumentException} says what is wrong
     */
    protected final <T> Argument<T> option(
            Function<String, T> reader, String label, String description, String... names) {
        return add(Option.Value.ONE, label, false, false, description, names, texts -> reader.apply(texts.getLast()));
    }

    /** An option that may be repeated. */
    protected final Argument<List<String>> repeatable(String label, String description, String... names) {
        return add(Option.Value.ONE, label, false, true, description, names, List::copyOf);
    }

    /** The one word behind the options. */
    protected final Argument<String> operand(String label, String description) {
        return addOperands(new Operand(label, 1, 1, description), List::getLast);
    }

    /** The words behind the options, {@code min} to {@code max} of them. */
    protected final Argument<List<String>> operands(int min, int max, String label, String description) {
        return addOperands(new Operand(label, min, max, description), List::copyOf);
    }

    /** The options of this command alone, in the order of declaration. */
    public final List<Option> options() {
        return List.copyOf(options.keySet());
    }

    /** The words behind the options, or null where it takes none. */
    public final @Nullable Operand operand() {
        return operand;
    }

    /** Where the value of an option goes. */
    final Argument<?> argument(Option option) {
        Argument<?> argument = options.get(option);
        if (argument == null) {
            throw new IllegalArgumentException(option.longName() + " is no option of this command");
        }
        return argument;
    }

    /** Where the words behind the options go, or null where it takes none. */
    final @Nullable Argument<?> operandArgument() {
        return operands;
    }

    private <T> Argument<T> add(
            Option.Value value,
            String label,
            boolean required,
            boolean repeatable,
            String description,
            String[] names,
            Function<List<String>, T> reader) {
        var option = new Option(List.of(names), value, label, required, description);
        var argument = new Argument<>(option.longName(), repeatable, reader);
        options.put(option, argument);
        return argument;
    }

    private <T> Argument<T> addOperands(Operand declared, Function<List<String>, T> reader) {
        var argument = new Argument<>(declared.label(), true, reader);
        operand = declared;
        operands = argument;
        return argument;
    }
}
