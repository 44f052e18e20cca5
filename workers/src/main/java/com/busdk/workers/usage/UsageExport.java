package com.busdk.workers.usage;

import com.busdk.client.event.Envelope;
import com.busdk.workers.store.Fields;

/**
 * Something that is billed, on its way to the billing worker. Immutable.
 *
 * @param eventId what tells it from others, the same however often it is made: the record's id and what is metered
 * @param account whom it is billed to
 * @param payload of the event, a JSON object
 */
record UsageExport(String eventId, String account, String payload) {
    /** What follows from a record by a rule. */
    static UsageExport of(UsageRecord record, String account, ExportPolicy.Rule rule, long quantity) {
        String eventId = "usage:" + record.id() + ":" + rule.feature() + "/" + rule.meter();
        String payload = Fields.text(Fields.object()
                .put("event_id", eventId)
                .put("account_id", account)
                .put("feature", rule.feature())
                .put("meter_event_name", rule.meter())
                .put("quantity", quantity)
                .put("occurred_at", record.occurredAt().toString())
                .put("source_event_id", record.eventId())
                .put("source_event_type", record.type()));
        return new UsageExport(eventId, account, payload);
    }

    /** The event: with its key it is one event however often it is published. */
    Envelope envelope() {
        return Envelope.builder(UsageEvents.EXPORT)
                .payload(payload)
                .identityId(account)
                .correlationId(eventId)
                .idempotencyKey("export:" + eventId)
                .build();
    }
}
