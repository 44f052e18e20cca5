package com.busdk.cli.containers;

import com.busdk.cli.ExitCode;
import com.busdk.cli.Signals;
import com.busdk.cli.ai.AiSession;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Fields;
import com.busdk.cli.term.Json;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.busdk.client.http.ApiException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code bus containers run}: runs a command in a container, and ends as that does. Ctrl-C cancels the run: it is found by
 * the id of the request, which lists show, and deleted.
 */
public final class RunCommand extends Command {
    /** Longer than any run may take: the service says when it is over. */
    private static final Duration PATIENCE = Duration.ofHours(25);

    /** What finding and deleting a run may take once Ctrl-C was pressed. */
    private static final Duration CANCEL_TIMEOUT = Duration.ofSeconds(30);

    /** A run is in the list once the service has taken the request, which may still be under way. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

    private static final int SIGINT_EXIT = 130;
    private static final int EXIT_MASK = 0xff;
    private static final int BAD_REQUEST = 400;
    private static final String RUNS = "/api/v1/containers/runs";

    /** Runs of a page when one is looked for: as many as the API gives at once, for the fewest requests. */
    private static final int PAGE = 200;

    private final BiFunction<String, Runnable, Boolean> signals;

    private final Argument<String> profile =
            option("NAME", "a profile that the service knows, such as codex", "--profile");
    private final Argument<String> image =
            option("IMAGE", "an image, such as docker.io/library/alpine:3.20", "--image");
    private final Argument<Integer> timeoutSeconds =
            option(Integer::parseInt, "N", "end the run after so many seconds", "--timeout-seconds");
    private final Argument<List<String>> command = operands(0, MANY, "CMD", "program and arguments, behind --");

    /** Made with the table of commands. */
    public RunCommand() {
        this(Signals::handle);
    }

    /**
     * For tests, which press Ctrl-C in their own way.
     *
     * @param signals registers what a signal does
     */
    RunCommand(BiFunction<String, Runnable, Boolean> signals) {
        this.signals = signals;
    }

    @Override
    public String description() {
        return "Runs a command in a container of its own, and waits for its end. In text format its standard output"
            + " and error are printed as they are, and its exit code is this command's. With --format json the whole"
            + " result is printed, and the exit code is 0. Of each output the service keeps 1 MiB unless its operator"
            + " changed that, and of both together 1 MiB less 16 KiB: what is over is cut off. Ctrl-C cancels the run."
            + " The token needs the scope container:run, and container:read container:delete for Ctrl-C.";
    }

    @Override
    public List<String> examples() {
        return List.of(
                "bus containers run --profile codex -- sh -c 'printf OK'",
                "bus containers run --image docker.io/library/alpine:3.20 --timeout-seconds 60 -- uname -a");
    }

    @Override
    public void check() {
        if (profile.given() == image.given()) {
            throw CliException.usage(
                    profile.given()
                            ? "--profile and --image are both given: give one of them"
                            : "give --profile NAME or --image IMAGE, and the command behind --");
        }
        if (image.given() && command.or(List.of()).isEmpty()) {
            throw CliException.usage("an image needs a command: give it behind --, for example -- uname -a");
        }
        if (timeoutSeconds.given() && timeoutSeconds.required() < 1) {
            throw CliException.usage("--timeout-seconds is above zero");
        }
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        String requestId = UUID.randomUUID().toString();
        var pressed = new CompletableFuture<JsonNode>();
        boolean watched = signals.apply("INT", () -> {
            // Once more, or after the run: somebody is in a hurry.
            if (!pressed.completeExceptionally(new CancellationException("Ctrl-C"))) {
                Runtime.getRuntime().halt(SIGINT_EXIT);
            }
        });
        if (!watched) {
            invocation.detail("Ctrl-C ends this command, and the run goes on: this Java does not tell of it");
        }
        try (AiSession session = AiSession.open(invocation)) {
            CompletableFuture<JsonNode> answer = session.send(
                            HttpMethod.POST, RUNS, body(), Map.of("X-Request-Id", requestId))
                    .toCompletionStage()
                    .toCompletableFuture();
            JsonNode result = await(invocation, session, requestId, answer, pressed);
            if (result == null) {
                return ExitCode.INTERRUPTED;
            }
            return print(invocation, result);
        } finally {
            pressed.cancel(false);
        }
    }

