package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.RunningService;
import com.busdk.broker.contract.harness.ServicePlan;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Ids and sequences. */
class EventIdTest extends ContractSuite {
    @Test
    void shouldGiveIdsThatSortInPublishOrderAsPlainText() {
        caller.sendNumbers(name, 0, 5_000);
        List<Event> events = caller.read(history());
        List<String> ids = events.stream().map(Event::id).toList();
        List<String> sorted = new ArrayList<>(ids);
        Collections.sort(sorted);
        assertEquals(sorted, ids);
        assertEquals(ids.size(), new HashSet<>(ids).size(), "ids are unique");
        assertTrue(ids.stream().allMatch(id -> id.matches("evt_[A-Za-z0-9_-]+")), () -> ids.getFirst());
    }

    @Test
    void shouldCountSequencesUpAndNeverUseOneAgain() {
        caller.sendNumbers(name, 0, 100);
        caller.send(freshName(), "1");
        caller.sendNumbers(name, 100, 200);
        List<Event> events = caller.read(history());
        for (int i = 1; i < events.size(); i++) {
            assertTrue(events.get(i).sequence() > events.get(i - 1).sequence());
        }
    }

    @Test
    void shouldGoOnWithIdsAndSequencesAfterARestart() {
        Assumptions.assumeTrue(store.durable(), "this backend keeps nothing over a restart");
        try (RunningService own = freshPlan().start()) {
            own.service().send(name, "1");
            own.restart();
            own.service().send(name, "2");
            List<Event> events = own.service().read(history());
            assertEquals(2, events.size());
            assertTrue(events.get(0).id().compareTo(events.get(1).id()) < 0);
            assertTrue(events.get(0).sequence() < events.get(1).sequence());
            assertEquals(epoch(events.get(0)), epoch(events.get(1)));
        }
    }

    @Test
    void shouldNeverTakeAnIdOfAnotherLogForAPositionHere() {
        try (RunningService first = freshPlan().start();
                RunningService second = freshPlan().start()) {
            String id = first.service().send(name, "1");
            second.service().send(name, "1");
            JsonNode refusal = second.service()
                    .listenRefused("name=" + name + "&after=" + id)
                    .expectError(400, "bad_request", "another log");
            assertEquals("unknown_position", refusal.path("code").asText(), "for programs, which begin anew");
            second.service().listenRefused("name=" + name, "last-event-id", id).expectError(400, "bad_request");
            String member = "name=" + name + "&delivery=unicast&group=g&after=" + id;
            refusal = second.service().listenRefused(member).expectError(400, "bad_request", "another log");
            assertEquals("unknown_position", refusal.path("code").asText());
            second.service().get(EVENTS + "/" + id).expectError(404, "not_found");
        }
    }

    @Test
    void shouldStartAnotherEpochWhereTheLogIsMadeAgain() {
        ServicePlan plan = freshPlan();
        String before;
        try (RunningService own = plan.start()) {
            before = own.service().send(name, "1");
        }
        try (RunningService again = freshPlan().start()) {
            String after = again.service().send(name, "1");
            assertNotEquals(before, after);
            again.service().listenRefused("name=" + name + "&after=" + before).expectError(400, "bad_request");
        }
    }

    /** What an id has before its last 14 characters, which are the sequence. */
    private static String epoch(Event event) {
        return event.id().substring(0, event.id().length() - 14);
    }
}
