package com.busdk.gateway.vm;

import com.busdk.gateway.http.Json;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;

/** A runtime that is always ready, for local checks: the same answer at all times and in all processes. Stateless. */
final class StaticVm implements VmBackend {
    @Override
    public Future<ObjectNode> status(Ask ask) {
        ObjectNode status = Json.object().put("state", "ready").put("provider", "static");
        status.putObject("details");
        return Future.succeededFuture(status);
    }

    @Override
    public Future<Void> change(Ask ask, Action action) {
        return Future.succeededFuture();
    }
}
