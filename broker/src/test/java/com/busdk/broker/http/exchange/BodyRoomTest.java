package com.busdk.broker.http.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.http.ApiException;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BodyRoomTest {
    private static final Duration LONG = Duration.ofHours(1);
    private static final long PATIENCE_SECONDS = 30;
    private static final int LARGE = BodyRoom.SMALL_BYTES + 1;

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();

    /** Names of those that were late, in the order in which they were told. */
    private final BlockingQueue<String> late = new LinkedBlockingQueue<>();

    private final class Named extends BodyRoom.Body {
        private final BodyRoom room;
        private final String name;

        Named(BodyRoom room, String name) {
            this.room = room;
            this.name = name;
        }

        @Override
        protected void late() {
            room.end(this);
            late.add(name);
        }
    }

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private <T> T onLoop(Callable<T> work) throws Exception {
        Promise<T> result = Promise.promise();
        loop.runOnContext(_ -> {
            try {
                result.complete(work.call());
            } catch (Exception | AssertionError e) {
                result.fail(e);
            }
        });
        return result.future().toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void shouldGiveOnlyWhatThereIsAndTakeItBack() throws Exception {
        onLoop(() -> {
            BodyRoom room = new BodyRoom(vertx, LONG, 2 * LARGE, 0);
            Named one = begin(room, "one", 0);
            Named two = begin(room, "two", 0);
            room.hold(one, LARGE);
            room.hold(two, LARGE);
            ApiException refused = assertThrows(ApiException.class, () -> room.hold(two, LARGE + 1));
            assertEquals("unavailable", refused.type());
            room.end(one);
            room.end(one);
            room.hold(two, 2 * LARGE);
            assertThrows(ApiException.class, () -> room.hold(begin(room, "three", 0), LARGE));
            room.hold(two, LARGE);
            room.hold(begin(room, "four", 0), LARGE);
            return null;
        });
        assertEquals(List.of(), List.copyOf(late));
    }

    @Test
    void shouldEndTheOldestSmallOnesWhereOthersNeedTheirRoom() throws Exception {
        onLoop(() -> {
            BodyRoom room = new BodyRoom(vertx, LONG, 0, 300);
            room.hold(begin(room, "one", 0), 100);
            Named two = begin(room, "two", 100); // its request alone
            room.hold(begin(room, "three", 50), 50);
            assertEquals(List.of(), List.copyOf(late));
            room.goesOn(two);
            room.hold(begin(room, "four", 0), 150);
            assertEquals(List.of("one", "three"), List.copyOf(late));
            room.hold(two, 1); // 100 for its request, 150 for the fourth
            assertEquals(2, late.size());
            return null;
        });
    }

    /** As lines are, while the log takes what came before them: to end such a one would punish it for others. */
    @Test
    void shouldRefuseNewOnesWhereTheOldestAreKeptWaiting() throws Exception {
        onLoop(() -> {
            BodyRoom room = new BodyRoom(vertx, LONG, 0, 300);
            List<Waiting> kept = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Waiting waiting = new Waiting(room);
                room.begin(waiting, 100);
                kept.add(waiting);
            }
            assertEquals(
                    "unavailable",
                    assertThrows(ApiException.class, () -> begin(room, "one", 10))
                            .type());
            assertThrows(ApiException.class, () -> room.hold(kept.getFirst(), 1));
            assertTrue(kept.stream().allMatch(waiting -> waiting.asked > 0));
            room.end(kept.getFirst());
            Named two = begin(room, "two", 60);
            assertThrows(ApiException.class, () -> room.hold(two, 41));
            room.hold(two, 40); // what was refused took nothing
            return null;
        });
        assertEquals(List.of(), List.copyOf(late));
    }

    @Test
    void shouldRefuseTheOldestMoreThanThereIs() throws Exception {
        onLoop(() -> {
            BodyRoom room = new BodyRoom(vertx, LONG, 0, 300);
            Named one = begin(room, "one", 100);
            begin(room, "two", 100);
            assertThrows(ApiException.class, () -> room.hold(one, 150));
            room.hold(one, 100);
            return null;
        });
        assertEquals(List.of(), List.copyOf(late));
    }

    /** Goes on, as often as it is asked to go. */
    private static final class Waiting extends BodyRoom.Body {
        private final BodyRoom room;
        private int asked;

        Waiting(BodyRoom room) {
            this.room = room;
        }

        @Override
        protected void late() {
            asked++;
            room.goesOn(this);
        }
    }

    @Test
    void shouldTellThoseThatTakeTooLongInTheOrderInWhichTheyBegan() throws Exception {
        List<Named> all = new ArrayList<>();
        onLoop(() -> {
            BodyRoom room = new BodyRoom(vertx, Duration.ofMillis(50), LARGE, 1 << 20);
            for (String name : List.of("one", "two", "three", "four")) {
                all.add(begin(room, name, 1));
            }
            room.end(all.get(1));
            room.goesOn(all.get(0));
            return null;
        });
        for (String name : List.of("three", "four", "one")) {
            assertEquals(name, late.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
        }
        onLoop(() -> begin(all.getFirst().room, "another", 1));
        assertEquals("another", late.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
    }

    private Named begin(BodyRoom room, String name, int head) {
        Named body = new Named(room, name);
        room.begin(body, head);
        return body;
    }
}
