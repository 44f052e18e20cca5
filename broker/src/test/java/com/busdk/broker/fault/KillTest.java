package com.busdk.broker.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Json;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service is killed in the middle of publishing and acknowledging, again and again. */
class KillTest {
    private static final int ROUNDS = 5;
    private static final int PUBLISHERS = 4;
    private static final String NAME = "fault.kill";
    private static final String GROUP = "workers";
    private static final String MEMBER =
            "name=" + NAME + "&replay=true&delivery=unicast&ack=explicit&max_deliveries=1000&group=" + GROUP;

    private final History history = new History();
    private final AtomicLongArray next = new AtomicLongArray(PUBLISHERS + 1);

    @TempDir
    Path folder;

    @Test
    void shouldKeepEveryPromiseHoweverOftenItIsKilled() throws InterruptedException {
        for (int round = 0; round < ROUNDS; round++) {
            try (ServiceProcess service = ServiceProcess.start(folder, "segment-bytes=1MiB")) {
                Caller caller = service.caller();
                List<Thread> clients = new ArrayList<>();
                for (int p = 0; p < PUBLISHERS; p++) {
                    int publisher = p;
                    clients.add(Thread.ofVirtual().start(() -> publishSingly(caller, publisher)));
                }
                clients.add(Thread.ofVirtual().start(() -> publishLines(caller, PUBLISHERS)));
                clients.add(Thread.ofVirtual().start(() -> consume(caller)));
                int enough = history.acceptedCount() + 400 + 150 * round;
                int acks = history.ackedCount() + 100;
                Deadline.until(
                        "a good part to be done",
                        () -> history.acceptedCount() >= enough && history.ackedCount() >= acks);
                service.kill();
                for (Thread client : clients) {
                    client.join();
                }
                history.killed();
            }
        }
        try (ServiceProcess service = ServiceProcess.start(folder)) {
            List<Event> log = service.caller().read("name=" + NAME + "&follow=false");
            history.check(log);
            finishGroup(service.caller(), log);
            history.check(log);
        }
    }

    /** One after the other; a number without an answer is sent again with the same key, in this round or the next. */
    private void publishSingly(Caller caller, int publisher) {
        String key = "single-" + publisher;
        while (true) {
            long number = next.get(publisher);
            history.sending(key, number);
            Answer answer;
            try {
                answer = caller.publishAsync(envelope(key, number)).join();
            } catch (CompletionException killed) {
                return;
            }
            if (answer.status() != 202) {
                return;
            }
            history.accepted(key, number, answer.json().path("id").asText());
            next.incrementAndGet(publisher);
        }
    }

    /** Bodies of lines: of one that breaks off nothing is known, so its lines are sent again with the same keys. */
    private void publishLines(Caller caller, int publisher) {
        String key = "lines";
        while (true) {
            long from = next.get(publisher);
            StringBuilder body = new StringBuilder();
            for (long number = from; number < from + 50; number++) {
                history.sending(key, number);
                body.append(envelope(key, number)).append('\n');
            }
            Answer answer;
            try {
                answer = caller.publishLines(body.toString());
            } catch (AssertionError killed) {
                return;
            }
            if (answer.status() != 202) {
                return;
            }
            for (long number = from; number < from + 50; number++) {
                history.accepted(key, number, "");
            }
            next.addAndGet(publisher, 50);
        }
    }

    private static String envelope(String key, long number) {
        return "{\"name\":\"%s\",\"key\":\"%s\",\"idempotencyKey\":\"%s\",\"payload\":%d}"
                .formatted(NAME, key, History.name(key, number), number);
    }

    private void consume(Caller caller) {
        EventStream stream;
        try {
            stream = caller.listen(MEMBER);
        } catch (AssertionError killed) {
            return;
        }
        try (stream) {
            for (Optional<Event> event = stream.nextUnlessOver(); event.isPresent(); event = stream.nextUnlessOver()) {
                history.delivered(event.get());
                if (!ack(caller, event.get())) {
                    return;
                }
            }
        }
    }

    /** False where nobody answers any more. */
    private boolean ack(Caller caller, Event event) {
        Answer answer;
        try {
            answer = caller.ack(GROUP, "\"ack\":[" + Json.quote(event.token()) + "]");
        } catch (AssertionError killed) {
            return false;
        }
        JsonNode counts = answer.expect(200).json();
        if (counts.path("ack").asInt() == 1) {
            history.acked(event);
        }
        return true;
    }

    /** All that nobody has acknowledged comes, and nothing else. */
    private void finishGroup(Caller caller, List<Event> log) {
        Set<String> left = new HashSet<>();
        log.stream().map(Event::id).filter(id -> !history.isAcked(id)).forEach(left::add);
        try (EventStream stream = caller.listen(MEMBER)) {
            String end = caller.accepted("{\"name\":\"" + NAME + "\",\"payload\":-1}");
            while (true) {
                Event event = stream.next();
                if (event.id().equals(end)) {
                    break;
                }
                history.delivered(event);
                assertTrue(ack(caller, event));
                left.remove(event.id());
            }
            // An ack whose answer was lost may have counted; such an event does not come again.
            assertTrue(left.size() <= ROUNDS, () -> "never delivered: " + left);
        }
        assertEquals(0, caller.group(GROUP, NAME).path("lag").asInt(-1));
    }
}