    /** The result, or null if Ctrl-C came first and the run was cancelled. */
    private static @Nullable JsonNode await(
            Invocation invocation,
            AiSession session,
            String requestId,
            CompletableFuture<JsonNode> answer,
            CompletableFuture<JsonNode> pressed)
            throws InterruptedException {
        Duration patience = invocation.common().timeoutOr(PATIENCE);
        try {
            return (JsonNode) CompletableFuture.anyOf(answer, pressed).get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new CliException(
                    ExitCode.TIMED_OUT,
                    "the run has not ended within --timeout; it goes on, see 'bus containers runs'",
                    e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (!(cause instanceof CancellationException)) {
                throw AiSession.explain(cause);
            }
            cancel(invocation, session, requestId, answer);
            return null;
        }
    }

    private static void cancel(
            Invocation invocation, AiSession session, String requestId, CompletableFuture<JsonNode> answer)
            throws InterruptedException {
        invocation.note("cancelling the run; Ctrl-C once more leaves it alone");
        long end = System.nanoTime() + CANCEL_TIMEOUT.toNanos();
        try {
            String id = find(session, requestId, end);
            while (id == null) {
                if (isOver(answer, Math.min(LOOK_AGAIN.toNanos(), end - System.nanoTime()))) {
                    invocation.note("the run was over before it was cancelled");
                    return;
                }
                id = find(session, requestId, end);
            }
            within(end, session.send(HttpMethod.DELETE, RUNS + "/" + id, null, Map.of()));
            invocation.note("run " + id + " is cancelled");
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            invocation.note("the run may go on: " + AiSession.explain(cause).text() + "; see 'bus containers runs'");
        } catch (TimeoutException _) {
            invocation.note("the run may go on: it was not found in time; see 'bus containers runs'");
        }
    }

    /** The id of the run that this request began; null while it is not in the list, of which all pages are read. */
    private static @Nullable String find(AiSession session, String requestId, long end)
            throws ExecutionException, InterruptedException, TimeoutException {
        String after = "";
        do {
            JsonNode page = page(session, after, end);
            for (JsonNode run : page.path("runs")) {
                if (run.path("request_id").asText().equals(requestId)) {
                    return run.path("run_id").asText();
                }
            }
            after = page.path("next_after").asText("");
        } while (!after.isEmpty());
        return null;
    }

    /** The runs behind one, or the newest; no runs where that one has left the list in between: then it is read anew. */
    private static JsonNode page(AiSession session, String after, long end)
            throws ExecutionException, InterruptedException, TimeoutException {
        String from = after.isEmpty() ? "" : "&after=" + URLEncoder.encode(after, StandardCharsets.UTF_8);
        try {
            return within(end, session.send(HttpMethod.GET, RUNS + "?limit=" + PAGE + from, null, Map.of()));
        } catch (ExecutionException e) {
            if (!after.isEmpty() && e.getCause() instanceof ApiException refused && refused.status() == BAD_REQUEST) {
                return MissingNode.getInstance();
            }
            throw e;
        }
    }

    /** Waits a little for the end of the run, or for the service's refusal of it: with either nothing is left to do. */
    private static boolean isOver(CompletableFuture<JsonNode> answer, long nanos) throws InterruptedException {
        try {
            answer.get(nanos, TimeUnit.NANOSECONDS);
            return true;
        } catch (ExecutionException _) {
            return true;
        } catch (TimeoutException _) {
            return false;
        }
    }

    private static JsonNode within(long end, Future<JsonNode> answer)
            throws ExecutionException, InterruptedException, TimeoutException {
        return answer.toCompletionStage()
                .toCompletableFuture()
                .get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private String body() {
        var json = new StringBuilder("{");
        if (profile.given()) {
            json.append("\"profile\":").append(Json.quote(profile.required()));
        } else {
            json.append("\"image\":").append(Json.quote(image.required()));
        }
        json.append(command.or(List.of()).stream()
                .map(Json::quote)
                .collect(Collectors.joining(",", ",\"command\":[", "]")));
        if (timeoutSeconds.given()) {
            json.append(",\"timeout_seconds\":").append(timeoutSeconds.required());
        }
        return json.append('}').toString();
    }

    private static int print(Invocation invocation, JsonNode result) {
        Format format = invocation.common().format();
        if (format == Format.JSON) {
            invocation.out().line(result.toString());
            return ExitCode.OK;
        }
        if (format == Format.TSV) {
            table(result).printTsv(invocation.out());
            return ExitCode.OK;
        }
        invocation.out().print(result.path("stdout").asText(""));
        invocation.out().flush();
        invocation.err().print(result.path("stderr").asText(""));
        invocation.err().flush();
        for (String name : List.of("stdout", "stderr")) {
            if (result.path(name + "_truncated").asBoolean(false)) {
                invocation.note("the run's " + name + " was longer than is kept; its end is missing");
            }
        }
        return result.path("exit_code").asInt(ExitCode.FAILED) & EXIT_MASK;
    }

    private static Table table(JsonNode result) {
        var table = new Table(
                Column.text("run_id"),
                Column.number("exit_code"),
                Column.number("duration_ms"),
                Column.text("runner_name"),
                Column.text("image"),
                Column.text("stdout"),
                Column.text("stderr"));
        table.row(
                Fields.text(result, "run_id"),
                Fields.text(result, "exit_code"),
                Fields.text(result, "duration_ms"),
                Fields.text(result, "runner_name"),
                Fields.text(result, "image"),
                result.path("stdout").asText(""),
                result.path("stderr").asText(""));
        return table;
    }
}
