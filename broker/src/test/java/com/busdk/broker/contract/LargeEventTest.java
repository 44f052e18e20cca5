package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Json;
import com.busdk.broker.contract.harness.RawConnection;
import com.busdk.broker.contract.harness.RunningService;
import com.busdk.broker.contract.harness.ServicePlan;
import com.busdk.broker.contract.harness.SseStream;
import com.busdk.broker.contract.harness.Tokens;
import com.busdk.broker.contract.harness.Wire;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Events that are written in parts arrive as any other: whole, in order, and nothing in between. */
class LargeEventTest extends ContractSuite {
    /** Some are written at once, some in two parts, and one in many. */
    private static final int[] SIZES = {10, 300_000, 100, 200_000, 2_900_000, 262_144, 1_000_000, 20};

    @Override
    ServicePlan plan() {
        return freshPlan().with("max-event-bytes", "3MiB");
    }

    private static String payload(int number) {
        return "\"" + Integer.toString(number).repeat(SIZES[number]) + "\"";
    }

    private static List<String> payloads() {
        return IntStream.range(0, SIZES.length)
                .mapToObj(LargeEventTest::payload)
                .toList();
    }

    private void publish() {
        for (int i = 0; i < SIZES.length; i++) {
            caller.accepted(event(payload(i), "\"correlationId\":\"" + i + "\""));
        }
    }

    private static void expectAll(List<Event> events) {
        assertEquals(payloads(), PublishTest.payloads(events));
    }

    @Test
    void shouldComeWholeFromHistory() {
        publish();
        expectAll(caller.read(history()));
        List<Event> some = caller.read("name=" + name + "&replay=true&limit=5");
        assertEquals(payloads().subList(0, 5), PublishTest.payloads(some));
    }

    @Test
    void shouldComeWholeToThoseWhoListen() {
        try (EventStream one = caller.listen("name=" + name + "&heartbeat=100ms");
                EventStream other = caller.listen("name=" + name + "&name=" + freshName())) {
            publish();
            for (String payload : payloads()) {
                String line = one.line();
                while (line.isEmpty()) {
                    line = one.line();
                }
                assertEquals(payload, new Event(line).payload());
            }
            expectAll(other.next(SIZES.length));
        }
    }

    @Test
    void shouldComeWholeAsServerSentEvents() {
        publish();
        try (SseStream stream = caller.sse("name=" + name + "&replay=true");
                SseStream group = caller.sse("name=" + name + "&replay=true&delivery=unicast&group=g")) {
            for (int i = 0; i < SIZES.length; i++) {
                for (SseStream.Message message : List.of(nextOf(stream), nextOf(group))) {
                    Event event = new Event(message.data());
                    assertEquals(payload(i), event.payload());
                    assertEquals(event.id(), message.id());
                    assertEquals(name, message.type());
                }
            }
        }
    }

    private SseStream.Message nextOf(SseStream stream) {
        return stream.next(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "explicit"})
    void shouldComeWholeToTheConsumersOfAGroup(String ack) {
        String member = "name=" + name + "&delivery=unicast&group=g&replay=true&ack=" + ack;
        publish();
        try (EventStream stream = caller.listen(member)) {
            for (int i = 0; i < SIZES.length; i++) {
                Event event = stream.next();
                assertEquals(payload(i), event.payload());
                assertEquals(1, event.attempt());
                if (ack.equals("explicit")) {
                    caller.done("g", event);
                }
            }
        }
        assertEquals(0, caller.group("g", name).path("redeliveries").asInt(-1));
    }

    @Test
    void shouldComeWholeToOneOfSeveralConsumersAndAgainToAnother() {
        String member = "name=" + name + "&delivery=unicast&group=g&ack=explicit&consumer=";
        List<String> seen = new ArrayList<>();
        try (EventStream a = caller.listen(member + "a")) {
            publish();
            a.next(3);
        } // gives back what it had
        try (EventStream b = caller.listen(member + "b")) {
            for (int i = 0; i < SIZES.length; i++) {
                Event event = b.next();
                seen.add(event.payload());
                caller.done("g", event);
            }
        }
        assertEquals(
                payloads().stream().sorted().toList(), seen.stream().sorted().toList());
    }

    @Test
    void shouldComeWholeOverHttp2() {
        publish();
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
            expectAll(caller.over(client).read(history()));
        }
    }

    @Test
    void shouldComeWholeAsTheAnswerToARequest() {
        String payload = payload(4);
        try (EventStream worker = caller.listen("name=" + name + ".request")) {
            CompletableFuture<Void> worked = CompletableFuture.runAsync(
                    () -> caller.accepted("{\"name\":\"" + name + ".response\",\"correlationId\":"
                            + Json.quote(worker.next().text("correlationId")) + ",\"payload\":" + payload + "}"),
                    Thread.ofVirtual()::start);
            String answer = caller.post(EVENTS + "/request", "{\"name\":\"" + name + ".request\"}")
                    .expect(200)
                    .body();
            assertEquals(payload, new Event(answer).payload());
            worked.join();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"&replay=true", "&replay=true&delivery=unicast&group=g&max_in_flight=1"})
    void shouldComeWholeAlsoWhereTheServiceStopsMeanwhile(String query) {
        RunningService own = freshPlan().with("max-event-bytes", "3MiB").start();
        String token = Tokens.service("tester", "events:listen");
        try (RawConnection raw = own.rawWithSmallBuffer(64 << 10)) {
            String payload = "\"" + "x".repeat(2_900_000) + "\"";
            for (int i = 0; i < 4; i++) { // more than sockets hold, so that one of them is under way
                own.service().accepted(event(payload));
            }
            raw.send(Wire.get(EVENTS + "/stream?notices=true&name=" + name + query, token));
            assertEquals(200, raw.head().status());
            StringBuilder body = new StringBuilder(raw.chunk());
            Runnable stopped = own.beginStop();
            // Fails where the body is cut off.
            for (String chunk = raw.chunk(); !chunk.isEmpty(); chunk = raw.chunk()) {
                body.append(chunk);
            }
            stopped.run();
            assertTrue(body.toString().endsWith("\n"), "it ends at a line's end");
            List<String> lines = body.toString().lines().toList();
            assertEquals("closing", new Event(lines.getLast()).text("notice"));
            for (String line : lines.subList(0, lines.size() - 1)) {
                assertEquals(payload, new Event(line).payload());
            }
        } finally {
            own.close();
        }
    }
}
