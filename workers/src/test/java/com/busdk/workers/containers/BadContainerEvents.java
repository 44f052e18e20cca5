package com.busdk.workers.containers;

import com.busdk.workers.upcloud.testing.BadEvents.Question;
import com.busdk.workers.upcloud.testing.BadEvents.Row;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What the requests about containers refuse, whoever runs them. */
public final class BadContainerEvents {
    private static final List<String> RUNS = List.of(
            "{\"profile\":7,\"command\":[\"true\"]}",
            "{\"profile\":[],\"command\":[\"true\"]}",
            "{\"profile\":\"nobody\",\"command\":[\"true\"]}",
            "{\"profile\":\"" + "x".repeat(100_000) + "\",\"command\":[\"true\"]}",
            "{\"profile\":\"codex\",\"image\":\"i\",\"command\":[\"true\"]}",
            "{\"image\":\"i\"}",
            "{\"image\":{},\"command\":[\"true\"]}",
            "{\"image\":\"\",\"command\":[\"true\"]}",
            "{\"image\":\"--privileged\",\"command\":[\"true\"]}",
            "{\"image\":\"a b\",\"command\":[\"true\"]}",
            "{\"image\":\"a;id\",\"command\":[\"true\"]}",
            "{\"image\":\"a\\u0000b\",\"command\":[\"true\"]}",
            "{\"image\":\"" + "x".repeat(513) + "\",\"command\":[\"true\"]}",
            "{\"image\":\"i\",\"command\":\"true\"}",
            "{\"image\":\"i\",\"command\":{}}",
            "{\"image\":\"i\",\"command\":[]}",
            "{\"image\":\"i\",\"command\":[\"\"]}",
            "{\"image\":\"i\",\"command\":[null]}",
            "{\"image\":\"i\",\"command\":[7]}",
            "{\"image\":\"i\",\"command\":[[\"true\"]]}",
            "{\"image\":\"i\",\"command\":[\"a\\u0000b\"]}",
            "{\"image\":\"i\",\"command\":[\"a\\ud800b\"]}",
            "{\"image\":\"i\",\"command\":[\"true\"" + ",\"x\"".repeat(256) + "]}",
            "{\"image\":\"i\",\"command\":[\"" + "x".repeat(128 * 1024 + 1) + "\"]}",
            "{\"profile\":\"codex\",\"timeout_seconds\":-1}",
            "{\"profile\":\"codex\",\"timeout_seconds\":1.5}",
            "{\"profile\":\"codex\",\"timeout_seconds\":\"60\"}",
            "{\"profile\":\"codex\",\"timeout_seconds\":true}",
            "{\"profile\":\"codex\",\"timeout_seconds\":99999999999999999999}",
            "{\"profile\":\"codex\",\"timeout_seconds\":86401}",
            "{\"profile\":\"codex\",\"output_limit\":0}",
            "{\"profile\":\"codex\",\"output_limit\":-5}",
            "{\"profile\":\"codex\",\"output_limit\":[]}");

    private static final List<String> DELETIONS = List.of(
            "{\"run_id\":null}",
            "{\"run_id\":7}",
            "{\"run_id\":[]}",
            "{\"run_id\":{\"$ne\":null}}",
            "{\"run_id\":false}");

    private BadContainerEvents() {}

    /** The three requests of users. The run to delete is the one with which the run's question ends. */
    public static Question[] ofUsers() {
        return new Question[] {
            Question.strict(
                    ContainerEvents.RUN,
                    "{\"run_id\":\"run_good\",\"profile\":\"codex\",\"command\":[\"true\"]}",
                    RUNS),
            Question.bare(ContainerEvents.STATUS),
            Question.strict(
                    ContainerEvents.DELETE,
                    "{\"run_id\":\"run_good\"}",
                    DELETIONS,
                    unknown(""),
                    unknown("run_nobody"),
                    unknown("../../etc/passwd"),
                    unknown("a\\u0000b"),
                    unknown("; id"),
                    unknown("a\\ud800"),
                    unknown("x".repeat(100_000)))
        };
    }

    /** The three requests of administrators. */
    public static Question[] ofAdministrators() {
        return new Question[] {
            Question.bare(ContainerEvents.RUNNER_STATUS),
            Question.bare(ContainerEvents.RUNNER_START),
            Question.bare(ContainerEvents.RUNNER_DELETE)
        };
    }

    /** All six. */
    public static Question[] all() {
        return Stream.of(ofUsers(), ofAdministrators()).flatMap(Arrays::stream).toArray(Question[]::new);
    }

    /** All six where the runner is the worker's own machine, which it does not delete. */
    public static Question[] allOfOwnMachine() {
        return Arrays.stream(all())
                .map(question -> question.name().equals(ContainerEvents.RUNNER_DELETE)
                        ? question.refusedAs("conflict")
                        : question)
                .toArray(Question[]::new);
    }

    private static Row unknown(String runId) {
        return new Row("{\"run_id\":\"" + runId + "\"}", "not_found");
    }
}
