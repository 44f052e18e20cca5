package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Memory;
import com.busdk.broker.contract.harness.RawConnection;
import com.busdk.broker.contract.harness.Tokens;
import com.busdk.broker.contract.harness.Wire;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Everything that may come from a stranger, and the exact answer to each. The service stays up, its memory flat. */
class BadInputTest extends ContractSuite {
    private static final String TOKEN = Tokens.service("tester", "events:send events:listen events:admin");

    static List<BadRequest> requests() {
        List<BadRequest> all = new ArrayList<>(BadEnvelopes.all());
        all.addAll(BadMessages.all());
        return all;
    }

    static List<BadRequest> envelopes() {
        return BadEnvelopes.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("requests")
    void shouldRefuse(BadRequest request) {
        try (RawConnection raw = service.raw()) {
            raw.send(request.bytes());
            raw.answer()
                    .expectError(
                            request.status(), request.type(), request.words().toArray(String[]::new));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("envelopes")
    void shouldRefuseTheSameAsALine(BadRequest request) {
        byte[] body = bodyOf(request.bytes());
        String text = new String(body, StandardCharsets.ISO_8859_1);
        if (text.isBlank() || text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0) {
            return; // as lines, that is something else
        }
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        lines.writeBytes((event("1") + "\n").getBytes(StandardCharsets.UTF_8));
        lines.writeBytes(body);
        lines.write('\n');
        try (RawConnection raw = service.raw()) {
            raw.send(Wire.postHead(EVENTS, TOKEN, "application/x-ndjson", "Content-Length: " + lines.size()));
            raw.send(lines.toByteArray());
            JsonNode error = raw.answer().expectError(request.status(), request.type());
            assertEquals(2, error.path("line").asInt(-1));
            assertEquals(1, error.path("count").asInt(-1));
        }
    }

    private static byte[] bodyOf(byte[] request) {
        String text = new String(request, StandardCharsets.ISO_8859_1);
        int body = text.indexOf("\r\n\r\n") + 4;
        return text.substring(body).getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void shouldStandAllOfThemManyTimesWithoutGrowing() {
        List<BadRequest> all = requests();
        sendAll(all); // what is loaded once is loaded now
        Memory memory = Memory.now();
        for (int round = 0; round < 5; round++) {
            sendAll(all);
        }
        memory.expectGrowthBelow(24L << 20);
        service.nobody().get("/healthz").expect(200);
        service.nobody().get("/readyz").expect(200);
        String id = caller.send(name, "\"still here\"");
        assertEquals(id, caller.read(history()).getLast().id());
    }

    private void sendAll(List<BadRequest> requests) {
        for (BadRequest request : requests) {
            try (RawConnection raw = service.raw()) {
                raw.send(request.bytes());
                int status = raw.answer().status();
                assertEquals(request.status(), status, request::what);
            }
        }
    }

    @Test
    void shouldStandRandomBytes() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            byte[] noise = new byte[1 + random.nextInt(2_000)];
            random.nextBytes(noise);
            try (RawConnection raw = service.raw()) {
                raw.send(noise);
                raw.endOutput();
                raw.untilClosed();
            }
        }
        service.nobody().get("/healthz").expect(200);
    }

    @Test
    void shouldStandRandomChangesOfAGoodEnvelope() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String good =
                event(RandomJson.value(random, 4), "\"key\":\"k\",\"metadata\":{\"a\":\"b\"},\"correlationId\":\"c\"");
        try (RawConnection raw = service.raw()) {
            for (int i = 0; i < 500; i++) {
                byte[] body = good.getBytes(StandardCharsets.UTF_8);
                for (int change = 0; change <= random.nextInt(3); change++) {
                    body[random.nextInt(body.length)] = (byte) random.nextInt(256);
                }
                raw.send(Wire.postHead(EVENTS, TOKEN, "application/json", "Content-Length: " + body.length));
                raw.send(body);
                Answer answer = raw.answer();
                assertTrue(
                        answer.status() == 202 || answer.status() == 400 || answer.status() == 403,
                        () -> "seed " + seed + ": " + answer);
            }
        }
        // What was taken can be read: every line of it is JSON, or the reader below would fail.
        for (Event event : caller.read(history())) {
            assertEquals(name, event.name());
        }
    }

    @Test
    void shouldTakeNothingOfABodyThatNeverCame() {
        try (EventStream stream = caller.listen("name=" + name)) {
            try (RawConnection raw = service.raw()) {
                String body = event("1");
                raw.send(Wire.postHead(EVENTS, TOKEN, "application/json", "Content-Length: " + (body.length() + 1)));
                raw.send(body);
                raw.endOutput();
                raw.untilClosed();
            }
            caller.send(name, "2");
            assertEquals("2", stream.next().payload());
        }
    }

    @Test
    void shouldAnswerWhatCameBeforeTheGarbageOnAConnection() {
        try (RawConnection raw = service.raw()) {
            raw.send(Wire.post(EVENTS, TOKEN, "application/json", event("1")) + "garbage\r\n\r\n");
            raw.answer().expect(202);
            raw.answer().expectError(400, "bad_request");
            raw.untilClosed();
        }
    }

    @Test
    void shouldTakeTheNextRequestOfAConnectionBehindARefusedOne() {
        try (RawConnection raw = service.raw()) {
            raw.send(Wire.post(EVENTS, TOKEN, "application/json", "{\"name\":1}"));
            raw.send(Wire.post(EVENTS, TOKEN, "application/json", event("1")));
            raw.answer().expectError(400, "bad_request");
            raw.answer().expect(202);
        }
    }

    @Test
    void shouldKeepWhatIsStrangeButRight() {
        caller.accepted(event("1e999", "\"correlationId\":\"a\\r\\nb\\u0000\",\"key\":\"\\u001b[31m\""));
        Event event = caller.read(history()).getLast();
        assertEquals("1e999", event.payload());
        assertEquals("a\r\nb\u0000", event.text("correlationId"));
        assertEquals("\u001b[31m", event.text("key"));
        assertEquals(1, caller.read(history() + "&correlationId=a%0D%0Ab%00").size());
    }
}
