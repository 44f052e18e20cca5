package com.busdk.cli.bench.peers;

import com.busdk.cli.ExitCode;
import com.busdk.cli.Signals;
import com.busdk.cli.bench.suite.Bench;
import com.busdk.cli.bench.suite.Scale;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.logging.Logs;
import com.busdk.cli.term.Table;
import io.vertx.core.json.DecodeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the measurements have in common: how much, which parts, where the results and the page are. */
abstract class MeasuringCommand extends Command {
    private final List<String> parts;
    private final Argument<Boolean> quick =
            flag("everything once and small: shows that it runs, not how fast", "--quick");
    private final @Nullable Argument<List<String>> only;
    private final Argument<String> resultsFile = option(
            "FILE", "write the figures to FILE as JSON, and keep those that are in it of other works", "--results");
    private final Argument<String> page =
            option("FILE", "write them into this page as well, between its marks, and its charts beside it", "--docs");
    private final Argument<Boolean> render =
            flag("measure nothing: write the page and its charts from the results again", "--render");
    private final Argument<String> folder =
            option("DIR", "keep the files of the servers in DIR; default: a temporary folder", "--dir");

    /** @param parts that may be measured alone; none where all of it is one */
    MeasuringCommand(List<String> parts) {
        this.parts = List.copyOf(parts);
        this.only = parts.isEmpty()
                ? null
                : repeatable("WORK", "only this, of " + String.join(", ", parts) + "; may be repeated", "--only");
    }

    /**
     * Measures.
     *
     * @param chosen which parts
     * @param results takes what is measured
     * @param saving is to be called whenever there is more in the results
     * @return whether all of it could be measured
     */
    abstract boolean measure(Bench bench, PeerScale scale, Set<String> chosen, Results results, Saving saving)
            throws IOException, InterruptedException;

    /** The results for people. */
    abstract Table table(Results results, Set<String> chosen);

    /** Writes down what there is. */
    @FunctionalInterface
    interface Saving {
        void save() throws IOException;
    }

    @Override
    public Set<Format> formats() {
        return Collections.unmodifiableSet(EnumSet.of(Format.TEXT, Format.JSON, Format.TSV));
    }

    @Override
    public void check() {
        for (String part : chosen()) {
            if (!parts.contains(part)) {
                throw CliException.usage("there is no work of that name: --only takes " + String.join(", ", parts));
            }
        }
        if (render.given() && !(resultsFile.given() && page.given())) {
            throw CliException.usage("--render writes the page of --docs from the file of --results: give both");
        }
    }

    private List<String> chosen() {
        Argument<List<String>> known = only;
        return known == null ? parts : known.or(parts);
    }

    @Override
    public int run(Invocation invocation) throws IOException, InterruptedException {
        Path file = resultsFile.given() ? invocation.resolve(resultsFile.required()) : null;
        Path docs = page.given() ? invocation.resolve(page.required()) : null;
        Results results = file != null && Files.exists(file) ? read(file) : new Results();
        Saving saving = () -> {
            if (file != null) {
                Files.writeString(file, results.json());
            }
            if (docs != null) {
                PerformancePage.write(docs, results);
            }
        };
        if (render.given()) {
            saving.save();
            return ExitCode.OK;
        }
        Set<String> chosen = Set.copyOf(chosen());
        boolean complete = measure(invocation, chosen, results, saving);
        switch (invocation.common().format()) {
            case JSON -> invocation.out().print(results.json());
            case TSV -> table(results, chosen).printTsv(invocation.out());
            case TEXT, TOKEN -> table(results, chosen).printText(invocation.out(), invocation.style());
        }
        return complete ? ExitCode.OK : ExitCode.FAILED;
    }

    private boolean measure(Invocation invocation, Set<String> chosen, Results results, Saving saving)
            throws IOException, InterruptedException {
        // Whoever ends it ends what it has started: an interrupt closes everything on the way out.
        Thread measuring = Thread.currentThread();
        Signals.handle("INT", measuring::interrupt);
        Signals.handle("TERM", measuring::interrupt);
        String home = System.getProperty("bus.home");
        if (home == null || !Files.isExecutable(Path.of(home, "bin", "bus"))) {
            throw CliException.failed("this needs the distribution: start it with scripts/bench or an installed bus");
        }
        Logs.forClient(invocation);
        String given = folder.orNull();
        Path work = given == null
                ? Files.createTempDirectory("bus-bench")
                : Files.createDirectories(invocation.resolve(given));
        try (var bench = new Bench(Path.of(home), work, Scale.NORMAL, "", invocation::note)) {
            if (isOfTheMachine()) {
                results.machineIsThis();
            }
            return measure(bench, quick.given() ? PeerScale.QUICK : PeerScale.NORMAL, chosen, results, saving);
        } finally {
            if (given == null) {
                Bench.delete(work);
            }
        }
    }

    private static Results read(Path file) throws IOException {
        try {
            return Results.parse(Files.readString(file));
        } catch (DecodeException | ClassCastException e) {
            throw new CliException(ExitCode.FAILED, file + " is not a file of results: " + e.getMessage(), e);
        }
    }

    /** Whether what it measures is compared with what others of these commands measure, on one machine. */
    boolean isOfTheMachine() {
        return true;
    }
}
