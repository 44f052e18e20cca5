package com.busdk.broker.http.verbs;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Questions whose answers may be large, a few at once and the others in turn: what is read for them is in memory before
 * anybody knows whether there is room to send it.
 *
 * <p>Thread: its event loop.
 */
public final class Questions {
    /** Each reads an event of the largest size, or a page of that many bytes. */
    private static final int MOST_AT_ONCE = 4;

    /** Beyond that, one would wait longer than its asker does. */
    private static final int MOST_WAITING = 1_000;

    /** Of one identity, so that the others have room. */
    private static final int MOST_WAITING_OF_ONE = 100;

    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

    /** How many wait of each identity; who has none is not in it. */
    private final Map<String, Integer> waitingOf = new HashMap<>();

    private int asked;

    /**
     * Asks when it is its turn.
     *
     * @param who subject of the identity that asks
     * @throws ApiException if too many wait
     */
    <T> Future<T> ask(String who, Supplier<Future<T>> question) {
        if (asked < MOST_AT_ONCE) {
            return begin(question);
        }
        if (waitingOf.getOrDefault(who, 0) >= MOST_WAITING_OF_ONE) {
            throw ApiException.of(
                            ErrorType.RATE_LIMITED,
                            MOST_WAITING_OF_ONE + " of your questions wait for their answers: ask again when there are"
                                    + " fewer")
                    .withRetryAfter(1);
        }
        if (waiting.size() >= MOST_WAITING) {
            throw ApiException.of(
                            ErrorType.UNAVAILABLE, "too many ask for stored events at once; try again in a moment")
                    .withRetryAfter(1);
        }
        Promise<T> turn = Promise.promise();
        waitingOf.merge(who, 1, Integer::sum);
        waiting.add(() -> {
            waitingOf.computeIfPresent(who, (_, count) -> count == 1 ? null : count - 1);
            begin(question).onComplete(turn);
        });
        return turn.future();
    }

    private <T> Future<T> begin(Supplier<Future<T>> question) {
        asked++;
        Future<T> answer;
        try {
            answer = question.get();
        } catch (RuntimeException e) {
            answer = Future.failedFuture(e);
        }
        // The next one begins behind what is done with this answer, which is to send it or to let it go.
        Future<T> given = answer;
        Promise<T> result = Promise.promise();
        given.onComplete(done -> {
            result.handle(done);
            asked--;
            next();
        });
        return result.future();
    }

    private void next() {
        while (asked < MOST_AT_ONCE && !waiting.isEmpty()) {
            waiting.remove().run();
        }
    }
}
