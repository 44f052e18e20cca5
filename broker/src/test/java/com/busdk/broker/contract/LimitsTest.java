package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.RawConnection;
import com.busdk.broker.contract.harness.RunningService;
import com.busdk.broker.contract.harness.Tokens;
import com.busdk.broker.contract.harness.Wire;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each bound holds, says so, and can be moved. */
class LimitsTest extends ContractSuite {
    private String ofSize(int bytes) {
        String envelope = event("\"\"");
        return event("\"" + "x".repeat(bytes - envelope.length()) + "\"");
    }

    @Test
    void shouldTakeAnEventOfOneMebibyteAndNoMore() {
        caller.publish(ofSize(1 << 20)).expect(202);
        caller.publish(ofSize((1 << 20) + 1)).expectError(413, "payload_too_large", "1 MiB");
        caller.publishLines(ofSize(1 << 20) + "\n").expect(202);
        caller.publishLines(ofSize((1 << 20) + 1) + "\n").expectError(413, "payload_too_large");
        assertEquals(2, caller.read(history()).size());
    }

    @Test
    void shouldRefuseAnEventThatSaysItIsTooLargeBeforeItComes() {
        try (RawConnection raw = service.raw()) {
            raw.send(Wire.postHead(
                    EVENTS,
                    Tokens.service("tester", "events:send"),
                    "application/json",
                    "Expect: 100-continue\r\nContent-Length: 99999999999"));
            raw.answer().expectError(413, "payload_too_large");
        }
    }

    @Test
    void shouldMoveTheSizeOfAnEvent() {
        try (RunningService own = freshPlan().with("max-event-bytes", "4KiB").start()) {
            own.service().publish(ofSize(4_096)).expect(202);
            own.service().publish(ofSize(4_097)).expectError(413, "payload_too_large", "4 KiB");
        }
    }

    @Test
    void shouldRefuseHeadersThatAreTooLong() {
        try (RawConnection raw = service.raw()) {
            raw.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: " + "x".repeat(20_000) + "\r\n\r\n");
            raw.answer().expectError(431, "bad_request");
        }
        try (RawConnection raw = service.raw()) {
            raw.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: " + "x".repeat(8_000) + "\r\n\r\n");
            raw.answer().expect(200);
        }
    }

    @Test
    void shouldHoldAnIdentityToItsRate() {
        try (RunningService own = freshPlan().with("rate-limit", "5").start()) {
            Caller alice = own.user("alice", "events:send");
            Caller bob = own.user("bob", "events:send");
            Answer refused = Deadline.until(
                    "the rate to be passed", () -> alice.publish(event("1")), answer -> answer.status() != 202);
            refused.expectError(429, "rate_limited");
            assertTrue(Integer.parseInt(refused.header("retry-after").orElse("0")) >= 1, "says when to come again");
            bob.publish(event("1")).expect(202);
            Deadline.until(
                    "the rate to allow more", () -> alice.publish(event("1")).status() == 202);
        }
    }

    @Test
    void shouldHoldAnIdentityToItsNumberOfStreams() {
        try (RunningService own =
                freshPlan().with("max-streams-per-identity", "3").start()) {
            Caller alice = own.user("alice", "events:listen").toOneProcess(); // each counts its own
            List<EventStream> streams = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                streams.add(alice.listen("name=" + name));
            }
            alice.listenRefused("name=" + name).expectError(429, "rate_limited", "3");
            own.user("bob", "events:listen")
                    .toOneProcess()
                    .listen("name=" + name)
                    .close();
            streams.removeLast().close();
            Deadline.until("the place to be free", () -> {
                Answer answer = alice.get(EVENTS + "/stream?" + history());
                return answer.status() == 200;
            });
            streams.forEach(EventStream::close);
        }
    }

    @Test
    void shouldTakeNoMoreConnectionsThanItMay() {
        try (RunningService own = freshPlan().with("max-connections", "5").start()) {
            List<RawConnection> open = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                RawConnection raw = own.raw();
                raw.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
                raw.answer().expect(200);
                open.add(raw);
            }
            try (RawConnection sixth = own.raw()) {
                sixth.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
                sixth.untilClosed(); // refused, with or without a word
            }
            open.removeLast().close();
            Deadline.until("a place to be free", () -> {
                try (RawConnection again = own.raw()) {
                    again.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
                    return again.answeredRatherThanClosed();
                }
            });
            open.forEach(RawConnection::close);
        }
    }

    @Test
    void shouldCloseAConnectionThatIsIdleAndNoStream() {
        try (RunningService own = freshPlan().with("idle-timeout", "1s").start();
                EventStream stream = own.service().listen("name=" + name);
                RawConnection idle = own.raw()) {
            idle.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
            idle.answer().expect(200);
            idle.untilClosed();
            own.service().send(name, "1");
            assertEquals("1", stream.next().payload(), "a stream that waits for events is not idle");
        }
    }

    @Test
    void shouldNotCutARequestThatWaitsForItsAnswer() {
        try (RunningService own = freshPlan().with("idle-timeout", "1s").start();
                EventStream worker = own.service().listen("name=" + name + ".request")) {
            // The one answer of the service that takes as long as its client wants.
            own.service()
                    .post(EVENTS + "/request?timeout=3s", "{\"name\":\"" + name + ".request\"}")
                    .expectError(504, "timeout");
            assertEquals(name + ".request", worker.next().name());
        }
    }

    @Test
    void shouldNotWaitForeverForABodyOrForHeaders() {
        try (RunningService own = freshPlan().with("idle-timeout", "1s").start();
                RawConnection body = own.raw();
                RawConnection head = own.raw();
                RawConnection line = own.raw();
                RawConnection question = own.raw();
                RawConnection nothing = own.raw()) {
            String token = Tokens.service("tester", "events:send");
            body.send(Wire.postHead(EVENTS, token, "application/json", "Content-Length: 1000"))
                    .send("{\"name\":");
            head.send("GET /healthz HTTP/1.1\r\nHost: loc");
            line.send(Wire.postHead(EVENTS, token, "application/x-ndjson", "Transfer-Encoding: chunked"))
                    .send(Wire.chunk(event("1") + "\n{\"na"));
            question.send(Wire.postHead(EVENTS + "/request", token, "application/json", "Content-Length: 1000"))
                    .send("{\"name\":");
            body.untilClosed();
            question.untilClosed();
            head.untilClosed();
            line.untilClosed();
            nothing.untilClosed();
            assertEquals(1, own.service().read(history()).size());
        }
    }
}
