package com.busdk.gateway.containers;

import com.busdk.gateway.http.Answer;
import com.busdk.gateway.http.Call;
import com.busdk.gateway.http.Json;
import com.busdk.gateway.requests.Question;
import com.busdk.gateway.requests.Replies;
import com.busdk.gateway.requests.Requests;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;

/** The machine that runs containers, for internal services alone. Stateless, any thread. */
final class Runner {
    /**
     * Longest wait for a deletion, which ends when the machine is gone: what a worker takes by default
     * ({@code --runner-delete-timeout}, 10 min), and half as much again for a runner that is being made meanwhile. A worker
     * that is given more than this answers nobody, and the status tells.
     */
    private static final Duration DELETE_WAIT = Duration.ofMinutes(15);

    private final Requests requests;
    private final Duration timeout;

    Runner(Requests requests, Duration timeout) {
        this.requests = requests;
        this.timeout = timeout;
    }

    Future<Answer> status(Call call) {
        return ask(call, "status").compose(answer -> {
            JsonNode status = answer.path("status");
            JsonNode details = status.path("details");
            boolean silent = details.isMissingNode() || details.isNull();
            if (!isWord(status.path("state")) || !isWord(status.path("provider")) || !(silent || details.isObject())) {
                return malformed("status");
            }
            ObjectNode shown = Json.object();
            shown.set("state", status.get("state"));
            shown.set("provider", status.get("provider"));
            shown.set("details", silent ? Json.object() : details);
            ObjectNode body = Json.object();
            body.set("status", shown);
            return Future.succeededFuture(Answer.json(200, body));
        });
    }

    Future<Answer> start(Call call) {
        return ask(call, "start")
                .compose(answer -> answer.path("accepted").asBoolean(false)
                        ? Future.succeededFuture(Answer.json(
                                202, Json.object().put("accepted", true).put("action", "start")))
                        : malformed("start"));
    }

    Future<Answer> delete(Call call) {
        Duration wait = timeout.compareTo(DELETE_WAIT) > 0 ? timeout : DELETE_WAIT;
        return requests.askPatiently(question(call, "delete", wait))
                .compose(answer -> answer.path("deleted").asBoolean(false)
                        ? Future.succeededFuture(Answer.json(200, Json.object().put("deleted", true)))
                        : malformed("delete"));
    }

    private Future<ObjectNode> ask(Call call, String verb) {
        return requests.ask(question(call, verb, timeout));
    }

    private static Question question(Call call, String verb, Duration wait) {
        return new Question(
                "bus.containers.runner." + verb + ".request",
                call.caller().subject(),
                Json.object(),
                "runner-" + UUID.randomUUID(),
                Map.of("request_id", call.requestId()),
                wait);
    }

    private static boolean isWord(JsonNode node) {
        return node.isTextual() && !node.asText().isBlank();
    }

    private static Future<Answer> malformed(String verb) {
        return Future.failedFuture(Replies.malformed("bus.containers.runner." + verb + ".request"));
    }
}
