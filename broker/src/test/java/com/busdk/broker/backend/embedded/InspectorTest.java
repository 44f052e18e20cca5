package com.busdk.broker.backend.embedded;

import static com.busdk.broker.backend.embedded.HubFixture.auto;
import static com.busdk.broker.backend.embedded.HubFixture.batch;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.broker.backend.ListenRequest;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.backend.ListenRequest.Start;
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

    private static ListenRequest member(String name) {
        return new ListenRequest(
                List.of(name), false, "alice", null, new Start.Live(), true, 0, Framing.NDJSON, auto("g", "c"));
    }
}
