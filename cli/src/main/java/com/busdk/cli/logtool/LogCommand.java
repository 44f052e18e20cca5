package com.busdk.cli.logtool;

import com.busdk.broker.backend.log.LogTool;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.client.text.Echo;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A command about the log in one folder. */
abstract class LogCommand extends Command {
    /** Longest error of the log that is shown: it names a path. */
    private static final int MAX_MESSAGE = 500;

    private final Argument<String> directory = operand("DIR", "the folder of the log: --data-dir of the service");

    /** Does it with the log taken, so that no service can open it meanwhile. */
    abstract int run(LogTool log, Invocation invocation) throws Exception;

    /** The folder as it was typed, for advice. */
    final String typed() {
        return directory.required();
    }

    @Override
    public Set<Format> formats() {
        return Collections.unmodifiableSet(EnumSet.of(Format.TEXT, Format.JSON));
    }

    @Override
    public final int run(Invocation invocation) throws Exception {
        Path folder = invocation.resolve(directory.required());
        Owners owners = Owners.of(folder);
        try {
            return run(folder, invocation);
        } finally {
            owners.restore().ifPresent(invocation::note);
        }
    }

    private int run(Path folder, Invocation invocation) throws Exception {
        LogTool log;
        try {
            log = LogTool.open(folder);
        } catch (IOException e) {
            throw CliException.failed(Echo.clean(String.valueOf(e.getMessage()), MAX_MESSAGE));
        }
        try (log) {
            return run(log, invocation);
        }
    }

    /** Problems as JSON. */
    static void add(ArrayNode to, List<LogTool.Problem> problems) {
        for (LogTool.Problem problem : problems) {
            to.addObject()
                    .put("file", problem.file().toString())
                    .put("offset", problem.offset())
                    .put("problem", problem.what());
        }
    }
}
