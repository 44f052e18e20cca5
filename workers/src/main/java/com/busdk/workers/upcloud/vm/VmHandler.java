package com.busdk.workers.upcloud.vm;

import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.worker.Payload;
import com.busdk.client.worker.Reply;
import com.busdk.client.worker.RequestHandler;
import com.busdk.workers.upcloud.api.CloudException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.vertx.core.Future;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Answers {@code bus.vm.status|start|stop.request}. A request seen twice does no harm: a machine that is being started is
 * not started again. Stateless; called on event loops.
 */
public final class VmHandler implements RequestHandler {
    /** The requests that it answers. */
    public static final List<String> REQUESTS =
            List.of("bus.vm.status.request", "bus.vm.start.request", "bus.vm.stop.request");

    /** As the static VM worker has it, and the VM provider. */
    private static final Pattern RUNTIME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private final VmService vm;

    /**
     * A handler.
     *
     * @param vm the machine
     */
    public VmHandler(VmService vm) {
        this.vm = vm;
    }

    /** There is one machine, so that which runtime is meant makes no difference; but it has to be one. */
    private static void check(Envelope request) {
        if (request.payload().equals("null")) {
            return; // an event without a payload asks for what it can
        }
        JsonNode payload = Payload.as(request, JsonNode.class);
        JsonNode runtime = payload.path("runtime");
        boolean named =
                runtime.isTextual() && RUNTIME.matcher(runtime.textValue()).matches();
        if (!payload.isObject() || !(named || runtime.isMissingNode() || runtime.isNull())) {
            throw ApiException.of(
                    ErrorType.BAD_REQUEST,
                    "payload is an object, and its runtime, if it has one, 1 to 64 of A-Z a-z 0-9 . _ -");
        }
    }

    @Override
    public Future<Reply> handle(Envelope request) {
        check(request);
        Future<Reply> reply = switch (request.name()) {
            case "bus.vm.status.request" ->
                vm.status().map(status -> Reply.of(status.toJson().toString()));
            case "bus.vm.start.request" -> vm.start().map(status -> accepted("start", status));
            case "bus.vm.stop.request" -> vm.stop().map(status -> accepted("stop", status));
            default ->
                Future.failedFuture(
                        ApiException.of(ErrorType.BAD_REQUEST, "the VM worker does not answer " + request.name()));
        };
        return reply.recover(cause -> Future.failedFuture(cause instanceof CloudException e ? e.toApi() : cause));
    }

    private static Reply accepted(String action, VmStatus status) {
        return Reply.of(JsonNodeFactory.instance
                .objectNode()
                .put("accepted", true)
                .put("action", action)
                .put("state", status.state())
                .toString());
    }
}
