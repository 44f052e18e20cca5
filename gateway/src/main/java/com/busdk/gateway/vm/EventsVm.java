package com.busdk.gateway.vm;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.gateway.http.Json;
import com.busdk.gateway.requests.Question;
import com.busdk.gateway.requests.Replies;
import com.busdk.gateway.requests.Requests;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Asks the VM worker, and believes nothing of its answers but what has the right shape. Stateless. */
final class EventsVm implements VmBackend {
    /** Names of the responses that have to be heard. */
    static final List<String> RESPONSES =
            List.of("bus.vm.status.response", "bus.vm.start.response", "bus.vm.stop.response");

    private final Requests requests;
    private final Duration timeout;

    EventsVm(Requests requests, Duration timeout) {
        this.requests = requests;
        this.timeout = timeout;
    }

    @Override
    public Future<ObjectNode> status(Ask ask) {
        return ask(ask, "status").compose(answer -> {
            JsonNode state = answer.path("state");
            JsonNode provider = answer.path("provider");
            JsonNode details = answer.path("details");
            boolean shaped = isWord(state) && isWord(provider) && (details.isObject() || isAbsent(details));
            if (!shaped) {
                return Future.failedFuture(Replies.malformed("bus.vm.status.request"));
            }
            ObjectNode status = Json.object();
            status.set("state", state);
            status.set("provider", provider);
            status.set("details", details.isObject() ? details : Json.object());
            return Future.succeededFuture(status);
        });
    }

    @Override
    public Future<Void> change(Ask ask, Action action) {
        return ask(ask, action.word()).compose(answer -> {
            JsonNode accepted = answer.path("accepted");
            if (!accepted.isBoolean()) {
                return Future.failedFuture(Replies.malformed("bus.vm." + action.word() + ".request"));
            }
            return accepted.booleanValue()
                    ? Future.succeededFuture()
                    : Future.failedFuture(ApiException.of(
                            ErrorType.CONFLICT, "the worker does not " + action.word() + " the runtime now"));
        });
    }

    private Future<ObjectNode> ask(Ask ask, String verb) {
        return requests.ask(new Question(
                "bus.vm." + verb + ".request",
                ask.owner(),
                ask.payload(),
                "vm-" + UUID.randomUUID(),
                Map.of("request_id", ask.requestId()),
                timeout));
    }

    private static boolean isWord(JsonNode node) {
        return node.isTextual() && !node.asText().isBlank();
    }

    private static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }
}
