package com.busdk.gateway.usage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/**
 * Something that was used.
 *
 * @param type a word of the contract, such as {@code runtime_start_requested}
 * @param id the same whenever this record is sent, different for every other; made here and never by a caller, who could
 *     hide what was used behind an old one
 * @param account the caller's {@code sub}
 * @param at when
 * @param data what else there is to say, without secrets
 */
public record UsageRecord(String type, String id, String account, Instant at, ObjectNode data) {
    /** Refuses a record that could not be told from others. */
    public UsageRecord {
        if (type.isBlank() || id.isBlank() || account.isBlank()) {
            throw new IllegalArgumentException("a record has a type, an id and an account");
        }
    }
}
