package com.busdk.gateway.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.http.ApiException;
import com.busdk.gateway.http.Json;
import com.busdk.gateway.usage.Use;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a run's response says of its end, to a provider that did not ask for it. */
class RunUsesTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Use RUN = new Use(RunUses.KIND, "run_1", "alice", Json.object());

    private final RunBook book = new RunBook();
    private final RunUses uses = new RunUses(book);

    private static Envelope.Builder response(String payload) {
        return Envelope.builder(RunBook.RESPONSE)
                .correlationId("run_1")
                .identityId("alice")
                .payload(payload)
                .createdAt(START.plusSeconds(30));
    }

    @Test
    void shouldFindTheResponseWhereThereIsOne() {
        assertEquals("container_run", uses.word(), "as the records' type begins");
        assertEquals("bus.containers.run.response", uses.response());
        assertEquals("run_1", uses.correlationId("run_1"));
        assertEquals(Duration.ofDays(1), uses.patience());
    }

    @Test
    void shouldNotCountBackwardsWhereClocksDiffer() {
        Envelope response = response("{\"exit_code\":0}").build();
        assertEquals(
                "{\"duration_ms\":0,\"exit_code\":0}",
                uses.outcome(RUN, START.plusSeconds(31), response).toString());
    }

    @Test
    void shouldTakeTheWorkersTimeBeforeItsOwn() {
        assertEquals(
                "{\"duration_ms\":12,\"exit_code\":7}",
                uses.outcome(
                                RUN,
                                START,
                                response("{\"run_id\":\"run_1\",\"exit_code\":7,\"duration_ms\":12}")
                                        .build())
                        .toString());
        assertEquals(
                "{\"duration_ms\":30000,\"exit_code\":0}",
                uses.outcome(RUN, START, response("{\"exit_code\":0}").build()).toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"exit_code\":0,\"duration_ms\":-1}|bad_gateway",
                "{\"exit_code\":0,\"run_id\":\"run_2\"}|bad_gateway",
                "[]|bad_gateway",
                "{\"exit_code\":0,\"owner_identity_id\":\"bob\"}|insufficient_access"
            })
    void shouldFailWhatItsProviderWouldHave(String payload, String type) {
        ApiException e = assertThrows(
                ApiException.class,
                () -> uses.outcome(RUN, START, response(payload).build()));
        assertEquals(type, e.type());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"run_id\":\"run_1\",\"duration_ms\":1500}|1500",
                "{\"duration_ms\":0}|0",
                "{\"run_id\":\"run_1\"}|",
                "{\"run_id\":\"run_2\",\"duration_ms\":1500}|",
                "{\"duration_ms\":-1}|",
                "{\"duration_ms\":\"7\"}|",
                "{\"duration_ms\":1e40}|",
                "null|"
            })
    void shouldTakeTheTimeOfAFailedRunFromItsWorkerAlone(String payload, Long millis) {
        Envelope.Builder failed = response(payload).error(new EventError("cancelled", "by its owner"));
        assertEquals(Optional.ofNullable(millis).map(Duration::ofMillis), uses.used(RUN, failed.build()));
        assertEquals(Optional.empty(), uses.used(RUN, failed.identityId("bob").build()));
    }

    @Test
    void shouldFailAsTheWorkerDid() {
        Envelope timeout =
                response("null").error(new EventError("timeout", "too long")).build();
        assertEquals(
                "timeout",
                assertThrows(ApiException.class, () -> uses.outcome(RUN, START, timeout))
                        .type());
        Envelope anothers = response("{\"exit_code\":0}").identityId("bob").build();
        assertEquals(
                "insufficient_access",
                assertThrows(ApiException.class, () -> uses.outcome(RUN, START, anothers))
                        .type());
    }

    @Test
    void shouldLookForRunsThatHaveEndedOrWereDeleted() {
        book.apply(event(RunBook.ACCEPTED, "{\"run_id\":\"run_1\",\"wait_seconds\":60}"));
        assertFalse(uses.mayHaveEnded("run_1", START.plusSeconds(60)));
        book.apply(response("{\"run_id\":\"run_1\",\"exit_code\":0}").build());
        assertFalse(uses.mayHaveEnded("run_1", START.plusSeconds(30)), "its provider is about to say so");
        assertTrue(uses.mayHaveEnded("run_1", START.plusSeconds(31)));
        assertFalse(uses.mayHaveEnded("run_2", START.plusSeconds(31)));
        book.apply(event(RunBook.DELETED, "{\"run_id\":\"run_2\",\"deleted\":true}"));
        assertTrue(uses.mayHaveEnded("run_2", START.plusSeconds(31)));
    }

    private static Envelope event(String name, String payload) {
        return Envelope.builder(name)
                .identityId("alice")
                .payload(payload)
                .createdAt(START)
                .build();
    }
}
