package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Every listener gets every event, all in the one order of the log. */
class BroadcastTest extends ContractSuite {
    private static final int PUBLISHERS = 8;
    private static final int EACH = 400;

    @Test
    void shouldSendEveryEventToEveryListenerInOneOrder() {
        List<EventStream> listeners = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                listeners.add(caller.listen("name=" + name));
            }
            publishByMany();
            List<String> first = ids(listeners.getFirst().next(PUBLISHERS * EACH));
            for (EventStream listener : listeners.subList(1, listeners.size())) {
                assertEquals(first, ids(listener.next(PUBLISHERS * EACH)));
            }
            assertEquals(first, ids(caller.read(history())), "the history has the same order");
        } finally {
            listeners.forEach(EventStream::close);
        }
    }

    @Test
    void shouldKeepTheOrderOfEachPublisher() {
        try (EventStream listener = caller.listen("name=" + name)) {
            publishByMany();
            Map<String, Integer> next = new HashMap<>();
            for (Event event : listener.next(PUBLISHERS * EACH)) {
                String publisher = event.text("key");
                int number = Integer.parseInt(event.payload());
                assertEquals(next.getOrDefault(publisher, 0), number, () -> "of publisher " + publisher);
                next.put(publisher, number + 1);
            }
        }
    }

    @Test
    void shouldSendOnlyTheNamesThatWereAskedFor() {
        String other = freshName();
        String third = freshName();
        try (EventStream one = caller.listen("name=" + name);
                EventStream two = caller.listen("name=" + name + "&name=" + third)) {
            caller.send(other, "0");
            caller.send(third, "1");
            caller.send(name, "2");
            caller.send(other, "3");
            caller.send(name + ".longer", "4");
            caller.send(third, "5");
            caller.send(name, "6");
            assertEquals(List.of("2", "6"), PublishTest.payloads(one.next(2)));
            assertEquals(List.of("1", "2", "5", "6"), PublishTest.payloads(two.next(4)));
        }
    }

    @Test
    void shouldSendNothingOfWhatWasPublishedBeforeTheListenerCame() {
        caller.send(name, "\"before\"");
        try (EventStream stream = caller.listen("name=" + name)) {
            caller.send(name, "\"after\"");
            assertEquals("\"after\"", stream.next().payload());
        }
    }

    @Test
    void shouldMissNothingThatIsPublishedOnceTheHeadersAreThere() {
        for (int i = 0; i < 50; i++) {
            try (EventStream stream = caller.listen("name=" + name)) {
                String id = caller.send(name, Integer.toString(i));
                assertEquals(id, stream.next().id());
            }
        }
    }

    @Test
    void shouldSayNothingOfDelivery() {
        try (EventStream stream = caller.listen("name=" + name)) {
            caller.send(name, "1");
            assertFalse(stream.next().has("delivery"));
        }
    }

    @Test
    void shouldGoOnForTheOthersWhereAListenerGoes() {
        try (EventStream stays = caller.listen("name=" + name)) {
            for (int i = 0; i < 20; i++) {
                EventStream goes = caller.listen("name=" + name);
                caller.send(name, Integer.toString(i));
                goes.close();
            }
            assertEquals(PublishTest.numbers(20), PublishTest.payloads(stays.next(20)));
        }
    }

    private void publishByMany() {
        List<CompletableFuture<Void>> publishers = IntStream.range(0, PUBLISHERS)
                .mapToObj(p -> CompletableFuture.runAsync(() -> publish("p" + p), Thread.ofVirtual()::start))
                .toList();
        publishers.forEach(CompletableFuture::join);
    }

    private void publish(String publisher) {
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < EACH / 2; i++) {
            body.append(event(Integer.toString(i), "\"key\":\"" + publisher + "\""))
                    .append('\n');
        }
        caller.publishLines(body.toString()).expect(202);
        for (int i = EACH / 2; i < EACH; i++) {
            caller.accepted(event(Integer.toString(i), "\"key\":\"" + publisher + "\""));
        }
    }

    private static List<String> ids(List<Event> events) {
        return events.stream().map(Event::id).toList();
    }
}
