package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.RunningService;
import com.busdk.broker.contract.harness.SseStream;
import com.busdk.broker.contract.harness.SseStream.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The same stream as Server-Sent Events, for browsers. */
class ServerSentEventsTest extends ContractSuite {
    @Test
    void shouldFrameIdNameAndEnvelope() {
        try (SseStream stream = caller.sse("name=" + name)) {
            String id = caller.send(name, "{\"ok\": true}");
            Message message = stream.next(name);
            assertEquals(id, message.id());
            assertEquals(name, message.type());
            Event event = new Event(message.data());
            assertEquals(id, event.id());
            assertEquals("{\"ok\": true}", event.payload());
        }
    }

    @Test
    void shouldSendTheHeadersOfAStream() {
        try (SseStream stream = caller.sse("name=" + name)) {
            Answer head = stream.head();
            assertEquals(
                    "text/event-stream", head.header("content-type").orElse("").split(";", -1)[0]);
            assertEquals("no", head.header("x-accel-buffering").orElse(""));
            assertEquals("no-store", head.header("cache-control").orElse(""));
        }
    }

    @Test
    void shouldHaveTheSameEnvelopeInDataAsTheLine() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            body.append(event(RandomJson.value(random, 4))).append('\n');
        }
        caller.publishLines(body.toString()).expect(202);
        List<Event> lines = caller.read(history());
        try (SseStream stream = caller.sse("name=" + name + "&replay=true")) {
            for (Event line : lines) {
                Message message = stream.next();
                assertEquals(line.line(), message.data(), "seed " + seed);
                assertEquals(line.id(), message.id());
            }
        }
    }

    @Test
    void shouldSeparateTheBlocksByEmptyLinesAndEndThemWithLineFeedsAlone() {
        caller.send(name, "1");
        try (SseStream stream = caller.sse("name=" + name + "&follow=false")) {
            List<String> lines = new ArrayList<>(stream.rest());
            lines.removeIf(line -> line.startsWith(":"));
            assertTrue(lines.stream().noneMatch(line -> line.indexOf('\r') >= 0));
            int id = lines.indexOf(lines.stream()
                    .filter(line -> line.startsWith("id:"))
                    .findFirst()
                    .orElseThrow());
            assertEquals("event: " + name, lines.get(id + 1));
            assertTrue(lines.get(id + 2).startsWith("data: {"));
            assertEquals("", lines.get(id + 3));
        }
    }

    @Test
    void shouldResumeBehindLastEventId() {
        caller.sendNumbers(name, 0, 5);
        List<Event> all = caller.read(history());
        try (SseStream stream =
                caller.sse("name=" + name, "last-event-id", all.get(2).id())) {
            assertEquals("3", new Event(stream.next(name).data()).payload());
            assertEquals("4", new Event(stream.next(name).data()).payload());
            caller.send(name, "5");
            assertEquals("5", new Event(stream.next(name).data()).payload());
        }
    }

    @Test
    void shouldPreferLastEventIdToTheQueryOfTheFirstConnection() {
        // A browser reconnects with the very URL it was given, and the header with where it stands.
        caller.sendNumbers(name, 0, 5);
        List<Event> all = caller.read(history());
        try (SseStream stream = caller.sse(
                "name=" + name + "&replay=true", "last-event-id", all.get(3).id())) {
            assertEquals("4", new Event(stream.next(name).data()).payload());
        }
        try (SseStream stream = caller.sse(
                "name=" + name + "&after=" + all.get(0).id(),
                "last-event-id",
                all.get(3).id())) {
            assertEquals("4", new Event(stream.next(name).data()).payload());
        }
    }

    @Test
    void shouldResumeBehindLastEventIdWhereTheQueryHasATime() {
        caller.sendNumbers(name, 0, 5);
        List<Event> all = caller.read(history());
        try (SseStream stream = caller.sse(
                "name=" + name + "&since=1h", "last-event-id", all.get(3).id())) {
            assertEquals("4", new Event(stream.next(name).data()).payload());
        }
    }

    @Test
    void shouldRefuseALastEventIdThatIsNone() {
        caller.listenRefused("name=" + name, "last-event-id", "nonsense").expectError(400, "bad_request");
    }

    @Test
    void shouldHaveNoticesAsEventsOfThatName() {
        caller.sendNumbers(name, 0, 2);
        RunningService own = freshPlan().start();
        try {
            own.service().sendNumbers(name, 0, 2);
            SseStream stream = own.service().sse("name=" + name + "&replay=true");
            assertEquals(name, stream.next().type());
            assertEquals(name, stream.next().type());
            Message caughtUp = stream.next("caught_up");
            assertEquals("", caughtUp.id(), "a notice does not move the position");
            own.close();
            stream.next("closing");
            stream.close();
        } finally {
            own.close();
        }
    }

    @Test
    void shouldSendDeliveriesOfAGroup() {
        String group = "name=" + name + "&delivery=unicast&group=sse&ack=explicit";
        try (SseStream stream = caller.sse(group)) {
            String id = caller.send(name, "1");
            Message message = stream.next(name);
            assertEquals(id, message.id());
            Event event = new Event(message.data());
            assertEquals(1, event.attempt());
            caller.done("sse", event);
        }
    }

    @Test
    void shouldBePreferredWhereTheAcceptHeaderSaysSo() {
        caller.send(name, "1");
        Answer answer = caller.get(EVENTS + "/stream?" + history(), "accept", "text/event-stream, */*;q=0.1");
        assertEquals(
                "text/event-stream",
                answer.expect(200).header("content-type").orElse("").split(";", -1)[0]);
        assertTrue(answer.body().contains("\ndata: {"), answer::body);
    }

    @Test
    void shouldBePreferredWhereOneOfSeveralAcceptHeadersSaysSo() {
        caller.send(name, "1");
        Answer answer = caller.get(
                EVENTS + "/stream?" + history(),
                "accept",
                "application/x-ndjson;q=0",
                "accept",
                "text/html",
                "accept",
                "text/event-stream");
        assertEquals(
                "text/event-stream",
                answer.expect(200).header("content-type").orElse("").split(";", -1)[0]);
    }
}
