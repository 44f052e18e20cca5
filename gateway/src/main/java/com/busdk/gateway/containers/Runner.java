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
    private final Requests requests;
    private final Duration timeout;

    Runner(Requests requests, Duration timeout) {
        this.requests = requests;
        this.timeout = timeout;
    }

    Future<Answer> status(Call call) {
        return ask(call, "status").compose(answer -> {
            JsonNode status = answer.path("status");
            if (!status.isObject() || !status.path("state").isTextual()) {
                return malformed("status");
            }
            ObjectNode body = Json.object();
            body.set("status", status);
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
        return ask(call, "delete")
                .compose(answer -> answer.path("deleted").asBoolean(false)
                        ? Future.succeededFuture(Answer.json(200, Json.object().put("deleted", true)))
                        : malformed("delete"));
    }

    private Future<ObjectNode> ask(Call call, String verb) {
        return requests.ask(new Question(
                "bus.containers.runner." + verb + ".request",
                call.caller().subject(),
                Json.object(),
                "runner-" + UUID.randomUUID(),
                Map.of("request_id", call.requestId()),
                timeout));
    }

    private static Future<Answer> malformed(String verb) {
        return Future.failedFuture(Replies.malformed("bus.containers.runner." + verb + ".request"));
    }
}
