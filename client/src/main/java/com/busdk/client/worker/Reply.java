package com.busdk.client.worker;

import com.busdk.client.event.EventError;
import org.jspecify.annotations.Nullable;

/**
 * What a handler answers to a request.
 *
 * <p>Example: {@code Future.succeededFuture(Reply.of("{\"accepted\":true}"))}.
 *
 * @param payload the response's payload, a JSON value as text; {@code null} (the JSON word) if there is none
 * @param error why it failed, null if it did not
 * @param silent true if no response is published at all
 */
public record Reply(String payload, @Nullable EventError error, boolean silent) {
    /**
     * An answer.
     *
     * @param payload a JSON value as text
     * @return the reply
     */
    public static Reply of(String payload) {
        return new Reply(payload, null, false);
    }

    /**
     * A failure.
     *
     * @param type a stable word such as {@code vm_unavailable}
     * @param message one sentence for a person, without secrets
     * @return the reply
     */
    public static Reply failed(String type, String message) {
        return new Reply("null", new EventError(type, message), false);
    }

    /**
     * No answer: the request is acknowledged and nothing is published, for events that ask for none.
     *
     * @return the reply
     */
    public static Reply none() {
        return new Reply("null", null, true);
    }
}
