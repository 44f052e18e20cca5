package com.busdk.workers.billing;

import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.workers.store.Fields;
import com.busdk.workers.store.Times;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/**
 * Something that counts. Immutable.
 *
 * @param eventId what tells it from others: a second one with it is the same one
 * @param account whose it is
 * @param feature what was used
 * @param meter how it is counted
 * @param quantity how much, 0 to {@value #MAX_QUANTITY}
 * @param occurredAt when, to the microsecond
 */
record ExportRequest(String eventId, Account account, String feature, String meter, long quantity, Instant occurredAt) {
    /** Nine thousand of them fit into a sum of 64 bits, and nobody uses as much at once. */
    static final long MAX_QUANTITY = 1_000_000_000_000_000L;

    /**
     * Reads a request. What it does not say is taken from the event, which is the same when it is delivered again.
     *
     * @throws ApiException {@code bad_request} if it is none; the message names the field
     */
    static ExportRequest read(Envelope request, Clock clock) {
        Fields fields = Fields.of(request);
        Instant createdAt = request.createdAt();
        return new ExportRequest(
                fields.id("event_id")
                        .or(() -> Optional.ofNullable(request.id()))
                        .orElseThrow(() -> Fields.bad("event_id is missing")),
                Account.required(fields),
                fields.requiredWord("feature", Fields.MAX_NAME_CHARS),
                fields.requiredWord("meter_event_name", Fields.MAX_NAME_CHARS),
                fields.requiredWhole("quantity", 0, MAX_QUANTITY),
                fields.time("occurred_at")
                        .orElseGet(() -> Times.kept(createdAt == null ? clock.instant() : createdAt)));
    }
}
