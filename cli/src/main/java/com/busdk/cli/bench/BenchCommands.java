package com.busdk.cli.bench;

import com.busdk.cli.bench.suite.SuiteCommand;
import com.busdk.cli.command.Entry;
import java.util.List;

/** The words behind {@code bus events bench}. */
public final class BenchCommands {
    private BenchCommands() {}

    /** The part of the table of commands. */
    public static Entry.Group group() {
        return new Entry.Group(
                "bench",
                "measure a running service",
                List.of(
                        new Entry.Leaf("publish", "publish as fast as it goes, or at a rate", BenchPublishCommand::new),
                        new Entry.Leaf("listen", "listen over many connections", BenchListenCommand::new),
                        new Entry.Leaf("request", "ask, and wait for responses", BenchRequestCommand::new),
                        new Entry.Leaf("suite", "measure everything, beside the goals", SuiteCommand::new)));
    }
}
