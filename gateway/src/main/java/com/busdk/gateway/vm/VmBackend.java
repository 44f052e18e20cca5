package com.busdk.gateway.vm;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;

/** Does what the VM API is asked for. Any thread. */
interface VmBackend {
    /**
     * How the caller's runtime is.
     *
     * @return {@code state}, {@code provider}, {@code details}
     */
    Future<ObjectNode> status(Ask ask);

    /** Starts it or stops it; completes when a worker has accepted that. */
    Future<Void> change(Ask ask, Action action);

    /**
     * For whom, and which.
     *
     * @param owner the caller's {@code sub}
     * @param requestId of the HTTP request
     * @param operation tells what is asked from everything else; the worker's response has it
     * @param payload of the event: {@code runtime}, where the caller named one
     */
    record Ask(String owner, String requestId, String operation, ObjectNode payload) {}

    /** What can be done to a runtime. */
    enum Action {
        START("start"),
        STOP("stop");

        private final String word;

        Action(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }
}
