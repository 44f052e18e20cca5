package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.RawConnection;
import com.busdk.broker.contract.harness.RunningService;
import com.busdk.broker.contract.harness.Tokens;
import com.busdk.broker.contract.harness.Wire;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Stopping without losing anything that was answered, and without cutting a line in two. */
class ShutdownTest extends ContractSuite {
    private final String token = Tokens.service("tester", "events:send events:listen");

    @Test
    void shouldAnswerWhatIsUnderWayAndRefuseWhatComesNew() {
        RunningService own = freshPlan().start();
        try (RawConnection underWay = own.raw();
                RawConnection later = own.raw();
                EventStream stream = own.service().listen("name=" + name)) {
            later.send(Wire.post(EVENTS, token, "application/json", event("0")));
            later.answer().expect(202);
            underWay.send(Wire.postHead(EVENTS, token, "application/x-ndjson", "Transfer-Encoding: chunked"));
            underWay.send(Wire.chunk(event("1") + "\n"));
            assertEquals(List.of("0", "1"), PublishTest.payloads(stream.next(2)));
            Runnable stopped = own.beginStop();
            Answer refused = Deadline.until(
                    "new publishes to be refused",
                    () -> {
                        later.send(Wire.post(EVENTS, token, "application/json", event("\"late\"")));
                        return later.answer();
                    },
                    answer -> answer.status() != 202);
            refused.expectError(503, "unavailable");
            assertTrue(refused.header("retry-after").isPresent(), "and says when to come again");
            stream.expectEnd(); // so what follows comes when nothing is waited for but that answer
            for (int i = 0; i < 20; i++) {
                try (RawConnection fresh = own.raw()) {
                    fresh.send(Wire.post(EVENTS, token, "application/json", event("\"late\"")));
                    fresh.answer().expectError(503, "unavailable");
                }
            }
            underWay.send(Wire.chunk(event("2") + "\n"));
            underWay.send("0\r\n\r\n");
            Answer answer = underWay.answer();
            assertTrue(
                    answer.status() == 202 && answer.json().path("count").asInt() == 2
                            || answer.status() == 503
                                    && answer.json().path("error").path("count").asInt(-1) == 1,
                    () -> "what was taken is answered: " + answer);
            stopped.run();
        } finally {
            own.close();
        }
    }

    /** A client that is told of no responders starts workers, or gives up; one that is told to come again does. */
    @Test
    void shouldNotSayThatNobodyAnswersWhenItIsItselfThatStops() {
        RunningService own = freshPlan().start();
        String request = "{\"name\":\"" + name + ".request\"}";
        try (RawConnection underWay = own.raw();
                RawConnection asking = own.raw();
                EventStream worker = own.service().listen("name=" + name + ".request");
                EventStream stream = own.service().listen("name=" + name)) {
            underWay.send(Wire.postHead(EVENTS, token, "application/x-ndjson", "Transfer-Encoding: chunked"));
            underWay.send(Wire.chunk(event("1") + "\n"));
            stream.next(); // so there is something to wait for
            Runnable stopped = own.beginStop();
            worker.expectEnd();
            asking.send(Wire.post(EVENTS + "/request", token, "application/json", request));
            Answer answer = asking.answer();
            answer.expectError(503, "unavailable");
            assertTrue(answer.header("retry-after").isPresent(), "and says when to come again");
            underWay.send("0\r\n\r\n");
            stopped.run();
        } finally {
            own.close();
        }
    }

    @Test
    void shouldNotBeReadyAnyMore() {
        RunningService own = freshPlan().start();
        try (RawConnection raw = own.raw();
                RawConnection underWay = own.raw();
                EventStream stream = own.service().listen("name=" + name)) {
            underWay.send(Wire.postHead(EVENTS, token, "application/x-ndjson", "Transfer-Encoding: chunked"));
            underWay.send(Wire.chunk(event("1") + "\n"));
            stream.next(); // so there is something to wait for
            Runnable stopped = own.beginStop();
            Deadline.until(
                            "the service to say that it is not ready",
                            () -> {
                                raw.send("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
                                return raw.answer();
                            },
                            answer -> answer.status() == 503)
                    .expectError(503, "unavailable");
            underWay.send("0\r\n\r\n");
            stopped.run();
        } finally {
            own.close();
        }
    }

    @Test
    void shouldEndStreamsAtALinesEnd() {
        RunningService own = freshPlan().start();
        List<EventStream> streams = new ArrayList<>();
        try {
            own.service().sendNumbers(name, 0, 50_000);
            for (int i = 0; i < 8; i++) {
                streams.add(own.service().listen("name=" + name + "&replay=true"));
            }
            streams.forEach(EventStream::next); // all are in the middle of it
            // Read while it stops: what a peer does not take within the drain time is cut off.
            Runnable stopped = own.beginStop();
            for (EventStream stream : streams) {
                List<Event> rest = stream.rest(); // which fails where a line or the body is cut
                for (int i = 0; i < rest.size(); i++) {
                    assertEquals(Integer.toString(i + 1), rest.get(i).payload());
                }
            }
            stopped.run();
        } finally {
            streams.forEach(EventStream::close);
            own.close();
        }
    }

    @Test
    void shouldStopWithinTheDrainTimeAlsoWhereAPublisherNeverEnds() {
        RunningService own = freshPlan().with("drain", "500ms").start();
        try (RawConnection never = own.raw();
                EventStream stream = own.service().listen("name=" + name)) {
            never.send(Wire.postHead(EVENTS, token, "application/x-ndjson", "Transfer-Encoding: chunked"));
            never.send(Wire.chunk(event("1") + "\n"));
            stream.next();
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(own.beginStop(), Thread.ofVirtual()::start);
            Deadline.until("the service to have stopped", stopped::isDone);
            stopped.join();
        } finally {
            own.close();
        }
    }

    @Test
    void shouldStopAlsoWhereAListenerDoesNotRead() {
        RunningService own = freshPlan().with("drain", "500ms").start();
        try (RawConnection stalled = own.rawWithSmallBuffer(4_096)) {
            stalled.send(Wire.get(EVENTS + "/stream?name=" + name, token));
            assertEquals(200, stalled.head().status());
            StringBuilder body = new StringBuilder();
            body.repeat(event("\"" + "x".repeat(10_000) + "\"") + "\n", 1_000);
            own.service().publishLines(body.toString()).expect(202);
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(own.beginStop(), Thread.ofVirtual()::start);
            Deadline.until("the service to have stopped", stopped::isDone);
            stopped.join();
        } finally {
            own.close();
        }
    }
}
