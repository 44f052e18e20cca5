package com.busdk.broker.contract;

import static com.busdk.broker.contract.PublishTest.numbers;
import static com.busdk.broker.contract.PublishTest.payloads;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Json;
import com.busdk.broker.contract.harness.RunningService;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Groups: where they start, what they remember, and how their consumers share. */
class GroupTest extends ContractSuite {
    private String member(String group, String consumer) {
        return "name=" + name + "&delivery=unicast&group=" + group + "&consumer=" + consumer;
    }

    @Test
    void shouldSendEachEventToOneOfTheConsumers() throws InterruptedException {
        int count = 2_000;
        BlockingQueue<Event> seen = new LinkedBlockingQueue<>();
        List<EventStream> consumers = new ArrayList<>();
        try {
            for (int c = 0; c < 4; c++) {
                EventStream stream = caller.listen(member("g", "c" + c));
                consumers.add(stream);
                Thread.ofVirtual().start(() -> {
                    for (var next = stream.nextUnlessOver(); next.isPresent(); next = stream.nextUnlessOver()) {
                        seen.add(next.get());
                    }
                });
            }
            caller.sendNumbers(name, 0, count);
            List<Integer> numbers = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Event event = seen.poll(Deadline.PATIENCE.toSeconds(), TimeUnit.SECONDS);
                numbers.add(Integer.parseInt(event.payload()));
            }
            Collections.sort(numbers);
            assertEquals(numbers(count), numbers.stream().map(Object::toString).toList());
        } finally {
            consumers.forEach(EventStream::close);
        }
    }

    @Test
    void shouldSayOnEachDeliveryToWhomItWentAndWhichTryItIs() {
        try (EventStream stream = caller.listen(member("workers", "w-1"))) {
            caller.send(name, "1");
            Event event = stream.next();
            assertEquals(
                    Json.parse("{\"group\":\"workers\",\"consumer\":\"w-1\",\"attempt\":1}"),
                    event.tree().get("delivery"));
        }
    }

    @Test
    void shouldCallGroupAndConsumerDefaultWhereTheyAreNotNamed() {
        try (EventStream stream = caller.listen("name=" + name + "&delivery=unicast")) {
            caller.send(name, "1");
            JsonNode delivery = stream.next().tree().get("delivery");
            assertEquals("default", delivery.get("group").asText());
            assertEquals("default", delivery.get("consumer").asText());
        }
    }

    @Test
    void shouldSendEverythingToEachGroupAndToEachBroadcastListener() {
        try (EventStream one = caller.listen(member("one", "c"));
                EventStream two = caller.listen(member("two", "c"));
                EventStream all = caller.listen("name=" + name)) {
            caller.sendNumbers(name, 0, 200);
            assertEquals(numbers(200), payloads(one.next(200)));
            assertEquals(numbers(200), payloads(two.next(200)));
            assertEquals(numbers(200), payloads(all.next(200)));
        }
    }

    @Test
    void shouldStartAGroupAtTheMomentItIsMade() {
        caller.send(name, "\"before\"");
        try (EventStream stream = caller.listen(member("g", "c"))) {
            caller.send(name, "\"after\"");
            assertEquals("\"after\"", stream.next().payload());
        }
    }

    @Test
    void shouldStartAGroupAtTheOldestEventWithReplay() {
        caller.sendNumbers(name, 0, 3);
        try (EventStream stream = caller.listen(member("g", "c") + "&replay=true")) {
            caller.sendNumbers(name, 3, 5);
            assertEquals(numbers(5), payloads(stream.next(5)));
        }
    }

    @Test
    void shouldGoOnWhereTheGroupStandsWhateverALaterListenerAsks() {
        caller.sendNumbers(name, 0, 3);
        try (EventStream stream = caller.listen(member("g", "c"))) {
            caller.send(name, "3");
            assertEquals("3", stream.next().payload());
        }
        try (EventStream stream = caller.listen(member("g", "c") + "&replay=true")) {
            caller.send(name, "4");
            assertEquals("4", stream.next().payload(), "replay changes nothing once the group is there");
        }
    }

    @Test
    void shouldStartAGroupBehindAnIdOrAtATime() {
        for (int i = 0; i < 5; i++) {
            caller.send(name, String.valueOf(i)); // one by one, for times of their own
        }
        Event third = caller.read(history()).get(2);
        try (EventStream stream = caller.listen(member("behind", "c") + "&after=" + third.id())) {
            assertEquals(List.of("3", "4"), payloads(stream.next(2)));
        }
        try (EventStream stream = caller.listen(member("at", "c") + "&since=" + third.text("createdAt"))) {
            assertEquals(List.of("2", "3", "4"), payloads(stream.next(3)));
        }
    }

    @Test
    void shouldNotMoveAGroupThatIsThereToAnIdOrATime() {
        caller.sendNumbers(name, 0, 3);
        String oldest = caller.read(history()).getFirst().id();
        try (EventStream stream = caller.listen(member("g", "c"))) {
            caller.send(name, "3");
            assertEquals("3", stream.next().payload());
        }
        int next = 4;
        for (String start : List.of("&after=" + oldest, "&since=1h", "&since=2020-01-01T00:00:00Z")) {
            try (EventStream stream = caller.listen(member("g", "c") + start)) {
                caller.send(name, String.valueOf(next));
                assertEquals(String.valueOf(next), stream.next().payload(), start);
                next++;
            }
        }
    }

    @Test
    void shouldKeepForTheGroupWhatIsPublishedWhileNobodyListens() {
        caller.listen(member("g", "c")).close();
        caller.sendNumbers(name, 0, 100);
        try (EventStream stream = caller.listen(member("g", "other"))) {
            assertEquals(numbers(100), payloads(stream.next(100)));
        }
    }

    @Test
    void shouldCountAsDoneWhatWasDeliveredWithoutExplicitAcks() {
        try (EventStream stream = caller.listen(member("g", "c"))) {
            caller.sendNumbers(name, 0, 3);
            stream.next(3);
        }
        // What is handed to a connection whose end has not come through yet is delivered.
        Deadline.until(
                "the consumer to be gone",
                () -> caller.get(EVENTS + "/groups?name=" + name)
                        .expect(200)
                        .json()
                        .path("groups")
                        .path(0)
                        .path("consumers")
                        .isEmpty());
        caller.sendNumbers(name, 3, 5);
        try (EventStream stream = caller.listen(member("g", "c"))) {
            assertEquals(List.of("3", "4"), payloads(stream.next(2)));
        }
    }

    @Test
    void shouldLetALimitedConsumerTakeJustItsShare() {
        try (EventStream limited = caller.listen(member("g", "limited") + "&limit=3&ack=explicit")) {
            caller.sendNumbers(name, 0, 10);
            List<Event> share = limited.next(3);
            assertEquals(numbers(3), payloads(share));
            caller.done("g", share.toArray(Event[]::new));
            limited.expectEnd(); // and not before, or the leases would go back
        }
        try (EventStream rest = caller.listen(member("g", "rest"))) {
            assertEquals(numbers(10).subList(3, 10), payloads(rest.next(7)));
        }
    }

    @Test
    void shouldKeepGroupsOfDifferentNamesApart() {
        String other = freshName();
        try (EventStream stream = caller.listen(member("g", "c"))) {
            caller.send(other, "\"other\"");
            caller.send(name, "1");
            assertEquals("1", stream.next().payload());
        }
        try (EventStream both = caller.listen(member("g", "c") + "&name=" + other)) {
            caller.send(other, "2");
            caller.send(name, "3");
            List<String> seen = new ArrayList<>(payloads(both.next(2)));
            Collections.sort(seen);
            assertEquals(List.of("2", "3"), seen, "the group of the other name begins with this listener");
        }
    }

    @Test
    void shouldKeepGroupsOfDifferentOwnersApart() {
        Caller alice = service.user("alice", "events:send events:listen");
        Caller bob = service.user("bob", "events:send events:listen");
        try (EventStream ofAlice = alice.listen(member("g", "c"));
                EventStream ofBob = bob.listen(member("g", "c"));
                EventStream ofAll = caller.listen(member("g", "c"))) {
            alice.send(name, "\"a\"");
            bob.send(name, "\"b\"");
            caller.accepted(event("\"a2\"", "\"identityId\":\"alice\""));
            caller.send(name, "\"end\"");
            assertEquals(List.of("\"a\"", "\"a2\""), payloads(ofAlice.next(2)));
            assertEquals(List.of("\"b\""), payloads(ofBob.next(1)));
            assertEquals(List.of("\"a\"", "\"b\"", "\"a2\"", "\"end\""), payloads(ofAll.next(4)));
        }
    }

    @Test
    void shouldRememberAGroupOverARestart() {
        Assumptions.assumeTrue(store.durable(), "this backend keeps nothing over a restart");
        try (RunningService own = freshPlan().start()) {
            try (EventStream stream = own.service().listen(member("g", "c") + "&ack=explicit")) {
                own.service().sendNumbers(name, 0, 10);
                List<Event> events = stream.next(10);
                own.service().done("g", events.subList(0, 4).toArray(Event[]::new));
            }
            own.restart();
            own.service().sendNumbers(name, 10, 12);
            try (EventStream stream = own.service().listen(member("g", "c") + "&ack=explicit")) {
                List<Event> events = stream.next(8);
                List<Integer> left = new ArrayList<>(events.stream()
                        .map(event -> Integer.parseInt(event.payload()))
                        .toList());
                Collections.sort(left);
                assertEquals(List.of(4, 5, 6, 7, 8, 9, 10, 11), left);
                for (Event event : events) {
                    int tries = Integer.parseInt(event.payload()) < 10 ? 2 : 1;
                    assertEquals(tries, event.attempt(), () -> "tries of " + event);
                }
            }
        }
    }

    @Test
    void shouldRememberAGroupAfterAKill() {
        Assumptions.assumeTrue(store.durable(), "this backend keeps nothing over a restart");
        Assumptions.assumeTrue(
                store.isItsFolder(), "a killed process's copy of its folder says nothing of what a cluster has");
        try (RunningService own = freshPlan().start();
                EventStream stream = own.service().listen(member("g", "c") + "&ack=explicit")) {
            own.service().sendNumbers(name, 0, 10);
            List<Event> events = stream.next(10);
            own.service().done("g", events.subList(0, 4).toArray(Event[]::new));
            try (RunningService copy = own.afterKill(folder.resolve("copy-" + name));
                    EventStream again = copy.service().listen(member("g", "c"))) {
                List<String> left = new ArrayList<>(payloads(again.next(6)));
                Collections.sort(left);
                assertEquals(List.of("4", "5", "6", "7", "8", "9"), left);
                copy.service().send(name, "10");
                assertEquals("10", again.next().payload());
            }
        }
    }

    @Test
    void shouldRememberAGroupThatWasMadeAndNeverUsedOverARestart() {
        Assumptions.assumeTrue(store.durable(), "this backend keeps nothing over a restart");
        try (RunningService own = freshPlan().start()) {
            own.service().listen(member("g", "c")).close();
            own.service().send(name, "0");
            own.restart();
            try (EventStream stream = own.service().listen(member("g", "c"))) {
                assertEquals("0", stream.next().payload());
            }
        }
    }

    @Test
    void shouldForgetAGroupThatHadNoListenerForLong() {
        try (RunningService own = freshPlan().with("group-retention", "1s").start()) {
            own.service().listen(member("g", "c")).close();
            own.service().send(name, "\"lost to the group\"");
            Deadline.until(
                    "the group to be forgotten", () -> !names(own.service()).contains("g"));
            try (EventStream stream = own.service().listen(member("g", "c"))) {
                own.service().send(name, "\"new\"");
                assertEquals("\"new\"", stream.next().payload());
                assertTrue(names(own.service()).contains("g"));
            }
        }
    }

    private List<String> names(Caller anyone) {
        Answer answer = anyone.get(EVENTS + "/groups?name=" + name).expect(200);
        List<String> names = new ArrayList<>();
        answer.json()
                .path("groups")
                .forEach(group -> names.add(group.path("group").asText()));
        return names;
    }

    @Test
    void shouldEndBehindTheSnapshotWhereAConsumerDoesNotFollow() {
        caller.sendNumbers(name, 0, 5);
        assertEquals(numbers(5), payloads(caller.read(member("g", "c") + "&follow=false")));
        assertTrue(caller.read(member("g", "c") + "&follow=false").isEmpty(), "they are done");
        caller.send(name, "5");
        assertEquals(List.of("5"), payloads(caller.read(member("g", "c") + "&follow=false")));
        assertFalse(names(caller).isEmpty());
    }
}
