package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.RunningService;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The same key from the same identity is accepted once. */
class IdempotencyTest extends ContractSuite {
    private static final String HEADER = "idempotency-key";

    private void expectDuplicate(Answer first, Answer second) {
        first.expect(202);
        second.expect(202);
        assertFalse(first.json().path("duplicate").asBoolean(), first::body);
        assertTrue(second.json().path("duplicate").asBoolean(), second::body);
        assertEquals(first.json().get("id"), second.json().get("id"));
        assertEquals(first.json().get("sequence"), second.json().get("sequence"));
        assertEquals(1, caller.read(history()).size());
    }

    @Test
    void shouldAcceptAKeyInTheEnvelopeOnce() {
        String envelope = event("1", "\"idempotencyKey\":\"k " + name + "\"");
        expectDuplicate(caller.publish(envelope), caller.publish(envelope));
    }

    @Test
    void shouldAcceptAKeyInTheHeaderOnce() {
        expectDuplicate(
                caller.publish(event("1"), HEADER, "h " + name), caller.publish(event("2"), HEADER, "h " + name));
    }

    @Test
    void shouldTakeHeaderAndEnvelopeForTheSameKey() {
        expectDuplicate(
                caller.publish(event("1"), HEADER, name),
                caller.publish(event("1", "\"idempotencyKey\":\"" + name + "\"")));
    }

    @Test
    void shouldKeepAKeyToTheIdentityThatGaveIt() {
        Caller alice = service.user("alice", "events:send");
        Caller bob = service.user("bob", "events:send");
        String envelope = event("1", "\"idempotencyKey\":\"shared\"");
        JsonNode first = alice.publish(envelope).expect(202).json();
        JsonNode other = bob.publish(envelope).expect(202).json();
        assertFalse(other.path("duplicate").asBoolean());
        assertNotEquals(first.get("id"), other.get("id"));
    }

    @Test
    void shouldAcceptEventsWithoutAKeyAsOftenAsTheyCome() {
        assertNotEquals(caller.accepted(event("1")), caller.accepted(event("1")));
    }

    @Test
    void shouldAcceptOnceWhatComesAtTheSameTime() {
        String envelope = event("1", "\"idempotencyKey\":\"race " + name + "\"");
        List<CompletableFuture<Answer>> answers = IntStream.range(0, 50)
                .mapToObj(i -> caller.publishAsync(envelope))
                .toList();
        Set<JsonNode> ids = new HashSet<>();
        int firsts = 0;
        for (CompletableFuture<Answer> answer : answers) {
            JsonNode body = answer.join().expect(202).json();
            ids.add(body.get("id"));
            firsts += body.path("duplicate").asBoolean() ? 0 : 1;
        }
        assertEquals(1, ids.size());
        assertEquals(1, firsts, "one of them was the first");
        assertEquals(1, caller.read(history()).size());
    }

    @Test
    void shouldAcceptALineWithAKeyOnceWithinOneBodyAndBetweenBodies() {
        String line = event("1", "\"idempotencyKey\":\"l " + name + "\"") + "\n";
        caller.publishLines(line + line + event("2") + "\n").expect(202);
        caller.publishLines(line + event("3") + "\n" + line).expect(202);
        List<Event> events = caller.read(history());
        assertEquals(List.of("1", "2", "3"), PublishTest.payloads(events));
    }

    @Test
    void shouldSendAnEventOnceToAListenerWhoIsThere() {
        String envelope = event("1", "\"idempotencyKey\":\"live " + name + "\"");
        try (var stream = caller.listen("name=" + name)) {
            String id = caller.accepted(envelope);
            caller.accepted(envelope);
            caller.accepted(event("2"));
            assertEquals(id, stream.next().id());
            assertEquals("2", stream.next().payload());
        }
    }

    @Test
    void shouldKnowAKeyAfterARestart() {
        Assumptions.assumeTrue(store.durable(), "this backend keeps nothing over a restart");
        String envelope = event("1", "\"idempotencyKey\":\"kept\"");
        try (RunningService own = freshPlan().start()) {
            JsonNode first = own.service().publish(envelope).expect(202).json();
            own.restart();
            JsonNode second = own.service().publish(envelope).expect(202).json();
            assertTrue(second.path("duplicate").asBoolean());
            assertEquals(first.get("id"), second.get("id"));
            assertEquals(1, own.service().read(history()).size());
        }
    }

    @Test
    void shouldKnowAKeyAfterAKill() {
        Assumptions.assumeTrue(store.durable(), "this backend keeps nothing over a restart");
        Assumptions.assumeTrue(
                store.isItsFolder(), "a killed process's copy of its folder says nothing of what a cluster has");
        String envelope = event("1", "\"idempotencyKey\":\"kept\"");
        try (RunningService own = freshPlan().start()) {
            JsonNode first = own.service().publish(envelope).expect(202).json();
            try (RunningService copy = own.afterKill(folder.resolve("copy-" + name))) {
                JsonNode second = copy.service().publish(envelope).expect(202).json();
                assertTrue(second.path("duplicate").asBoolean());
                assertEquals(first.get("id"), second.get("id"));
            }
        }
    }

    @Test
    void shouldForgetAKeyBehindTheWindow() {
        String envelope = event("1", "\"idempotencyKey\":\"short\"");
        try (RunningService own = freshPlan().with("idempotency-window", "1s").start()) {
            JsonNode first = own.service().publish(envelope).expect(202).json();
            JsonNode later = Deadline.until(
                    "the key to be forgotten",
                    () -> own.service().publish(envelope).expect(202).json(),
                    answer -> !answer.path("duplicate").asBoolean());
            assertNotEquals(first.get("id"), later.get("id"));
            assertEquals(2, own.service().read(history()).size());
        }
    }
}
