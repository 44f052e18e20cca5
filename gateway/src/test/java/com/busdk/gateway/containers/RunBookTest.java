package com.busdk.gateway.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunBookTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final RunBook book = new RunBook();

    private static Envelope.Builder event(String name, String owner, String payload) {
        return Envelope.builder(name).identityId(owner).payload(payload).createdAt(START);
    }

    private void accepted(String id, String owner) {
        book.apply(event(
                        RunBook.ACCEPTED,
                        owner,
                        "{\"run_id\":\"" + id + "\",\"profile\":\"codex\",\"command\":[\"ls\"],\"wait_seconds\":60}")
                .correlationId(id)
                .build());
    }

    private void ended(String id, String owner) {
        book.apply(event(RunBook.RESPONSE, owner, "{\"run_id\":\"" + id + "\",\"exit_code\":3,\"stdout\":\"secret\"}")
                .correlationId(id)
                .build());
    }

    private List<String> ids(String owner) {
        return book.list(owner, Optional.empty(), 100).orElseThrow().stream()
                .map(Run::id)
                .toList();
    }

    private List<String> all(String owner) {
        return book.list(owner, Optional.empty(), RunBook.MAX_RUNS_PER_OWNER).orElseThrow().stream()
                .map(Run::id)
                .toList();
    }

    private Run only(String owner) {
        return book.list(owner, Optional.empty(), 100).orElseThrow().getFirst();
    }

    @Test
    void shouldFollowARunToItsEnd() {
        accepted("run_1", "alice");
        assertEquals("running", only("alice").state(START));
        assertEquals("lost", only("alice").state(START.plusSeconds(61)));
        ended("run_1", "alice");
        Run run = only("alice");
        assertEquals("finished", run.state(START.plusSeconds(61)));
        assertEquals(3, run.toJson(START).path("exit_code").asInt());
        assertFalse(run.toJson(START).has("stdout"), "lists have no output");
        assertEquals("[\"ls\"]", run.toJson(START).path("args").toString());
    }

    @Test
    void shouldTellAFailureFromACancellation() {
        accepted("run_1", "alice");
        book.apply(event(RunBook.RESPONSE, "alice", "null")
                .correlationId("run_1")
                .error(new EventError("upcloud_error", "no room"))
                .build());
        assertEquals("failed", only("alice").state(START));
        assertEquals(
                "upcloud_error",
                only("alice").toJson(START).path("error").path("type").asText());
        accepted("run_2", "alice");
        book.apply(event(RunBook.RESPONSE, "alice", "null")
                .correlationId("run_2")
                .error(new EventError("cancelled", "by its owner"))
                .build());
        assertEquals("cancelled", only("alice").state(START));
    }

    @Test
    void shouldShowNobodyTheRunsOfAnother() {
        accepted("run_1", "alice");
        assertEquals(List.of(), ids("bob"));
        assertTrue(book.isAnothers("run_1", "bob"));
        assertFalse(book.isAnothers("run_1", "alice"));
        accepted("run_1", "bob"); // who claims an id that is taken gets nothing by it
        ended("run_1", "bob");
        assertEquals(List.of(), ids("bob"));
        assertEquals("running", only("alice").state(START));
        book.apply(event(RunBook.DELETED, "bob", "{\"deleted\":true,\"run_id\":\"run_1\"}")
                .build());
        assertEquals(List.of("run_1"), ids("alice"));
    }

    @Test
    void shouldForgetADeletedRunForGood() {
        accepted("run_1", "alice");
        book.apply(event(RunBook.DELETED, "alice", "{\"deleted\":true,\"run_id\":\"run_1\"}")
                .build());
        assertEquals(List.of(), ids("alice"));
        ended("run_1", "alice"); // the one that was cancelled by it answers last
        assertEquals(List.of(), ids("alice"));
    }

    /** The provider that asked has the response before the history has told it of its own announcement. */
    @Test
    void shouldFindTheSameWhereTheResponseComesFirst() {
        RunBook elsewhere = new RunBook();
        Envelope first = announcement("run_1", START);
        Envelope second = announcement("run_2", START.plusSeconds(1));
        Envelope response = event(RunBook.RESPONSE, "alice", "{\"run_id\":\"run_1\",\"exit_code\":3}")
                .correlationId("run_1")
                .createdAt(START.plusSeconds(2))
                .build();
        List.of(first, second, response).forEach(elsewhere::apply);

        book.tell(response, "alice", "run_1");
        assertEquals("finished", only("alice").state(START));
        List.of(first, second, response).forEach(book::apply);

        assertEquals(List.of("run_2", "run_1"), ids("alice"));
        assertEquals(elsewhere.list("alice", Optional.empty(), 9), book.list("alice", Optional.empty(), 9));
    }

    @Test
    void shouldNotBeToldOfAnothersRun() {
        Envelope response = event(RunBook.RESPONSE, "bob", "{\"run_id\":\"run_1\",\"exit_code\":3}")
                .correlationId("run_1")
                .build();
        book.tell(response, "alice", "run_1");
        assertEquals(0, book.size());
        accepted("run_1", "alice");
        book.delete("run_1", "bob");
        assertEquals(List.of("run_1"), ids("alice"));
    }

    @Test
    void shouldNotTakeWhatAResponseSaysOfAnotherRunOrOfAnothers() {
        Envelope ofAnotherRun = event(RunBook.RESPONSE, "alice", "{\"run_id\":\"run_2\",\"exit_code\":3}")
                .correlationId("run_1")
                .build();
        book.tell(ofAnotherRun, "alice", "run_1");
        assertEquals(0, book.size());
        String payload = "{\"run_id\":\"run_1\",\"owner_identity_id\":\"bob\",\"image\":\"bob/img\",\"exit_code\":0}";
        Envelope ofBob =
                event(RunBook.RESPONSE, "alice", payload).correlationId("run_1").build();
        book.tell(ofBob, "alice", "run_1");
        assertEquals(List.of("run_1"), ids("alice"));
        Run run = book.list("alice", Optional.empty(), 1).orElseThrow().getFirst();
        assertFalse(run.facts().toString().contains("bob"), run.facts().toString());
    }

    /** Workers that look at nothing say of any run that they deleted it. */
    @Test
    void shouldListARunThatAnotherHasDeletedByItsNameBeforeTheHistoryToldOfIt() {
        book.delete("run_1", "bob");
        accepted("run_1", "alice");
        assertEquals(List.of("run_1"), ids("alice"));
    }

    @Test
    void shouldNotListARunAgainThatWasDeletedBeforeTheHistoryTellsOfIt() {
        book.tell(
                event(RunBook.RESPONSE, "alice", "{\"run_id\":\"run_1\",\"exit_code\":3}")
                        .correlationId("run_1")
                        .build(),
                "alice",
                "run_1");
        book.delete("run_1", "alice");
        accepted("run_1", "alice");
        ended("run_1", "alice");
        assertEquals(List.of(), ids("alice"));
    }

    private static Envelope announcement(String id, Instant at) {
        return event(
                        RunBook.ACCEPTED,
                        "alice",
                        "{\"run_id\":\"" + id + "\",\"profile\":\"codex\",\"command\":[\"ls\"],\"wait_seconds\":60}")
                .createdAt(at)
                .build();
    }

    @Test
    void shouldTakeBackWhatNobodyTook() {
        accepted("run_1", "alice");
        book.apply(event(RunBook.REFUSED, "alice", "{\"run_id\":\"run_1\"}").build());
        assertEquals(List.of(), ids("alice"));
    }

    @Test
    void shouldReadTheHistoryTwiceToTheSameEnd() {
        for (int i = 0; i < 2; i++) {
            accepted("run_1", "alice");
            ended("run_1", "alice");
        }
        assertEquals(List.of("run_1"), ids("alice"));
        assertEquals("finished", only("alice").state(START));
    }

    @Test
    void shouldPageFromTheNewestOn() {
        for (int i = 1; i <= 5; i++) {
            accepted("run_" + i, "alice");
        }
        assertEquals(List.of("run_5", "run_4", "run_3", "run_2", "run_1"), ids("alice"));
        assertEquals(
                List.of("run_2", "run_1"),
                book.list("alice", Optional.of("run_3"), 9).orElseThrow().stream()
                        .map(Run::id)
                        .toList());
        assertEquals(
                1, book.list("alice", Optional.of("run_3"), 1).orElseThrow().size());
        assertTrue(book.list("alice", Optional.of("run_9"), 9).isEmpty());
    }

    @Test
    void shouldKeepNoMoreThanItMay() {
        accepted("run_bob", "bob");
        for (int i = 0; i < RunBook.MAX_RUNS_PER_OWNER + 10; i++) {
            accepted("run_" + i, "alice");
        }
        assertEquals(RunBook.MAX_RUNS_PER_OWNER + 1, book.size());
        assertEquals("run_" + (RunBook.MAX_RUNS_PER_OWNER + 9), only("alice").id(), "the newest is kept");
        assertEquals("run_10", all("alice").getLast(), "the oldest gives way");
        assertEquals(List.of("run_bob"), ids("bob"));
        for (int owner = 0; owner < 25; owner++) {
            for (int i = 0; i < RunBook.MAX_RUNS_PER_OWNER; i++) {
                accepted("run_" + owner + "_" + i, "owner" + owner);
            }
        }
        assertEquals(RunBook.MAX_RUNS, book.size());
        assertEquals(List.of(), ids("bob"), "the oldest of all gives way");
        assertEquals(List.of(), ids("owner4"), "those before it as well");
        assertEquals(RunBook.MAX_RUNS_PER_OWNER, all("owner5").size());
        assertEquals(RunBook.MAX_RUNS_PER_OWNER, all("owner24").size(), "the newest are kept");
    }

    @Test
    void shouldPassOverEventsThatMakeNoSense() {
        for (String payload : List.of("null", "[]", "\"x\"", "{\"run_id\":7}", "{\"run_id\":\"../x\"}", "{}")) {
            for (String name : RunBook.NAMES) {
                book.apply(event(name, "alice", payload).build());
                book.apply(Envelope.builder(name).payload(payload).build());
            }
        }
        assertEquals(0, book.size());
    }
}
