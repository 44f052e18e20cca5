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
                return Future.failedFuture(Replies.malformed(request("status")));
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
        return ask(ask, action.word()).map(answer -> {
            checkAccepted(answer, action);
            return null;
        });
    }

    /**
     * Holds an answer against what a change's answer is.
     *
     * @throws ApiException {@code conflict} if the worker does not accept it, {@code bad_gateway} if it does not say
     */
    static void checkAccepted(ObjectNode answer, Action action) {
        JsonNode accepted = answer.path("accepted");
        if (!accepted.isBoolean()) {
            throw Replies.malformed(request(action.word()));
        }
        if (!accepted.booleanValue()) {
            throw ApiException.of(ErrorType.CONFLICT, "the worker does not " + action.word() + " the runtime now");
        }
    }

    static String request(String verb) {
        return "bus.vm." + verb + ".request";
    }

    static String correlationId(String operation) {
        return "vm-" + operation;
    }

    private Future<ObjectNode> ask(Ask ask, String verb) {
        return requests.ask(new Question(
                request(verb),
                ask.owner(),
                ask.payload(),
                correlationId(ask.operation()),
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
