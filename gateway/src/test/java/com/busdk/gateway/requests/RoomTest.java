package com.busdk.gateway.requests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How a room is shared whose owners may have as many places as are free. */
class RoomTest {
    private static final int MAX = 1_000;

    private final Room room = new Room(MAX, free -> free, "come again", 1);
    private final Map<String, Deque<Promise<Void>>> held = new HashMap<>();

    /** Wants one place more; whether there was one. */
    private boolean take(String owner) {
        Promise<Void> end = Promise.promise();
        Future<Void> work = room.hold(owner, end::future);
        if (work.failed()) {
            return false;
        }
        of(owner).add(end);
        return true;
    }

    private Deque<Promise<Void>> of(String owner) {
        return held.computeIfAbsent(owner, _ -> new ArrayDeque<>());
    }

    private int takeAll(String owner) {
        while (take(owner)) {
            assertTrue(room.taken() <= MAX, "there are no more places than there are");
        }
        return of(owner).size();
    }

    private ApiException refusal(String owner) {
        Future<Object> refused = room.hold(owner, () -> Future.failedFuture("it has begun without a place"));
        return assertInstanceOf(ApiException.class, refused.cause());
    }

    @Test
    void shouldGiveHalfToWhoIsAlone() {
        assertEquals(MAX / 2, takeAll("greedy"));

        assertEquals("rate_limited", refusal("greedy").type());
    }

    @Test
    void shouldGiveSeveralOwnersTheSameAndKeepAsMuchForTheNext() {
        for (int wanted = 0; wanted < MAX; wanted++) {
            for (int owner = 0; owner < 4; owner++) {
                take("greedy-" + owner);
            }
        }

        held.forEach((owner, places) -> assertEquals(MAX / 5, places.size(), owner));
        assertEquals(MAX / 5, MAX - room.taken());
        assertEquals(MAX / 10, takeAll("next"), "half of what was left");
    }

    @Test
    void shouldGiveAPlaceToWhoHasNoneAsLongAsThereIsOne() {
        for (int owner = 0; owner < MAX; owner++) {
            assertTrue(take("modest-" + owner));
        }

        assertEquals("unavailable", refusal("late").type(), "all places are taken, and not by this owner");
        assertEquals("unavailable", refusal("modest-7").type());
    }

    @Test
    void shouldGiveBackWhatIsOver() {
        takeAll("greedy");
        int later = takeAll("later");
        assertFalse(take("later"));

        of("greedy").forEach(end -> end.complete());

        assertEquals(later, room.taken());
        assertEquals(MAX / 2, takeAll("later"));
    }
}
