package com.busdk.workers.billing;

import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.workers.store.Fields;
import com.busdk.workers.store.Times;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/**
 * A provider's word on how an account stands from a moment on. Immutable.
 *
 * @param eventId what tells it from others: a second one with it is the same one
 * @param account whom it is about
 * @param subscription how it stands
 */
record SubscriptionUpdate(String eventId, Account account, Subscription subscription) {
    /** Far from where a number of 64 bits ends, for providers that count in microseconds too. */
    private static final long MAX_SEQUENCE = 1L << 62;

    /** More than there are features to sell. */
    private static final int MAX_FEATURES = 100;

    /**
     * Reads an event. What it does not say is taken from the event, which is the same when it is delivered again.
     *
     * @throws ApiException {@code bad_request} if it is none; the message names the field
     */
    static SubscriptionUpdate read(Envelope event, Clock clock) {
        Fields fields = Fields.of(event);
        String status = fields.text("status").orElseThrow(() -> Fields.bad("status is missing"));
        Instant createdAt = event.createdAt();
        Optional<Instant> occurredAt = fields.time("occurred_at");
        // Events that were stored together have one time, and only their places in the log tell which was later. Beside
        // a time that the provider gives, these would be of another clock than the sequences that it gives at other
        // times.
        Long sequence = event.sequence();
        long place = sequence == null || occurredAt.isPresent() ? 0 : sequence;
        Subscription subscription = new Subscription(
                Subscription.Status.find(status)
                        .orElseThrow(() -> Fields.bad("status is not one of incomplete, active, past_due, canceled")),
                fields.word("plan_id", Fields.MAX_NAME_CHARS),
                fields.words("features", MAX_FEATURES),
                occurredAt.orElseGet(() -> Times.kept(createdAt == null ? clock.instant() : createdAt)),
                fields.whole("sequence", 0, MAX_SEQUENCE).orElse(place));
        return new SubscriptionUpdate(
                fields.id("event_id")
                        .or(() -> Optional.ofNullable(event.id()))
                        .orElseThrow(() -> Fields.bad("event_id is missing")),
                Account.required(fields),
                subscription);
    }
}
