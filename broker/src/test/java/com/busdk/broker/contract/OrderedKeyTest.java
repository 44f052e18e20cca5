package com.busdk.broker.contract;

import static com.busdk.broker.contract.PublishTest.payloads;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Of the events with the same key at most one is out at a time; other keys go on. */
class OrderedKeyTest extends ContractSuite {
    private static final String GROUP = "ordered";

    private String member(String consumer) {
        return "name=" + name + "&delivery=unicast&ack=explicit&ordered=key&group=" + GROUP + "&consumer=" + consumer;
    }

    private void send(String key, int number) {
        caller.accepted(event(Integer.toString(number), "\"key\":\"" + key + "\""));
    }

    @Test
    void shouldHoldTheNextOfAKeyUntilTheOneBeforeIsDone() {
        try (EventStream stream = caller.listen(member("a"))) {
            send("k", 1);
            send("k", 2);
            send("other", 3);
            send("k", 4);
            Event first = stream.next();
            Event other = stream.next();
            assertEquals(List.of("1", "3"), payloads(List.of(first, other)), "other keys go on in parallel");
            caller.done(GROUP, first);
            Event second = stream.next();
            assertEquals("2", second.payload());
            caller.done(GROUP, second);
            assertEquals("4", stream.next().payload());
        }
    }

    @Test
    void shouldLetEventsWithoutAKeyGoInParallel() {
        try (EventStream stream = caller.listen(member("a"))) {
            caller.sendNumbers(name, 0, 10);
            assertEquals(10, stream.next(10).size());
        }
    }

    @Test
    void shouldDeliverAKeyAgainBeforeWhatFollowsIt() {
        try (EventStream stream = caller.listen(member("a"))) {
            send("k", 1);
            send("k", 2);
            Event first = stream.next();
            caller.ack(GROUP, "\"nack\":[{\"token\":" + Json.quote(first.token()) + ",\"delay\":\"10ms\"}]")
                    .expect(200);
            Event again = stream.next();
            assertEquals("1", again.payload());
            assertEquals(2, again.attempt());
            caller.done(GROUP, again);
            assertEquals("2", stream.next().payload());
        }
    }

    @Test
    void shouldGoOnWithAKeyWhoseEventWasRejected() {
        try (EventStream stream = caller.listen(member("a"))) {
            send("k", 1);
            send("k", 2);
            Event first = stream.next();
            caller.ack(GROUP, "\"reject\":[" + Json.quote(first.token()) + "]").expect(200);
            assertEquals("2", stream.next().payload());
        }
    }

    @Test
    void shouldGoOnWithAKeyWhoseConsumerDied() {
        try (EventStream a = caller.listen(member("a"))) {
            send("k", 1);
            send("k", 2);
            a.next();
        }
        try (EventStream b = caller.listen(member("b"))) {
            Event again = b.next();
            assertEquals("1", again.payload());
            caller.done(GROUP, again);
            assertEquals("2", b.next().payload());
        }
    }

    @Test
    void shouldDoEachKeyInOrderWhateverTheNumberOfConsumers() throws InterruptedException {
        int keys = 10;
        int each = 40;
        Map<String, List<Integer>> done = new ConcurrentHashMap<>();
        List<String> overlaps = new CopyOnWriteArrayList<>();
        Map<String, String> busy = new ConcurrentHashMap<>();
        List<EventStream> streams = new ArrayList<>();
        List<Thread> consumers = new ArrayList<>();
        for (int c = 0; c < 3; c++) {
            EventStream stream = caller.listen(member("c" + c));
            streams.add(stream);
            consumers.add(Thread.ofVirtual().start(() -> {
                for (var next = stream.nextUnlessOver(); next.isPresent(); next = stream.nextUnlessOver()) {
                    Event event = next.get();
                    String key = event.text("key");
                    if (busy.put(key, event.id()) != null) {
                        overlaps.add(event.toString());
                    }
                    done.computeIfAbsent(key, k -> new CopyOnWriteArrayList<>()).add(Integer.parseInt(event.payload()));
                    busy.remove(key);
                    caller.done(GROUP, event);
                }
            }));
        }
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < each; i++) {
            for (int k = 0; k < keys; k++) {
                body.append(event(Integer.toString(i), "\"key\":\"k" + k + "\""))
                        .append('\n');
            }
        }
        caller.publishLines(body.toString()).expect(202);
        Deadline.until(
                "all keys to be done",
                () -> done.values().stream().mapToInt(List::size).sum() == keys * each);
        streams.forEach(EventStream::close);
        for (Thread consumer : consumers) {
            consumer.join();
        }
        assertTrue(overlaps.isEmpty(), overlaps::toString);
        List<Integer> wanted = IntStream.range(0, each).boxed().toList();
        done.forEach((key, numbers) -> assertEquals(wanted, numbers, () -> "order of " + key));
    }
}
