package com.busdk.workers.billing;

import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.workers.store.Fields;
import java.util.Locale;
import java.util.Optional;

/**
 * Whom something is about: the {@code sub} of a token, as a rule a UUID. Immutable.
 *
 * @param key as the tables have it: a UUID in lower case, so that it is one account however it is written
 * @param given as the request has it, and the answer
 */
record Account(String key, String given) {
    private static final String FIELD = "account_id";

    static Account of(String given) {
        return new Account(Fields.isUuid(given) ? given.toLowerCase(Locale.ROOT) : given, given);
    }

    /** Of a request that only services may send. */
    static Account required(Fields fields) {
        return of(fields.requiredWord(FIELD, Fields.MAX_ID_CHARS));
    }

    /**
     * Of a request that users may send: it is about its owner, whom the events service vouches for, and about nobody else.
     *
     * @throws ApiException {@code forbidden} if it names another
     */
    static Account ofOwner(Envelope request, Fields fields) {
        Account owner = of(fields.word(FIELD, Fields.MAX_ID_CHARS)
                .or(() -> Optional.ofNullable(request.identityId()))
                .orElseThrow(() -> Fields.bad(FIELD + " is missing")));
        String identity = request.identityId();
        if (identity == null || !of(identity).key().equals(owner.key())) {
            throw ApiException.of(
                    ErrorType.FORBIDDEN,
                    "account_id is not the owner of the request: a service sets identityId to the account it asks for");
        }
        return owner;
    }
}
