package com.busdk.broker.backend.embedded;

import static com.busdk.broker.backend.embedded.HubFixture.auto;
import static com.busdk.broker.backend.embedded.HubFixture.batch;
import static com.busdk.broker.backend.embedded.HubFixture.explicit;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.broker.backend.Backend.AckRequest;
import com.busdk.broker.backend.Backend.DeadLetter;
import com.busdk.broker.backend.Backend.Reject;
import com.busdk.broker.backend.EventId;
import com.busdk.broker.backend.ListenRequest;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.backend.ListenRequest.GroupMember;
import com.busdk.broker.backend.ListenRequest.Start;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InspectorTest {
    /** Counting takes readers, which are everybody's: what one question cannot afford is a lower bound. */
    @Test
    void shouldCountTheLagOfUsersGroupsWithinAQuestionsWork() {
        try (HubFixture it = HubFixture.inMemory()) {
            for (String name : List.of("a.a", "a.b", "a.c")) {
                it.leave(0, it.listen(0, member(name), new RecordingSink(it.loops.get(0))));
                it.on(0, () -> it.hub.publish(batch(name, "alice", null, 1, 2, 3)));
                it.on(0, () -> it.hub.publish(batch(name, "bob", null, 1)));
            }
            long forTwo = 2 * (4 + NameList.NAME_WORK);
            var inspector = new Inspector(it.hub, it.hub.homes(), new NameList(it.hub, 4, forTwo));
            List<String> lags = it.on(0, () -> inspector.groups("alice", null, _ -> true)).stream()
                    .map(group -> (group.lagIsAtLeast() ? ">=" : "") + group.lag())
                    .sorted()
                    .toList();
            assertEquals(List.of("3", "3", ">=0"), lags);
            var brief = new Inspector(it.hub, it.hub.homes(), new NameList(it.hub, 2, 1_000));
            assertEquals(
                    List.of(">=1", ">=1", ">=1"),
                    it.on(0, () -> brief.groups("alice", null, _ -> true)).stream()
                            .map(group -> (group.lagIsAtLeast() ? ">=" : "") + group.lag())
                            .toList(),
                    "of the newest two, one is bob's");
        }
    }

    /** By whichever ids: the groups of several owners may have one name, and live on one loop. */
    @Test
    void shouldSettleTheDeadLettersOfOneOwnerAlone() {
        try (HubFixture it = HubFixture.inMemory()) {
            for (String owner : List.of("alice", "bob")) {
                RecordingSink sink = new RecordingSink(it.loops.get(0));
                it.listen(0, member("a.a", owner, explicit("g", "c", 1, Duration.ofSeconds(60), 5)), sink);
                it.on(0, () -> it.hub.publish(batch("a.a", owner, null, 1)));
                HubFixture.eventually("its delivery", () -> sink.lines().size() == 1);
                List<Reject> given = List.of(new Reject(sink.tokens().getFirst(), null));
                it.on(
                        0,
                        () -> it.hub.ack(new AckRequest(
                                "g", "alice", owner, _ -> true, List.of(), List.of(), given, List.of())));
            }
            List<EventId> ofAlice = ids(it, "alice");
            List<EventId> ofBob = ids(it, "bob");
            assertEquals(1, ofAlice.size());
            assertEquals(1, ofBob.size());
            assertEquals(0, it.on(0, () -> it.hub.settleDeadLetters("g", "bob", ofAlice, false)));
            assertEquals(0, it.on(0, () -> it.hub.settleDeadLetters("g", "bob", ofAlice, true)));
            assertEquals(1, it.on(0, () -> it.hub.settleDeadLetters("g", "bob", null, false)));
            assertEquals(ofAlice, ids(it, "alice"));
            assertEquals(List.of(), ids(it, "bob"));
        }
    }

    private static List<EventId> ids(HubFixture it, String owner) {
        return it.on(0, () -> it.hub.deadLetters("g", owner, null, _ -> true, null, 10)).stream()
                .map(DeadLetter::id)
                .toList();
    }

    private static ListenRequest member(String name) {
        return member(name, "alice", auto("g", "c"));
    }

    private static ListenRequest member(String name, String owner, GroupMember member) {
        return new ListenRequest(List.of(name), false, owner, null, new Start.Live(), true, 0, Framing.NDJSON, member);
    }
}
