package com.busdk.gateway.vm;

import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventName;
import com.busdk.gateway.http.Json;
import com.busdk.gateway.requests.Replies;
import com.busdk.gateway.usage.Use;
import com.busdk.gateway.usage.UseKind;
import com.busdk.gateway.vm.VmBackend.Action;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * Starts, or stops, as uses, judged as {@link EventsVm} does. Immutable.
 *
 * @param action which of the two
 */
record ChangeUses(Action action) implements UseKind {
    static String kind(Action action) {
        return "runtime_" + action.word();
    }

    static List<UseKind> all() {
        return Stream.of(Action.values()).<UseKind>map(ChangeUses::new).toList();
    }

    @Override
    public String word() {
        return kind(action);
    }

    @Override
    public String response() {
        return EventName.responseTo(EventsVm.request(action.word()));
    }

    @Override
    public String correlationId(String operation) {
        return EventsVm.correlationId(operation);
    }

    /** Its time is over within moments; nothing is gained by an earlier look. */
    @Override
    public boolean mayHaveEnded(String operation, Instant before) {
        return false;
    }

    @Override
    public ObjectNode outcome(Use use, Instant requestedAt, Envelope response) {
        EventsVm.checkAccepted(
                Replies.payload(EventsVm.request(action.word()), use.account(), response, false), action);
        return Json.object();
    }
}
