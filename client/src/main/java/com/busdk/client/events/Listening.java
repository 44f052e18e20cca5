package com.busdk.client.events;

import io.vertx.core.Future;
import java.util.Optional;

/**
 * A listener that is under way. It comes back after lost connections by itself, as its {@link RetryPolicy} says. Any
 * thread may call these methods.
 *
 * <pre>{@code
 * Listening listening = client.listen(options, handler);
 * listening.ended().onFailure(cause -> System.err.println("over: " + cause.getMessage()));
 * // later
 * listening.close();
 * }</pre>
 */
public interface Listening {
    /**
     * When the stream was opened for the first time.
     *
     * @return fails if it never was
     */
    Future<Void> connected();

    /**
     * When the listening is over: succeeds after {@link #close}, at the limit, or at the end of a snapshot; fails with
     * the reason otherwise, such as an {@link com.busdk.client.http.ApiException} with status 401.
     *
     * @return the end; no handler is called after it
     */
    Future<Void> ended();

    /**
     * The id of the last event that was given to the handler.
     *
     * @return the id, or empty before the first
     */
    Optional<String> lastId();

    /**
     * How many events were given to the handler.
     *
     * @return their number
     */
    long received();

    /**
     * Ends the listening. Leases that are still out go back to the group.
     *
     * @return {@link #ended}
     */
    Future<Void> close();
}
