package com.busdk.cli.script;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Common;
import com.busdk.cli.command.Environment;
import com.busdk.cli.command.Failures;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.command.Runner;
import java.io.IOException;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Runs files of commands, in this process: everything is read and checked first, so that a mistake on the last line is
 * found before the first has done anything. Common options of the line that names the files hold for each command that
 * does not give its own.
 */
public final class ScriptCommand extends Command {
    private final Runner runner;
    private final Argument<Boolean> check =
            flag("only read the files: say what is wrong in them, and run nothing", "--check");
    private final Argument<Boolean> trace = flag("write each command to standard error before it runs", "--trace");
    private final Argument<List<String>> files =
            operands(1, MANY, "FILE.bus", "files of commands, in the order in which they run");

    /** A command that runs what is in the files with {@code runner}. */
    public ScriptCommand(Runner runner) {
        this.runner = runner;
    }

    @Override
    public String description() {
        return """
            Runs files of commands: one command a line, without the leading 'bus'; quoting as in a shell, but nothing is \
            expanded; '#' begins a comment; a backslash joins lines; a line that is the name of a .bus file includes that file.
            Everything is read before the first command runs. The first command that fails ends it, with its exit code.\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of("bus --check deploy.bus", "bus --trace deploy.bus");
    }

    @Override
    public Set<Format> formats() {
        return Collections.unmodifiableSet(EnumSet.allOf(Format.class));
    }

    @Override
    public void check() {
        for (String file : files.required()) {
            if (!file.endsWith(ScriptLoader.SUFFIX) && !check.given()) {
                throw CliException.usage("'" + file + "' is no " + ScriptLoader.SUFFIX
                        + " file: give commands within a file, or files alone");
            }
        }
    }

    @Override
    public int run(Invocation invocation) throws Exception {
        List<Statement> statements;
        try {
            statements = load(invocation);
            for (Statement statement : statements) {
                prepare(statement, invocation);
            }
        } catch (ScriptSyntaxException e) {
            throw new CliException(ExitCode.BUS_SYNTAX, e.text() + "; nothing has run", e);
        }
        if (check.given()) {
            invocation.detail(statements.size() + " commands are in order");
            return ExitCode.OK;
        }
        for (Statement statement : statements) {
            int code = runOne(statement, invocation);
            if (code != ExitCode.OK) {
                return code;
            }
        }
        return ExitCode.OK;
    }

    private List<Statement> load(Invocation invocation) {
        var loader = new ScriptLoader();
        for (String file : files.required()) {
            try {
                loader.load(file, invocation.resolve(file));
            } catch (IOException e) {
                throw new CliException(ExitCode.USAGE, "cannot read a file of commands: " + Failures.text(e), e);
            }
        }
        return loader.statements();
    }

    private Runner.Prepared prepare(Statement statement, Invocation invocation) {
        if (statement.words().getFirst().equals("bus")) {
            throw new ScriptSyntaxException(statement.file(), statement.line(), "leave out the leading 'bus'");
        }
        try {
            Runner.Prepared prepared = runner.prepare(invocation.environment().program(), statement.words());
            if (prepared instanceof Runner.Prepared.Ready(var _, var command, var _)
                    && command instanceof ScriptCommand) {
                throw CliException.usage("--check and --trace are for the line that runs the files");
            }
            return prepared;
        } catch (CliException e) {
            throw new ScriptSyntaxException(statement.file(), statement.line(), e.text());
        }
    }

    /** What fails says so itself, in a line that begins with the place; what ends with another code than 0 may not. */
    private static int ran(Environment environment, Runner.Prepared prepared, Statement statement) throws Exception {
        int code = Runner.run(environment, prepared);
        if (code != ExitCode.OK) {
            environment.err().println(statement.place() + ": stopped here with exit code " + code);
        }
        return code;
    }

    private int runOne(Statement statement, Invocation invocation) {
        if (trace.given()) {
            invocation.err().println("+ bus " + statement.quoted());
        }
        Environment environment = invocation.environment();
        return switch (prepare(statement, invocation)) {
            case Runner.Prepared.Show show ->
                Runner.guard(environment, statement.place(), 0, here -> Runner.run(here, show));
            case Runner.Prepared.Ready ready -> {
                Common common = ready.common()
                        .within(invocation.common(), ready.command().formats());
                var inside = new Runner.Prepared.Ready(ready.path(), ready.command(), common);
                yield Runner.guard(
                        environment, statement.place(), common.verbosity(), here -> ran(here, inside, statement));
            }
        };
    }
}
