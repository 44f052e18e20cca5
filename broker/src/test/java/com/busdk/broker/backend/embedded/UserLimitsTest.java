package com.busdk.broker.backend.embedded;

import static com.busdk.broker.backend.embedded.HubFixture.auto;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.ListenRequest;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.backend.ListenRequest.Start;
import com.busdk.client.http.ApiException;
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

    private static ListenRequest member(String user, String group, int names) {
        List<String> all =
                IntStream.range(0, names).mapToObj(n -> "example.n" + n).toList();
        return new ListenRequest(all, false, user, null, new Start.Live(), true, 0, Framing.NDJSON, auto(group, "c"));
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
