package com.busdk.workers.usage;

import com.busdk.client.event.Envelope;
import com.busdk.client.worker.Reply;
import com.busdk.client.worker.RequestHandler;
import com.busdk.workers.store.Batcher;
import com.busdk.workers.store.Fields;
import com.busdk.workers.store.Store;
import io.vertx.core.Future;
import java.time.Clock;
import java.util.Optional;

/** Answers the usage events from the tables. Called on event loops; has no state of its own. */
final class UsageHandler implements RequestHandler {
    private final Store store;
    private final ExportPolicy policy;
    private final Runnable exported;
    private final Clock clock;
    private final Batcher<UsageTables.Entry, Boolean> records;

    /**
     * A handler.
     *
     * @param store has the tables
     * @param policy what is billed
     * @param exported is called when there is something to publish
     * @param clock says when now is
     */
    UsageHandler(Store store, ExportPolicy policy, Runnable exported, Clock clock) {
        this.store = store;
        this.policy = policy;
        this.exported = exported;
        this.clock = clock;
        this.records =
                new Batcher<>(store, (connection, batch) -> UsageTables.record(connection, batch, clock.instant()));
    }

    @Override
    public Future<Reply> handle(Envelope request) {
        return switch (request.name()) {
            case UsageEvents.RECORD -> record(request);
            case UsageEvents.LIST -> list(request);
            case UsageEvents.DELETE -> delete(request);
            default -> throw new IllegalStateException("a request that nobody asked for");
        };
    }

    /** Is not given up while the store is away: whoever used something does not send it again. */
    private Future<Reply> record(Envelope request) {
        UsageRecord usage = UsageRecord.read(request, clock);
        UsageTables.Entry entry = new UsageTables.Entry(usage, policy.exports(usage));
        return records.add(entry).map(isNew -> {
            if (isNew && !entry.exports().isEmpty()) {
                exported.run();
            }
            return Reply.of(Fields.text(Fields.object()
                    .put("id", usage.id())
                    .put("event_id", usage.eventId())
                    .put("recorded", true)
                    .put("duplicate", !isNew)));
        });
    }

    private Future<Reply> list(Envelope request) {
        UsageSelector selector = UsageSelector.read(request, clock);
        return store.read(connection -> UsageTables.list(connection, selector)).map(Reply::of);
    }

    private Future<Reply> delete(Envelope request) {
        UsageSelector selector = UsageSelector.read(request, clock);
        if (selector.skip().isPresent()) {
            throw Fields.bad("a page is deleted as a whole: skip is for lists");
        }
        String requestId = Optional.ofNullable(request.id())
                .orElseThrow(() -> Fields.bad("a request to delete has the id that the events service gave it"));
        return store.write(connection -> UsageTables.delete(connection, requestId, selector, clock.instant()))
                .map(deleted -> Reply.of(Fields.text(Fields.object().put("deleted", deleted))));
    }
}
