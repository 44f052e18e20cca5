package com.busdk.cli.serve;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.events.EventsFailures;
import com.busdk.cli.logging.Logs;
import com.busdk.client.config.ConfigException;
import com.busdk.client.events.EventsClient;
import com.busdk.client.http.ApiException;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerFlag;
import com.busdk.workers.run.WorkerKind;
import com.busdk.workers.run.WorkerRun;
import com.busdk.workers.run.WorkerSettings;
import com.busdk.workers.upcloud.api.CloudException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * {@code bus integration …}: a worker in the foreground, of any kind. What a kind offers as flags becomes options; the
 * rest is the same for all.
 */
public final class WorkerCommand extends Command {
    /** What a self-test may take: it does nothing but compute. */
    private static final long SELF_TEST_SECONDS = 30;

    /** What replaces the work, such as one question to a cloud, may take unless {@code --timeout} is given. */
    private static final long INSTEAD_SECONDS = 60;

    /** What starting may take. */
    private static final long START_SECONDS = 20;

    /**
     * What stopping may take beyond the time that requests in hand have: five seconds for the last acknowledgements, and
     * half a minute for promises that are kept then, such as an accepted start at a cloud or the end of a remote script. The
     * units in {@code conf/systemd} allow for it.
     */
    private static final long STOP_SECONDS = 40;

    private final WorkerKind kind;
    private final Map<WorkerFlag, Argument<String>> flags = new LinkedHashMap<>();
    private final Argument<Boolean> selfTest =
            flag("try the worker out in memory, print OK and exit; needs no service", "--self-test");

    private WorkerCommand(WorkerKind kind) {
        this.kind = kind;
        kind.flags().forEach(this::add);
        WorkerSettings.FLAGS.forEach(this::add);
    }

    /**
     * For the table of commands.
     *
     * @param kind makes the kind of worker
     * @return makes its command
     */
    public static Supplier<Command> of(Supplier<? extends WorkerKind> kind) {
        return () -> new WorkerCommand(kind.get());
    }

    private void add(WorkerFlag flag) {
        String name = "--" + flag.name();
        flags.put(
                flag,
                flag.optionalValue()
                        ? optionalValue(flag.label(), flag.help(), name)
                        : option(flag.label(), flag.help(), name));
    }

    @Override
    public String description() {
        return kind.description() + """
             It runs in the foreground until it is stopped: SIGTERM and Ctrl-C let it finish what is in hand, and what it \
            cannot finish within --drain another worker of the group gets.
            The events service is --events-url, else BUS_EVENTS_API_URL; the token is that of --token-file, which is read \
            again before each reconnect, else BUS_API_TOKEN, else auth/api-token under the config root. A token that is \
            refused ends it with exit code 77.\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of("bus integration " + kind.name(), "bus integration " + kind.name() + " --self-test");
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        Logs.forService(invocation, "info");
        StopSignal stop = StopSignal.watch();
        var variables = invocation.environment().variables();
        Map<String, String> given = given(invocation);
        try (ServiceVertx vertx = new ServiceVertx(WorkerSettings.instances(given, variables))) {
            if (selfTest.orNull() != null) {
                return print(invocation, await(kind.selfTest(vertx.get()), SELF_TEST_SECONDS));
            }
            Optional<Future<String>> instead = kind.instead(vertx.get(), given, variables);
            if (instead.isPresent()) {
                return print(invocation, answer(instead.get(), invocation));
            }
            return work(vertx.get(), given, variables, invocation::note, stop);
        } catch (ConfigException e) {
            throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        }
    }

    /** What was given, by name without dashes; paths are those that {@code -C} makes of them. */
    private Map<String, String> given(Invocation invocation) {
        var given = new LinkedHashMap<String, String>();
        flags.forEach((flag, argument) -> {
            String value = argument.orNull();
            if (value != null) {
                given.put(flag.name(), flag.path() ? invocation.resolve(value).toString() : value);
            }
        });
        String url = invocation.common().apiUrl();
        if (url != null) {
            given.put("events-url", url);
        }
        String tokenFile = invocation.common().tokenFile();
        if (tokenFile != null) {
            given.put("token-file", invocation.resolve(tokenFile).toString());
        }
        return given;
    }

    private int work(
            Vertx vertx,
            Map<String, String> given,
            Map<String, String> variables,
            Consumer<String> warn,
            StopSignal stop)
            throws InterruptedException {
        WorkerSettings settings;
        try {
            settings = WorkerSettings.read(kind.name(), given, variables, warn);
        } catch (RuntimeException e) {
            throw EventsFailures.explain(e);
        }
        EventsClient client = EventsClient.create(vertx, settings.events(), settings.token());
        var context = new WorkerContext(kind.name(), vertx, client, settings, given, variables);
        WorkerRun run = await(WorkerRun.start(kind, context), START_SECONDS);
        try {
            return untilOver(run, stop);
        } finally {
            await(run.stop(), settings.drain().toSeconds() + STOP_SECONDS);
        }
    }

    /** Waits for whichever comes first: a signal, or the worker's own end. */
    private static int untilOver(WorkerRun run, StopSignal stop) throws InterruptedException {
        CompletableFuture<Integer> over =
                run.ended().map(ExitCode.OK).toCompletionStage().toCompletableFuture();
        try {
            return (Integer) CompletableFuture.anyOf(over, stop.future()).get();
        } catch (ExecutionException e) {
            throw EventsFailures.explain(cause(e));
        }
    }

    private static int print(Invocation invocation, String answer) {
        invocation.out().line(answer);
        invocation.out().flush();
        return ExitCode.OK;
    }

    /** What was asked for in place of the work, or why it cannot be had, as other commands that ask say it. */
    private static String answer(Future<String> future, Invocation invocation) throws InterruptedException {
        var timeout = invocation.common().timeout();
        long nanos = timeout == null ? TimeUnit.SECONDS.toNanos(INSTEAD_SECONDS) : timeout.toNanos();
        try {
            return future.toCompletionStage().toCompletableFuture().get(nanos, TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            Throwable cause = cause(e);
            throw cause instanceof CloudException cloud ? explain(cloud) : EventsFailures.explain(cause);
        } catch (TimeoutException e) {
            throw EventsFailures.explain(e);
        }
    }

    /** A cloud's refusal counts as that of any service. */
    private static CliException explain(CloudException e) {
        String message = String.valueOf(e.getMessage());
        if (!e.answered()) {
            return new CliException(ExitCode.UNREACHABLE, message, e);
        }
        return EventsFailures.explain(
                e.status() == 0 ? e.toApi() : ApiException.of(e.status(), CloudException.TYPE, message));
    }

    private static <T> T await(Future<T> future, long seconds) throws InterruptedException {
        try {
            return future.toCompletionStage().toCompletableFuture().get(seconds, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            Throwable cause = cause(e);
            throw cause instanceof ConfigException || cause instanceof CliException
                    ? EventsFailures.explain(cause)
                    : failure(cause);
        } catch (TimeoutException e) {
            throw new CliException(ExitCode.FAILED, "the worker did not answer in time; it is ended now", e);
        }
    }

    private static CliException failure(Throwable cause) {
        return StartFailures.explain(cause, "the health address (--health-addr)");
    }

    private static Throwable cause(Exception e) {
        Throwable cause = e.getCause();
        while ((cause instanceof CompletionException || cause instanceof CancellationException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause == null ? e : cause;
    }
}
