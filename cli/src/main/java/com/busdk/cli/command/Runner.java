package com.busdk.cli.command;

import com.busdk.cli.ExitCode;
import com.busdk.cli.Version;
import com.busdk.cli.files.PrivateFiles;
import com.busdk.cli.term.BrokenPipeException;
import com.busdk.cli.term.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * Parses and runs one command, and turns what goes wrong into an exit code and one line on standard error.
 *
 * <p>{@link #prepare} does nothing but look at words, so that a file of commands can be checked before
 * its first command runs.
 */
public final class Runner {
    private final Router router;

    /**
     * Runs the commands of a table.
     *
     * @param root the commands
     * @param script makes the command that runs files of commands
     */
    public Runner(Entry.Group root, Function<Runner, Command> script) {
        this.router = new Router(root, new Entry.Leaf("", "run files of commands", () -> script.apply(this)));
    }

    /** A command that is ready to run. */
    public sealed interface Prepared {
        /**
         * Run it.
         *
         * @param path its words
         * @param command the command, parsed and checked
         * @param common its common options
         */
        record Ready(List<String> path, Command command, Common common) implements Prepared {}

        /**
         * Print a text and be done.
         *
         * @param text the text
         */
        record Show(String text) implements Prepared {}
    }

    /**
     * Parses and checks a command line.
     *
     * @param program the name that {@code --version} prints
     * @param line the words behind {@code bus}
     * @throws CliException when it cannot be run
     */
    public Prepared prepare(String program, List<String> line) {
        return switch (router.route(line)) {
            case Router.Route.Help(var path, var group) -> new Prepared.Show(HelpText.of(path, group));
            case Router.Route.Version _ -> new Prepared.Show(program + " " + Version.get() + "\n");
            case Router.Route.Run(var path, var leaf, var arguments) -> {
                Command command = leaf.command().get();
                Parsed parsed = Parsing.parse(command, path, arguments);
                if (parsed.has(CommonOption.HELP)) {
                    yield new Prepared.Show(HelpText.of(path, command));
                }
                if (parsed.has(CommonOption.VERSION)) {
                    yield new Prepared.Show(program + " " + Version.get() + "\n");
                }
                Common common = Common.of(parsed, command.formats());
                command.check();
                yield new Prepared.Ready(path, command, common);
            }
        };
    }

    /**
     * Runs what {@link #prepare} made.
     *
     * @return the exit code
     * @throws Exception what the command throws
     */
    public static int run(Environment environment, Prepared prepared) throws Exception {
        return switch (prepared) {
            case Prepared.Show(var text) -> {
                environment.out().print(text);
                environment.out().flush();
                yield ExitCode.OK;
            }
            case Prepared.Ready(var _, var command, var common) ->
                within(
                        environment,
                        common,
                        command.resultIsSecret(),
                        inside -> command.run(new Invocation(inside, common)));
        };
    }

    /** What runs within an environment. */
    @FunctionalInterface
    public interface Body {
        /**
         * Runs.
         *
         * @param environment the environment with {@code -C} and {@code -o} applied
         * @return the exit code
         */
        int run(Environment environment) throws Exception;
    }

    /** Runs {@code body} with {@code -C} and {@code -o} applied. */
    private static int within(Environment environment, Common common, boolean secret, Body body) throws Exception {
        Environment here = environment;
        if (common.directory() != null) {
            Path directory = environment.resolve(common.directory()).normalize();
            if (!Files.isDirectory(directory)) {
                throw CliException.usage("--chdir " + directory + ": there is no such directory");
            }
            here = environment.in(directory);
        }
        if (common.output() == null || common.output().equals("-")) {
            int code = body.run(here);
            here.out().flush();
            return code;
        }
        try (Output file = open(here.resolve(common.output()), secret)) {
            int code = body.run(here.to(file));
            file.flush();
            return code;
        }
    }

    /**
     * Runs {@code body} and turns what it throws into an exit code and a line on standard error.
     * A {@link BrokenPipeException} is passed on, since it ends more than one command.
     *
     * @param who begins the line, for example {@code bus events send}
     * @param verbosity with 2 and more the trace is shown as well
     */
    public static int guard(Environment environment, String who, int verbosity, Body body) {
        try {
            return body.run(environment);
        } catch (BrokenPipeException e) {
            throw e;
        } catch (CliException e) {
            Failures.report(environment.err(), who, e.text(), e, verbosity);
            return e.exitCode();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            Failures.report(environment.err(), who, "interrupted", e, verbosity);
            return ExitCode.INTERRUPTED;
        } catch (Exception | StackOverflowError | OutOfMemoryError e) {
            Failures.report(environment.err(), who, Failures.text(e), e, verbosity);
            return ExitCode.FAILED;
        }
    }

    private static Output open(Path file, boolean secret) {
        try {
            return new Output(secret ? PrivateFiles.open(file) : Files.newOutputStream(file));
        } catch (IOException e) {
            throw new CliException(ExitCode.FAILED, "cannot write --output: " + Failures.text(e), e);
        }
    }
}
