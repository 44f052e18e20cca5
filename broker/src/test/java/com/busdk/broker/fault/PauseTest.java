package com.busdk.broker.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Json;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service stands still for a while, as a machine does that swaps or is moved. */
class PauseTest {
    private static final String NAME = "fault.pause";

    @TempDir
    Path folder;

    @Test
    void shouldAnswerEverythingThatWaitedOnceItGoesOn() {
        History history = new History();
        try (ServiceProcess service = ServiceProcess.start(folder)) {
            Caller caller = service.caller();
            try (EventStream stream = caller.listen("name=" + NAME)) {
                caller.accepted(envelope(0)); // the connection is there
                history.sending("p", 0);
                history.accepted("p", 0, stream.next().id());
                service.pause();
                List<CompletableFuture<Answer>> waiting = new ArrayList<>();
                for (int i = 1; i <= 20; i++) {
                    history.sending("p" + i, 1);
                    waiting.add(
                            caller.publishAsync("{\"name\":\"" + NAME + "\",\"key\":\"p" + i + "\",\"payload\":1}"));
                }
                assertFalse(waiting.stream().anyMatch(CompletableFuture::isDone));
                service.resume();
                for (int i = 1; i <= 20; i++) {
                    Answer answer = waiting.get(i - 1).join().expect(202);
                    history.accepted("p" + i, 1, answer.json().path("id").asText());
                }
                assertEquals(20, stream.next(20).size());
            }
            history.check(caller.read("name=" + NAME + "&follow=false"));
        }
    }

    @Test
    void shouldTakeLeasesBackThatRanOutMeanwhile() {
        // Long beside the way of an acknowledgement on a busy machine: the second lease has to last until it comes.
        String member = "name=" + NAME + "&delivery=unicast&ack=explicit&group=g&ack_wait=3s";
        try (ServiceProcess service = ServiceProcess.start(folder)) {
            Caller caller = service.caller();
            try (EventStream stream = caller.listen(member)) {
                caller.accepted(envelope(0));
                Event first = stream.next();
                service.pause();
                Instant over = Instant.now().plusMillis(3_100);
                Deadline.until("the lease to be over", () -> Instant.now().isAfter(over));
                service.resume();
                Event second = stream.next();
                assertEquals(first.id(), second.id());
                assertEquals(first.attempt() + 1, second.attempt());
                JsonNode late = caller.ack("g", "\"ack\":[" + Json.quote(first.token()) + "]")
                        .expect(200)
                        .json();
                assertEquals(0, late.path("ack").asInt(-1), late::toString);
                assertEquals(1, late.path("stale").size(), late::toString);
                caller.done("g", second);
            }
        }
    }

    private static String envelope(long number) {
        return "{\"name\":\"" + NAME + "\",\"key\":\"p\",\"payload\":" + number + "}";
    }
}
