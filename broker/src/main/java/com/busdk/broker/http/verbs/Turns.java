package com.busdk.broker.http.verbs;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How many questions of one user that look through many events are answered at a time on an event loop. The few readers of the log are
 * everybody's: those who catch up, and groups, wait for them. Users are known only while they ask.
 *
 * <p>Thread: each event loop has its own.
 */
final class Turns {
    /** A terminal and a script beside it; each question looks at some millions of events at most. */
    static final int MAX_AT_ONCE = 2;

    private static final int RETRY_SECONDS = 1;

    private final Map<String, Integer> asking = new HashMap<>();

    /**
     * Has a question answered.
     *
     * @param user who asks; null for a service, whose questions the index answers
     * @param question is not begun where the user has too many already
     * @return as the question ends; fails with {@code rate_limited} where it was not begun
     */
    <T> Future<T> take(@Nullable String user, Supplier<Future<T>> question) {
        if (user == null) {
            return question.get();
        }
        if (asking.merge(user, 1, Integer::sum) > MAX_AT_ONCE) {
            leave(user);
            throw ApiException.of(
                            ErrorType.RATE_LIMITED,
                            MAX_AT_ONCE + " of your questions about groups and names are being answered, and no more"
                                    + " are at a time: ask again when one of them is")
                    .withRetryAfter(RETRY_SECONDS);
        }
        try {
            return question.get().onComplete(_ -> leave(user));
        } catch (RuntimeException e) {
            leave(user);
            throw e;
        }
    }

    private void leave(String user) {
        asking.computeIfPresent(user, (_, count) -> count == 1 ? null : count - 1);
    }
}
