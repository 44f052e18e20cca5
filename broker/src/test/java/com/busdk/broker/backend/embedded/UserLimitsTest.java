package com.busdk.broker.backend.embedded;

import static com.busdk.broker.backend.embedded.HubFixture.auto;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.EventId;
import com.busdk.broker.backend.ListenRequest;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.backend.ListenRequest.Start;
import com.busdk.client.http.ApiException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What one of many users may take of a hub. */
@Timeout(120)
class UserLimitsTest {
    private static final int NAMES = 100;

    @Test
    void shouldLetNoUserTakeAllGroups() {
        try (HubFixture it = HubFixture.inMemory()) {
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            for (int group = 0; group < Hub.MAX_GROUPS_OF_USER / NAMES; group++) {
                it.listen(0, member("alice", "g" + group, NAMES), sink);
            }
            ApiException refused =
                    assertThrows(ApiException.class, () -> it.listen(0, member("alice", "one-more", 1), sink));
            assertEquals(503, refused.status());
            assertTrue(String.valueOf(refused.getMessage()).contains("1000 groups"), refused.getMessage());
            it.listen(0, member("alice", "g0", NAMES), sink);
            it.listen(0, member("bob", "g", 1), sink);
            it.listen(0, member(null, "g", 1), sink);
        }
    }

    /** Refused as often as one likes, they would take the memory of all, and the places of who comes later. */
    @Test
    void shouldRememberNoNameOfAGroupThatIsNotMade() {
        try (HubFixture it = HubFixture.inMemory()) {
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            Start elsewhere = new Start.After(new EventId(1, 7));
            for (int group = 0; group < 10; group++) {
                ListenRequest request = member("alice", "wrong" + group, 1, elsewhere);
                assertThrows(ApiException.class, () -> it.listen(0, request, sink));
            }
            assertEquals(0, it.hub.homes().size());
            for (int group = 0; group < Hub.MAX_GROUPS_OF_USER / NAMES; group++) {
                it.listen(0, member("alice", "g" + group, NAMES), sink);
            }
            int made = Hub.MAX_GROUPS_OF_USER / NAMES;
            for (int group = 0; group < 10; group++) {
                ListenRequest request = member("alice", "more" + group, 1);
                assertThrows(ApiException.class, () -> it.listen(0, request, sink));
            }
            assertEquals(made, it.hub.homes().size());
            it.restart();
            it.listen(1, member("alice", "more", 1), sink);
            assertEquals(1, it.hub.homes().size(), "this log is gone after a restart");
        }
    }

    /** A group that is made anew may live elsewhere; one that is there stays where it is. */
    @Test
    void shouldLetGoOfANameWhoseGroupsAreForgotten() {
        var options = new HubOptions(
                Duration.ZERO, Duration.ofMinutes(1), 1_000, 1_000, 1_000, HubOptions.defaultOutgoingBytes());
        try (HubFixture it = HubFixture.inMemory(options)) {
            RecordingSink sink = new RecordingSink(it.loops.get(0));
            Listening first = it.listen(0, member("alice", "g", 2), sink);
            it.listen(1, member("alice", "stays", 1), sink);
            assertEquals(2, it.hub.homes().size());
            it.leave(0, first);
            HubFixture.eventually("the group is forgotten", () -> it.hub.homes().size() == 1);
            RecordingSink late = new RecordingSink(it.loops.get(2));
            it.listen(2, member("alice", "g", 1), late);
            it.on(0, () -> it.hub.publish(HubFixture.batch("example.n0", "alice", null, 5)));
            HubFixture.eventually("it is handed out", () -> !late.lines().isEmpty());
        }
    }

    private static ListenRequest member(String user, String group, int names) {
        return member(user, group, names, new Start.Live());
    }

    private static ListenRequest member(String user, String group, int names, Start start) {
        List<String> all =
                IntStream.range(0, names).mapToObj(n -> "example.n" + n).toList();
        return new ListenRequest(all, false, user, null, start, true, 0, Framing.NDJSON, auto(group, "c"));
    }

    @Test
    void shouldLookAtTheLastOnesOfAName() {
        try (HubFixture it = HubFixture.inMemory()) {
            for (int i = 0; i < 10; i++) {
                it.publish(0, "example.a", i);
                it.publish(0, "example.b", i, i);
            }
            var log = it.hub.log();
            long first = log.firstSequence();
            long head = log.head();
            assertEquals(first, NameList.lastOnes(log, "example.a", first, head, 10));
            long last = NameList.lastOnes(log, "example.a", first, head, 3);
            assertEquals(3, log.count("example.a", last, head));
            assertEquals(4, log.count("example.a", last - 1, head));
        }
    }
}
