package com.busdk.gateway.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.http.ApiException;
import com.busdk.gateway.http.Json;
import com.busdk.gateway.usage.Use;
import com.busdk.gateway.usage.UseKind;
import com.busdk.gateway.vm.VmBackend.Action;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the response to a start says of its end, to a provider that did not ask for it. */
class ChangeUsesTest {
    private static final ChangeUses STARTS = new ChangeUses(Action.START);
    private static final Use START = new Use("runtime_start", "o-1", "alice", Json.object());

    private static Envelope.Builder response(String payload) {
        return Envelope.builder("bus.vm.start.response").identityId("alice").payload(payload);
    }

    @Test
    void shouldFindTheResponseWhereThereIsOne() {
        assertEquals("bus.vm.start.response", STARTS.response());
        assertEquals("runtime_start", STARTS.word());
        assertEquals("vm-o-1", STARTS.correlationId("o-1"));
    }

    @Test
    void shouldLookAfterStartsAndStopsWhenTheirTimeIsOver() {
        assertEquals(
                List.of("runtime_start", "runtime_stop"),
                ChangeUses.all().stream().map(UseKind::word).toList());
        assertFalse(STARTS.mayHaveEnded("o-1", Instant.MAX));
    }

    @Test
    void shouldFinishWhatWasAccepted() {
        Envelope accepted = response("{\"accepted\":true,\"action\":\"start\"}").build();
        assertEquals("{}", STARTS.outcome(START, Instant.EPOCH, accepted).toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"{\"accepted\":false}|conflict", "{}|bad_gateway", "[]|bad_gateway"})
    void shouldFailWhatWasNot(String payload, String type) {
        ApiException e = assertThrows(
                ApiException.class,
                () -> STARTS.outcome(START, Instant.EPOCH, response(payload).build()));
        assertEquals(type, e.type());
    }

    @Test
    void shouldFailAsTheWorkerDid() {
        Envelope failed = response("null")
                .error(new EventError("vm_unavailable", "on fire"))
                .build();
        assertEquals("unavailable", type(failed));
        Envelope late =
                response("null").error(new EventError("timeout", "too long")).build();
        assertEquals("unavailable", type(late), "a change has no time of its own that could be over");
        Envelope anothers = response("{\"accepted\":true}").identityId("bob").build();
        assertEquals("insufficient_access", type(anothers));
    }

    private static String type(Envelope response) {
        return assertThrows(ApiException.class, () -> STARTS.outcome(START, Instant.EPOCH, response))
                .type();
    }
}
