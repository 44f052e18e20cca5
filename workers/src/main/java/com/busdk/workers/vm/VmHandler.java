package com.busdk.workers.vm;

import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.worker.Payload;
import com.busdk.client.worker.Reply;
import com.busdk.client.worker.RequestHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import java.util.regex.Pattern;

/** Answers the VM requests from the static machines. Called on event loops; has no state. */
final class VmHandler implements RequestHandler {
    private static final String PROVIDER = "static";
    private static final Pattern RUNTIME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private final StaticVms vms;

    VmHandler(StaticVms vms) {
        this.vms = vms;
    }

    @Override
    public Future<Reply> handle(Envelope request) {
        String runtime = runtime(request);
        return vms.upTo(request).map(ignored -> switch (request.name()) {
            case StaticVms.STATUS -> status(runtime);
            case StaticVms.START -> accepted("start", runtime, vms.stateAfterStart(runtime));
            case StaticVms.STOP -> accepted("stop", runtime, VmState.STOPPED);
            default -> throw new IllegalStateException("a request that nobody asked for");
        });
    }

    private Reply status(String runtime) {
        ObjectNode payload = object().put("state", vms.state(runtime).word()).put("provider", PROVIDER);
        ObjectNode details = payload.putObject("details");
        if (!runtime.equals(StaticVms.DEFAULT_RUNTIME)) {
            details.put("runtime", runtime);
        }
        return Reply.of(payload.toString());
    }

    /** The runtime stands in the answer if it was named, since the history is read from the answers. */
    private Reply accepted(String action, String runtime, VmState state) {
        if (!vms.isKnownOrFits(runtime)) {
            throw ApiException.of(
                    ErrorType.BAD_REQUEST,
                    "there are " + StaticVms.MAX_RUNTIMES + " runtimes already: use one of them");
        }
        ObjectNode payload =
                object().put("accepted", true).put("action", action).put("state", state.word());
        if (!runtime.equals(StaticVms.DEFAULT_RUNTIME)) {
            payload.put("runtime", runtime);
        }
        return Reply.of(payload.toString());
    }

    private static String runtime(Envelope request) {
        if (request.payload().equals("null")) {
            return StaticVms.DEFAULT_RUNTIME; // an event without a payload asks for what it can
        }
        JsonNode payload = Payload.as(request, JsonNode.class);
        JsonNode runtime = payload.path("runtime");
        if (!payload.isObject() || !(runtime.isMissingNode() || runtime.isNull() || runtime.isTextual())) {
            throw ApiException.of(ErrorType.BAD_REQUEST, "payload is an object, and its runtime a text if it has one");
        }
        String name = runtime.asText(StaticVms.DEFAULT_RUNTIME);
        if (runtime.isTextual() && !RUNTIME.matcher(name).matches()) {
            throw ApiException.of(ErrorType.BAD_REQUEST, "runtime is 1 to 64 of A-Z a-z 0-9 . _ -");
        }
        return runtime.isTextual() ? name : StaticVms.DEFAULT_RUNTIME;
    }

    private static ObjectNode object() {
        return new ObjectNode(JsonNodeFactory.instance);
    }
}
