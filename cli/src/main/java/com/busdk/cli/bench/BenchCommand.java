package com.busdk.cli.bench;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.events.EventsSession;
import com.busdk.cli.logging.Logs;
import com.busdk.cli.term.Output;
import com.busdk.cli.term.Style;
import com.busdk.client.auth.TokenException;
import com.busdk.client.config.GoDuration;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Function;

/** A load on a running service: the options that all loads have, and how their results are shown. */
abstract class BenchCommand extends Command {
    static final int DEFAULT_SIZE = 200;

    /** Connections of a load at most: what the service accepts by default. */
    static final int MAX_CONNECTIONS = 100_000;

    /** Names at most, as each has its own prepared request. */
    static final int MAX_NAMES = 100_000;

    private static final int MAX_SIZE = 1024 * 1024;
    private static final int MAX_THREADS = 64;
    private static final long MAX_COUNT = 100_000_000_000L;
    private static final double MAX_RATE = 1e9;
    private static final Duration DEFAULT_DURATION = Duration.ofSeconds(10);
    private static final Duration DEFAULT_WARMUP = Duration.ofSeconds(2);

    /** A count ends a load; this only keeps one from going on for ever where the service takes nothing any more. */
    private static final Duration LONGEST = Duration.ofHours(1);

    final Argument<Integer> connections;
    final Argument<Double> rate = option(
            BenchCommand::rate,
            "N",
            "so many a second, evenly; latency then counts from when each was due; default: as many as it takes",
            "--rate");
    final Argument<Integer> size = option(
            within(1, MAX_SIZE), "BYTES", "bytes of each event as it is published; default " + DEFAULT_SIZE, "--size");
    final Argument<Duration> duration =
            option(GoDuration::parse, "DURATION", "how long to measure; default 10s", "--duration");
    final Argument<Duration> warmup =
            option(GoDuration::parse, "DURATION", "first, without measuring; default 2s", "--warmup");
    final Argument<Long> count =
            option(BenchCommand::count, "N", "end after N events, instead of after a time", "--count");
    private final Argument<Integer> threads = option(
            within(1, MAX_THREADS),
            "N",
            "event loops of the load generator; default: half of the processors",
            "--threads");

    BenchCommand(String whatConnections) {
        connections = option(within(1, MAX_CONNECTIONS), "N", whatConnections, "--connections");
    }

    /** Makes the load that the options describe, and puts it on. */
    abstract LoadResult load(LoadClient client, Target target) throws InterruptedException;

    @Override
    public void check() {
        if (count.given() && duration.given()) {
            throw CliException.usage("--count and --duration both say when to end: give one of them");
        }
        Duration time = duration.or(DEFAULT_DURATION);
        if (time.isZero() || time.isNegative() || warmup.or(DEFAULT_WARMUP).isNegative()) {
            throw CliException.usage("--duration is more than 0, and --warmup not less");
        }
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        Target target = target(invocation);
        Logs.forClient(invocation);
        LoadResult result;
        try (var client = new LoadClient(threads.or(LoadClient.defaultThreads()))) {
            result = load(client, target);
        }
        print(invocation, result);
        if (result.missing() != 0) {
            throw CliException.failed(result.missing() + " " + result.unit()
                    + " did not come, or were never sent as the service did not keep up: give a lower --rate");
        }
        return ExitCode.OK;
    }

    /** How long, as the options say: with a count there is no warm-up unless it is asked for. */
    Timing timing() {
        return count.given()
                ? new Timing(Duration.ZERO, LONGEST, count.required())
                : new Timing(warmup.or(DEFAULT_WARMUP), duration.or(DEFAULT_DURATION), 0);
    }

    static Function<String, Integer> within(int least, int most) {
        return text -> {
            try {
                int value = Integer.parseInt(text);
                if (value >= least && value <= most) {
                    return value;
                }
            } catch (NumberFormatException _) {
                // Said below, as for a number that is out of range.
            }
            throw new IllegalArgumentException("give a number from " + least + " to " + most);
        };
    }

    private static Long count(String text) {
        try {
            long value = Long.parseLong(text);
            if (value > 0 && value <= MAX_COUNT) {
                return value;
            }
        } catch (NumberFormatException _) {
            // Said below.
        }
        throw new IllegalArgumentException("give a number from 1 to " + MAX_COUNT);
    }

    private static Double rate(String text) {
        try {
            double value = Double.parseDouble(text);
            if (value > 0 && value <= MAX_RATE) {
                return value;
            }
        } catch (NumberFormatException _) {
            // Said below.
        }
        throw new IllegalArgumentException("give a number above 0, so many a second");
    }

    private static Target target(Invocation invocation) {
        URI collection = EventsSession.collection(invocation);
        try {
            return Target.of(collection, EventsSession.tokenSource(invocation).token());
        } catch (TokenException e) {
            throw new CliException(ExitCode.NO_PERMISSION, String.valueOf(e.getMessage()), e);
        }
    }

    private static void print(Invocation invocation, LoadResult result) {
        Output out = invocation.out();
        switch (invocation.common().format()) {
            case JSON -> out.line(result.toJson());
            case TSV -> {
                out.line("work\tunit\tcount\tseconds\tper_second\tbytes\tmissing\tp50_us\tp90_us\tp99_us\tp99.9_us"
                        + "\tmax_us");
                out.line(String.format(
                        Locale.ROOT,
                        "%s\t%s\t%d\t%.3f\t%.1f\t%d\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f",
                        result.work(),
                        result.unit(),
                        result.count(),
                        result.seconds(),
                        result.perSecond(),
                        result.bytes(),
                        result.missing(),
                        result.micros(50),
                        result.micros(90),
                        result.micros(99),
                        result.micros(99.9),
                        result.micros(100)));
            }
            case TEXT, TOKEN -> printText(out, invocation.style(), result);
        }
    }

    private static void printText(Output out, Style style, LoadResult result) {
        out.line(style.strong(result.work()));
        out.line(String.format(
                Locale.ROOT,
                "  %,d %s in %.2f s: %s a second, %,.1f MB/s",
                result.count(),
                result.unit(),
                result.seconds(),
                style.good(String.format(Locale.ROOT, "%,.0f", result.perSecond())),
                result.megabytesPerSecond()));
        if (result.latency() != null) {
            out.line(String.format(
                    Locale.ROOT,
                    "  latency in ms: p50 %.3f, p90 %.3f, p99 %.3f, p99.9 %.3f, max %.3f",
                    result.micros(50) / 1e3,
                    result.micros(90) / 1e3,
                    result.micros(99) / 1e3,
                    result.micros(99.9) / 1e3,
                    result.micros(100) / 1e3));
        }
        if (result.missing() != 0) {
            out.line("  " + style.bad("missing: " + result.missing()));
        }
    }
}
