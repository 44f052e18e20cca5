package com.busdk.broker.contract;

import static com.busdk.broker.contract.PublishTest.numbers;
import static com.busdk.broker.contract.PublishTest.payloads;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Memory;
import com.busdk.broker.contract.harness.RawConnection;
import com.busdk.broker.contract.harness.RunningService;
import com.busdk.broker.contract.harness.Tokens;
import com.busdk.broker.contract.harness.Wire;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Publishing any number of events as lines of one body. */
class NdjsonPublishTest extends ContractSuite {
    private String lines(int count) {
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < count; i++) {
            body.append(event(Integer.toString(i))).append('\n');
        }
        return body.toString();
    }

    @Test
    void shouldAnswer202WithCountAndFirstAndLastId() {
        JsonNode body = caller.publishLines(lines(3)).expect(202).json();
        Set<String> fields = new TreeSet<>();
        body.fieldNames().forEachRemaining(fields::add);
        assertEquals(Set.of("accepted", "count", "firstId", "lastId"), fields);
        assertTrue(body.get("accepted").asBoolean());
        assertEquals(3, body.get("count").asInt());
        List<Event> events = caller.read(history());
        assertEquals(events.getFirst().id(), body.get("firstId").asText());
        assertEquals(events.getLast().id(), body.get("lastId").asText());
    }

    @Test
    void shouldKeepTheOrderOfTheLines() {
        caller.publishLines(lines(5_000)).expect(202);
        assertEquals(numbers(5_000), payloads(caller.read(history())));
    }

    @Test
    void shouldTakeALastLineWithoutALineFeed() {
        JsonNode body =
                caller.publishLines(event("1") + "\n" + event("2")).expect(202).json();
        assertEquals(2, body.get("count").asInt());
        assertEquals(List.of("1", "2"), payloads(caller.read(history())));
    }

    @Test
    void shouldTakeLinesThatEndAsOnWindows() {
        JsonNode body = caller.publishLines(event("1") + "\r\n" + event("2") + "\r\n")
                .expect(202)
                .json();
        assertEquals(2, body.get("count").asInt());
        assertEquals(List.of("1", "2"), payloads(caller.read(history())));
    }

    @Test
    void shouldPassOverEmptyLines() {
        JsonNode body = caller.publishLines("\n" + event("1") + "\n\n\r\n" + event("2") + "\n\n")
                .expect(202)
                .json();
        assertEquals(2, body.get("count").asInt());
    }

    @Test
    void shouldTakeEventsOfSeveralNames() {
        String other = freshName();
        caller.publishLines(event("1") + "\n{\"name\":\"" + other + "\",\"payload\":2}\n" + event("3"))
                .expect(202);
        assertEquals(List.of("1", "3"), payloads(caller.read(history())));
        assertEquals(
                List.of("1", "2", "3"), payloads(caller.read("name=" + name + "&name=" + other + "&follow=false")));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 5_000})
    void shouldStopAtTheFirstBadLineAndSayWhichAndHowManyWereAccepted(int good) {
        Answer answer = caller.publishLines(lines(good) + "{\"name\":\"" + name + "\",\"payload\":}\n" + lines(3));
        JsonNode error = answer.expectError(400, "bad_request");
        assertEquals(good + 1, error.path("line").asInt(-1), () -> "line of " + error);
        assertEquals(good, error.path("count").asInt(-1), () -> "count of " + error);
        assertEquals(numbers(good), payloads(caller.read(history())), "what was counted is there, and no more");
    }

    @Test
    void shouldCountEmptyLinesWhereItNamesALine() {
        Answer answer = caller.publishLines("\n\n" + event("1") + "\n\nnot json\n");
        JsonNode error = answer.expectError(400, "bad_request");
        assertEquals(5, error.path("line").asInt(-1));
        assertEquals(1, error.path("count").asInt(-1));
    }

    @Test
    void shouldStopAtALineOfANameThatTheTokenMayNotSend() {
        Answer answer = caller.publishLines(event("1") + "\n{\"name\":\"bus.vm.start.request\"}\n" + event("2") + "\n");
        JsonNode error = answer.expectError(403, "forbidden", "vm:write");
        assertEquals(2, error.path("line").asInt(-1));
        assertEquals(1, error.path("count").asInt(-1));
        assertEquals(List.of("1"), payloads(caller.read(history())));
    }

    @Test
    void shouldStopAtALineThatIsTooLong() {
        try (RunningService small = freshPlan().with("max-event-bytes", "2KiB").start()) {
            Caller publisher = small.service();
            String big = event("\"" + "x".repeat(3_000) + "\"");
            Answer answer = publisher.publishLines(event("1") + "\n" + big + "\n" + event("2") + "\n");
            JsonNode error = answer.expectError(413, "payload_too_large");
            assertEquals(2, error.path("line").asInt(-1));
            assertEquals(1, error.path("count").asInt(-1));
            assertEquals(List.of("1"), payloads(publisher.read(history())));
        }
    }

    @Test
    void shouldRefuseALineThatNeverEndsWithoutKeepingIt() {
        try (RawConnection raw = service.raw()) {
            begin(raw);
            byte[] chunk = Wire.chunk("x".repeat(1 << 16));
            raw.send(Wire.chunk("{\"name\":\"a.b\",\"payload\":\""));
            for (int i = 0; i < 20; i++) { // 1.25 MiB, and no line feed
                raw.send(chunk);
            }
            JsonNode error = raw.answer().expectError(413, "payload_too_large");
            assertEquals(1, error.path("line").asInt(-1));
            assertEquals(0, error.path("count").asInt(-1));
        }
    }

    @Test
    void shouldShowLinesToListenersWhileTheBodyIsStillComing() {
        try (EventStream stream = caller.listen("name=" + name);
                RawConnection raw = service.raw()) {
            begin(raw);
            for (int i = 0; i < 5; i++) {
                raw.send(Wire.chunk(event(Integer.toString(i)) + "\n"));
                assertEquals(Integer.toString(i), stream.next().payload());
            }
            raw.send("0\r\n\r\n");
            assertEquals(5, raw.answer().expect(202).json().get("count").asInt());
        }
    }

    @Test
    void shouldKeepWholeLinesOfABodyThatBreaksOff() {
        try (EventStream stream = caller.listen("name=" + name)) {
            try (RawConnection raw = service.raw()) {
                begin(raw);
                raw.send(Wire.chunk(
                        event("1") + "\n" + event("2") + "\n" + event("3").substring(0, 20)));
                assertEquals(List.of("1", "2"), payloads(stream.next(2)));
                raw.reset();
            }
            caller.send(name, "\"next\"");
            assertEquals("\"next\"", stream.next().payload(), "half a line is no event");
        }
    }

    @Test
    void shouldAnswerTheNextRequestOnTheSameConnection() {
        String request =
                Wire.post(EVENTS, Tokens.service("tester", "events:send"), "application/x-ndjson", event("1") + "\n");
        try (RawConnection raw = service.raw()) {
            raw.send(request + request);
            assertEquals(1, raw.answer().expect(202).json().get("count").asInt());
            assertEquals(1, raw.answer().expect(202).json().get("count").asInt());
        }
    }

    @Test
    void shouldTakeABodyOf200MegabytesInConstantMemory() {
        long lineBytes = 1_000;
        long lines = 200_000_000 / lineBytes;
        try (RunningService bounded = freshPlan()
                .with("retention-bytes", "32MiB")
                .with("segment-bytes", "8MiB")
                .start()) {
            String payload = "\"" + "p".repeat((int) lineBytes - event("").length() - 3) + "\"";
            byte[] line = (event(payload) + "\n").getBytes(StandardCharsets.UTF_8);
            assertEquals(lineBytes, line.length);
            bounded.service()
                    .publishLines(new String(line, StandardCharsets.UTF_8))
                    .expect(202); // all classes are loaded
            Memory memory = Memory.now();
            RepeatedLine body = new RepeatedLine(line, lines, memory::sample);
            Answer answer = bounded.service().publishLines(BodyPublishers.ofInputStream(() -> body));
            assertEquals(lines, answer.expect(202).json().get("count").asLong());
            memory.expectGrowthBelow(96L << 20); // retained events of the memory backend, buffers, and some air
        }
    }

    @Test
    void shouldTakeNoMoreThanItCanStoreFromAPublisherWhoDoesNotWait() {
        // What the service has not taken stays in the socket: the publisher's write waits, and memory stays as it is.
        // That both end well at the end is shown by the count; that nothing is lost by the order.
        caller.publishLines(BodyPublishers.ofInputStream(() -> new RepeatedLine(
                        (event("\"" + "q".repeat(500) + "\"") + "\n").getBytes(StandardCharsets.UTF_8),
                        20_000,
                        () -> {})))
                .expect(202);
        caller.send(name, "\"end\"");
        List<Event> events = caller.read(history());
        assertEquals(20_001, events.size());
        assertEquals("\"end\"", events.getLast().payload());
    }

    private static void begin(RawConnection raw) {
        raw.send(Wire.postHead(
                EVENTS, Tokens.service("tester", "events:send"), "application/x-ndjson", "Transfer-Encoding: chunked"));
    }
}
