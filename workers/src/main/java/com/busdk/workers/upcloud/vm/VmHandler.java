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
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Answers {@code bus.vm.status|start|stop.request}. A request seen twice does no harm: a machine that is being started is
 * not started again. Stateless; called on event loops.
 */
public final class VmHandler implements RequestHandler {
    static final String STATUS = "bus.vm.status.request";
    static final String START = "bus.vm.start.request";
    static final String STOP = "bus.vm.stop.request";

    /** The requests that it answers. */
    public static final List<String> REQUESTS = List.of(STATUS, START, STOP);

    /** As the static VM worker has it, and the VM provider. */
    private static final Pattern RUNTIME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private final VmService vm;
    private final Function<Envelope, Future<Void>> upTo;

    /**
     * A handler for a machine that has no history.
     *
     * @param vm the machine
     */
    public VmHandler(VmService vm) {
        this(vm, ignored -> Future.succeededFuture());
    }

    /**
     * A handler.
     *
     * @param vm the machine
     * @param upTo completes when the machine knows of all that came before a request
     */
    public VmHandler(VmService vm, Function<Envelope, Future<Void>> upTo) {
        this.vm = vm;
        this.upTo = upTo;
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
        return upTo.apply(request)
                .compose(ignored -> answer(request))
                .recover(cause -> Future.failedFuture(cause instanceof CloudException e ? e.toApi() : cause));
    }

    private Future<Reply> answer(Envelope request) {
        Long sequence = request.sequence();
        long place = sequence == null ? 0 : sequence; // one that no hub has delivered has none
        return switch (request.name()) {
            case STATUS -> vm.status().map(status -> Reply.of(status.toJson().toString()));
            case START -> vm.start(place).map(status -> accepted("start", status));
            case STOP -> vm.stop(place).map(status -> accepted("stop", status));
            default ->
                Future.failedFuture(
                        ApiException.of(ErrorType.BAD_REQUEST, "the VM worker does not answer " + request.name()));
        };
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
