package com.busdk.cli.containers;

import com.busdk.cli.ExitCode;
import com.busdk.cli.ai.AiSession;
import com.busdk.cli.ai.Printer;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Fields;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.http.HttpMethod;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** {@code bus containers runs}: the user's runs, newest first. */
public final class RunsCommand extends Command {
    private static final int MAX_LIMIT = 200;

    private final Argument<Integer> limit =
            option(Integer::parseInt, "N", "most runs, 1 to " + MAX_LIMIT + "; default 50", "--limit");
    private final Argument<String> after = option("RUN", "only runs older than this one", "--after");

    @Override
    public String description() {
        return "Shows your runs, newest first: those that go on, and those that have ended. The token needs the scope"
                + " container:read.";
    }

    @Override
    public List<String> examples() {
        return List.of("bus containers runs", "bus containers runs --limit 10 --format json");
    }

    @Override
    public void check() {
        if (limit.given() && (limit.required() < 1 || limit.required() > MAX_LIMIT)) {
            throw CliException.usage("--limit is 1 to " + MAX_LIMIT);
        }
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        var path = new StringBuilder("/api/v1/containers/runs");
        char separator = '?';
        if (limit.given()) {
            path.append(separator).append("limit=").append(limit.required());
            separator = '&';
        }
        if (after.given()) {
            path.append(separator).append("after=").append(URLEncoder.encode(after.required(), StandardCharsets.UTF_8));
        }
        JsonNode answer;
        try (AiSession session = AiSession.open(invocation)) {
            answer = session.call(invocation, HttpMethod.GET, path.toString());
        }
        var table = new Table(
                Column.text("run_id"),
                Column.text("state"),
                Column.text("exit_code"),
                Column.number("duration_ms"),
                Column.text("created_at"),
                Column.text("image"),
                Column.text("args"));
        answer.path("runs")
                .forEach(run -> table.row(
                        Fields.text(run, "run_id"),
                        Fields.text(run, "state"),
                        Fields.text(run, "exit_code"),
                        Fields.text(run, "duration_ms"),
                        Fields.text(run, "created_at"),
                        Fields.text(run, run.has("image") ? "image" : "profile"),
                        Fields.text(run, "args")));
        Printer.print(invocation, answer, table);
        return ExitCode.OK;
    }
}
