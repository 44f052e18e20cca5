package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Publishing a request and waiting for its response in one call. */
class RequestVerbTest extends ContractSuite {
    private CompletableFuture<Answer> ask(Caller who, String query, String envelope) {
        return CompletableFuture.supplyAsync(
                () -> who.post(EVENTS + "/request" + query, envelope), Thread.ofVirtual()::start);
    }

    private String request(String payload) {
        return "{\"name\":\"" + name + ".request\",\"payload\":" + payload + "}";
    }

    private void respond(Event request, String members) {
        caller.accepted("{\"name\":\"%s.response\",\"correlationId\":\"%s\",%s}"
                .formatted(name, request.text("correlationId"), members));
    }

    @Test
    void shouldAnswerWithTheCorrelatedResponse() {
        try (EventStream worker = caller.listen("name=" + name + ".request")) {
            CompletableFuture<Answer> pending = ask(caller, "", request("{\"n\":1}"));
            Event request = worker.next();
            assertEquals("{\"n\":1}", request.payload());
            assertFalse(request.text("correlationId").isEmpty());
            caller.send(name + ".response", "\"of nobody\"");
            respond(request, "\"payload\":{\"sum\":12345678901234567890}");
            Answer answer = pending.join().expect(200);
            assertEquals(
                    "application/json", answer.header("content-type").orElse("").split(";", -1)[0]);
            Event response = new Event(answer.body().strip());
            assertEquals(name + ".response", response.name());
            assertEquals("{\"sum\":12345678901234567890}", response.payload());
            assertEquals(request.text("correlationId"), response.text("correlationId"));
        }
    }

