package com.busdk.gateway.auth;

import java.util.Locale;

/**
 * An account as its holder and operators see it. Immutable.
 *
 * @param id the identity: a UUID made here
 * @param status where it stands
 * @param emailVerified whether its holder has shown to read mail at its address
 */
record Account(String id, Status status, boolean emailVerified) {
    /** Where an account stands. */
    enum Status {
        /** It waits for an operator. */
        WAITLISTED,
        /** It gets API tokens. */
        APPROVED,
        /** It gets none. */
        REJECTED;

        static Status of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }

        /** The word in answers and in the store. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
