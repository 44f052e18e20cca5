package com.busdk.broker.access;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import org.jspecify.annotations.Nullable;

/** Whether somebody may do something. Immutable. */
public sealed interface Decision {

    /** Whether it is {@link Allowed}. */
    default boolean allowed() {
        return this instanceof Allowed;
    }

    /** It may be done. */
    record Allowed() implements Decision {
        static final Allowed INSTANCE = new Allowed();
    }

    /**
     * It may not be done.
     *
     * @param missingScope the scope that the token lacks, or null if a scope is not what it lacks
     * @param message for the caller: what is needed, and how to get it
     */
    record Refused(@Nullable String missingScope, String message) implements Decision {

        /** The refusal as the answer to a request: 403 {@code forbidden}. */
        public ApiException toException() {
            ApiException forbidden = ApiException.of(ErrorType.FORBIDDEN, message);
            return missingScope == null ? forbidden : forbidden.withScope(missingScope);
        }
    }
}
