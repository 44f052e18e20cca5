package com.busdk.client.events;

import org.jspecify.annotations.Nullable;

/**
 * The hub's answer to a stream of events: all of them are durable.
 *
 * @param count how many were accepted
 * @param firstId id of the first, null if there were none
 * @param lastId id of the last, null if there were none
 */
public record BatchReceipt(
        long count, @Nullable String firstId, @Nullable String lastId) {}