    @Test
    void shouldGiveEachOfManyTheOwnResponse() {
        int count = 50;
        try (EventStream worker = caller.listen("name=" + name + ".request")) {
            List<CompletableFuture<Answer>> pending = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                pending.add(ask(caller, "?timeout=30s", request(Integer.toString(i + 1))));
            }
            List<Event> requests = worker.next(count);
            for (Event request : requests.reversed()) {
                respond(request, "\"payload\":" + request.payload() + "00");
            }
            for (int i = 0; i < count; i++) {
                Event response =
                        new Event(pending.get(i).join().expect(200).body().strip());
                assertEquals(i + 1 + "00", response.payload());
            }
        }
    }

    @Test
    void shouldKeepACorrelationIdThatIsGiven() {
        try (EventStream worker = caller.listen("name=" + name + ".request")) {
            CompletableFuture<Answer> pending =
                    ask(caller, "?timeout=30s", "{\"name\":\"" + name + ".request\",\"correlationId\":\"mine-1\"}");
            Event request = worker.next();
            assertEquals("mine-1", request.text("correlationId"));
            respond(request, "\"payload\":1");
            pending.join().expect(200);
        }
    }

    @Test
    void shouldTakeAnEmptyCorrelationIdForNone() {
        try (EventStream worker = caller.listen("name=" + name + ".request")) {
            CompletableFuture<Answer> pending =
                    ask(caller, "?timeout=30s", "{\"name\":\"" + name + ".request\",\"correlationId\":\"\"}");
            Event request = worker.next();
            assertFalse(request.text("correlationId").isEmpty(), request::toString);
            respond(request, "\"payload\":1");
            pending.join().expect(200);
        }
    }

    @Test
    void shouldGiveARepeatedRequestTheAnswerOfTheFirst() {
        String once = "{\"name\":\"" + name + ".request\",\"idempotencyKey\":\"" + name + "\"}";
        try (EventStream worker = caller.listen("name=" + name + ".request")) {
            CompletableFuture<Answer> first = ask(caller, "?timeout=30s", once);
            Event request = worker.next();
            respond(request, "\"payload\":\"the answer\"");
            Event answer = new Event(first.join().expect(200).body().strip());
            Event again = new Event(caller.post(EVENTS + "/request?timeout=30s", once)
                    .expect(200)
                    .body()
                    .strip());
            assertEquals(answer.id(), again.id());
            caller.send(name + ".request", "\"next\"");
            assertEquals("\"next\"", worker.next().payload(), "it was published once");
        }
    }

    @Test
    void shouldLetARepeatedRequestWaitForTheAnswerOfTheFirst() {
        String once = "{\"name\":\"" + name + ".request\"}";
        try (EventStream worker = caller.listen("name=" + name + ".request")) {
            caller.post(EVENTS + "/request?timeout=10ms", once, "idempotency-key", "h " + name)
                    .expectError(504, "timeout");
            Event request = worker.next();
            CompletableFuture<Answer> again = CompletableFuture.supplyAsync(
                    () -> caller.post(EVENTS + "/request?timeout=30s", once, "Idempotency-Key", "h " + name),
                    Thread.ofVirtual()::start);
            respond(request, "\"payload\":7");
            assertEquals("7", new Event(again.join().expect(200).body().strip()).payload());
            assertEquals(
                    1, caller.read("name=" + name + ".request&follow=false").size());
        }
    }

    @Test
    void shouldSayWhatIsWrongWithAnIdempotencyKey() {
        String request = "{\"name\":\"" + name + ".request\",\"idempotencyKey\":\"a\"}";
        try (EventStream worker = caller.listen("name=" + name + ".request")) {
            caller.post(EVENTS + "/request", request, "Idempotency-Key", "b").expectError(400, "bad_request", "differ");
            caller.publish("{\"name\":\"" + name + ".request\"}", "Idempotency-Key", "bare " + name)
                    .expect(202);
            worker.next();
            caller.post(EVENTS + "/request?timeout=5m", request("1"), "Idempotency-Key", "bare " + name)
                    .expectError(409, "conflict", "correlationId");
            caller.publish(event("1"), "Idempotency-Key", "other " + name).expect(202);
            caller.post(EVENTS + "/request?timeout=5m", request("1"), "Idempotency-Key", "other " + name)
                    .expectError(409, "conflict", "another name");
        }
    }

    @Test
    void shouldFindTheListenersOfWhomAServiceActsFor() {
        Caller alice = service.user("alice", "events:send events:listen");
        try (EventStream worker = alice.listen("name=" + name + ".request")) {
            CompletableFuture<Answer> pending =
                    ask(caller, "?timeout=30s", "{\"name\":\"" + name + ".request\",\"identityId\":\"alice\"}");
            CompletableFuture<Answer> none = ask(caller, "?timeout=5m", request("1"));
            none.join().expectError(503, "no_responders");
            Event request = worker.next();
            alice.accepted("{\"name\":\"%s.response\",\"correlationId\":\"%s\",\"payload\":5}"
                    .formatted(name, request.text("correlationId")));
            assertEquals("5", new Event(pending.join().expect(200).body().strip()).payload());
        }
    }

    @Test
    void shouldGiveAnErrorOfTheWorkerAsItIs() {
        try (EventStream worker = caller.listen("name=" + name + ".request")) {
            CompletableFuture<Answer> pending = ask(caller, "", request("1"));
            respond(worker.next(), "\"error\":{\"type\":\"quota\",\"message\":\"used up\"}");
            Event response = new Event(pending.join().expect(200).body().strip());
            assertEquals("quota", response.tree().path("error").path("type").asText());
        }
    }

    @Test
    void shouldTimeOutWhereNobodyAnswers() {
        try (EventStream worker = caller.listen("name=" + name + ".request")) {
            caller.post(EVENTS + "/request?timeout=100ms", request("1")).expectError(504, "timeout");
            assertEquals("1", worker.next().payload(), "the request was published all the same");
        }
    }

    @Test
    void shouldSayAtOnceThatThereIsNobodyToAnswer() {
        caller.post(EVENTS + "/request?timeout=5m", request("1")).expectError(503, "no_responders");
    }

    @Test
    void shouldWaitForAGroupThatIsThereWithoutAConsumer() {
        String member = "name=" + name + ".request&delivery=unicast&group=workers";
        caller.listen(member).close();
        CompletableFuture<Answer> pending = ask(caller, "?timeout=30s", request("1"));
        // Published before its consumer is there, who would be somebody to answer too.
        Deadline.until(
                "the request to be published",
                () -> caller.read("name=" + name + ".request&follow=false"),
                events -> !events.isEmpty());
        try (EventStream worker = caller.listen(member)) {
            respond(worker.next(), "\"payload\":2");
            pending.join().expect(200);
        }
    }

    @Test
    void shouldFindNobodyWhereOnlyAStrangerListens() {
        Caller alice = service.user("alice", "events:send events:listen");
        Caller bob = service.user("bob", "events:send events:listen");
        try (EventStream ofBob = bob.listen("name=" + name + ".request")) {
            alice.post(EVENTS + "/request?timeout=30s", request("1")).expectError(503, "no_responders");
            bob.send(name + ".request", "2");
            assertEquals("2", ofBob.next().payload());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?timeout=",
                "?timeout=soon",
                "?timeout=-1s",
                "?timeout=0s",
                "?timeout=10m1ns",
                "?timeout=5s&timeout=5s",
                "?patience=5s"
            })
    void shouldRefuseABadTimeout(String query) {
        caller.post(EVENTS + "/request" + query, request("1")).expectError(400, "bad_request");
    }

    @Test
    void shouldRefuseWhatIsNoRequest() {
        caller.post(EVENTS + "/request", event("1")).expectError(400, "bad_request", ".request");
        caller.post(EVENTS + "/request", "{").expectError(400, "bad_request");
    }

    @Test
    void shouldNeedTheScopesToSendAndToListen() {
        service.as(Tokens.service("a", "events:listen"))
                .post(EVENTS + "/request", request("1"))
                .expectError(403, "forbidden", "events:send");
        service.as(Tokens.service("a", "events:send"))
                .post(EVENTS + "/request", request("1"))
                .expectError(403, "forbidden", "events:listen");
    }
}
