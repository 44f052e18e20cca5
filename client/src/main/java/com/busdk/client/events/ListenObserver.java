package com.busdk.client.events;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;

/**
 * Is told how a listening fares, on its context. Every method does nothing unless it is overridden.
 *
 * <pre>{@code
 * client.listen(options, handler, new ListenObserver() {
 *     public void reconnecting(Throwable cause, Duration delay) {
 *         System.err.println("again in " + delay);
 *     }
 * });
 * }</pre>
 */
public interface ListenObserver {
    /** An observer that is not interested. */
    ListenObserver NONE = new ListenObserver() {};

    /**
     * The stream is open.
     *
     * @param again true after a loss
     */
    default void connected(boolean again) {}

    /**
     * The connection is lost and will be made again.
     *
     * @param cause why it was lost
     * @param delay how long until the next try
     */
    default void reconnecting(Throwable cause, Duration delay) {}

    /**
     * The history has been read; what follows is live. Of broadcast only: in a group the history is shared among its
     * consumers, and how far the group lags behind is what {@link EventsClient#groups} tells.
     */
    default void caughtUp() {}

    /** Events that were asked for are no longer retained; the stream went on with the oldest that is. */
    default void truncated() {}

    /**
     * Any other notice of the service, such as {@code token_expiring}.
     *
     * @param kind the notice's word
     * @param notice the whole notice
     */
    default void notice(String kind, JsonNode notice) {}
}
