package com.busdk.gateway.containers;

import com.busdk.client.event.Envelope;
import com.busdk.gateway.requests.Replies;
import com.busdk.gateway.usage.Use;
import com.busdk.gateway.usage.UseKind;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Runs as uses, judged as {@link Runs} does. Any thread; the book is guarded by itself. */
final class RunUses implements UseKind {
    static final String KIND = "container_run";

    /**
     * A run that had to wait for its machine is begun all the same when nobody waits for it any more, and has to be paid
     * for. A day is longer than workers are away, and much less than the log keeps a response.
     */
    static final Duration PATIENCE = Duration.ofDays(1);

    private final RunBook book;

    RunUses(RunBook book) {
        this.book = book;
    }

    @Override
    public String word() {
        return KIND;
    }

    @Override
    public String response() {
        return RunBook.RESPONSE;
    }

    @Override
    public String correlationId(String operation) {
        return operation;
    }

    @Override
    public boolean mayHaveEnded(String operation, Instant before) {
        return book.hasEnded(operation, before);
    }

    @Override
    public Duration patience() {
        return PATIENCE;
    }

    @Override
    public ObjectNode outcome(Use use, Instant requestedAt, Envelope response) {
        ObjectNode result = Replies.payload(RunResult.REQUEST, use.account(), response, true);
        String requestId = use.facts().path("request_id").asText();
        Owned.check(result, use.account(), RunResult.REQUEST, requestId);
        Instant at = response.createdAt();
        long waited =
                at == null ? 0 : Math.max(0, Duration.between(requestedAt, at).toMillis());
        return RunResult.outcome(result, use.operation(), waited);
    }

    @Override
    public Optional<Duration> used(Use use, Envelope response) {
        return RunResult.ran(response, use.account(), use.operation());
    }
}
