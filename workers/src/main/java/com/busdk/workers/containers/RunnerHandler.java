package com.busdk.workers.containers;

import com.busdk.client.event.Envelope;
import com.busdk.client.worker.Reply;
import com.busdk.client.worker.RequestHandler;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;

/** Answers the requests of the runner's administrator. Called on event loops; has no state. */
public final class RunnerHandler implements RequestHandler {
    private final ContainerBackend backend;

    /**
     * A handler.
     *
     * @param backend has the runner
     */
    public RunnerHandler(ContainerBackend backend) {
        this.backend = backend;
    }

    @Override
    public Future<Reply> handle(Envelope request) {
        RunPayload.checkBare(request);
        return switch (request.name()) {
            case ContainerEvents.RUNNER_STATUS ->
                backend.runnerStatus()
                        .map(status -> Reply.of(
                                object().<ObjectNode>set("status", status).toString()));
            case ContainerEvents.RUNNER_START ->
                backend.runnerStart()
                        .map(ignored -> Reply.of(object().put("accepted", true)
                                .put("action", "start")
                                .toString()));
            case ContainerEvents.RUNNER_DELETE ->
                backend.runnerDelete()
                        .map(ignored -> Reply.of(object().put("deleted", true).toString()));
            default -> Future.failedFuture(new IllegalStateException("a request that nobody asked for"));
        };
    }

    private static ObjectNode object() {
        return new ObjectNode(JsonNodeFactory.instance);
    }
}
