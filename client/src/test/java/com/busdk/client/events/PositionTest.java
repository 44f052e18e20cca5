package com.busdk.client.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PositionTest {
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);
    private static final String TAIL = "&heartbeat=15s&notices=true";
    private static final long SECOND = 1_000_000_000L;

    private static String next(Position position, long seconds) {
        return position.next(HEARTBEAT, seconds * SECOND).toString();
    }

    @Test
    void shouldGoOnBehindTheLastEvent() {
        Position position = new Position(ListenOptions.of("a.b").replay().build());
        assertEquals("?name=a.b&replay=true" + TAIL, next(position, 0));
        position.begin(0);
        position.advance("evt_1", 1);
        assertEquals("?name=a.b&after=evt_1" + TAIL, next(position, 5));
    }

    @Test
    void shouldGoBackByTheTimePassedIfNothingCameYet() {
        Position position = new Position(ListenOptions.of("a.b").build());
        assertEquals("?name=a.b" + TAIL, next(position, 0));
        position.begin(10 * SECOND);
        assertEquals("?name=a.b&since=50s" + TAIL, next(position, 60));
    }

    @Test
    void shouldReachBackAsFarAsAtTheBeginning() {
        Position position = new Position(ListenOptions.of("a.b").since("15m").build());
        assertEquals("?name=a.b&since=15m" + TAIL, next(position, 0));
        position.begin(0);
        assertEquals("?name=a.b&since=16m" + TAIL, next(position, 60));
        Position fixed = new Position(
                ListenOptions.of("a.b").since("2026-01-01T00:00:00Z").build());
        fixed.begin(0);
        assertEquals("?name=a.b&since=2026-01-01T00%3A00%3A00Z" + TAIL, next(fixed, 60));
    }

    @Test
    void shouldAskOnlyForWhatIsLeftOfTheLimit() {
        Position position =
                new Position(ListenOptions.of("a.b").limit(3).snapshot().build());
        position.begin(0);
        position.advance("evt_2", 2);
        assertEquals("?name=a.b&follow=false&after=evt_2&limit=1" + TAIL, next(position, 1));
        assertFalse(position.limitReached());
        position.advance("evt_3", 1);
        assertTrue(position.limitReached());
    }

    @Test
    void shouldLeaveItsPlaceToTheGroup() {
        Position position = new Position(ListenOptions.of("a.b", "c.d")
                .unicast("g", "c")
                .explicitAck()
                .orderedByKey()
                .maxInFlight(8)
                .ackWait(Duration.ofSeconds(90))
                .maxDeliveries(3)
                .replay()
                .build());
        String query = "?name=a.b&name=c.d&delivery=unicast&group=g&consumer=c&ack=explicit&ordered=key"
                + "&max_in_flight=8&ack_wait=1m30s&max_deliveries=3&replay=true" + TAIL;
        assertEquals(query, next(position, 0));
        position.begin(0);
        position.advance("evt_1", 1);
        assertEquals(query, next(position, 60));
    }

    @Test
    void shouldGoOnBehindWhereItHadCaughtUp() {
        Position position = new Position(ListenOptions.of("a.b").build());
        position.begin(0);
        position.caughtUp("evt_7");
        assertEquals("?name=a.b&after=evt_7" + TAIL, next(position, 5));
        position.advance("evt_9", 1);
        position.caughtUp("evt_8");
        assertEquals("?name=a.b&after=evt_9" + TAIL, next(position, 5));
    }
}
