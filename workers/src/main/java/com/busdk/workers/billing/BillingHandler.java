package com.busdk.workers.billing;

import com.busdk.client.event.Envelope;
import com.busdk.client.worker.Reply;
import com.busdk.client.worker.RequestHandler;
import com.busdk.workers.store.Batcher;
import com.busdk.workers.store.Fields;
import com.busdk.workers.store.Store;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers the billing events from the tables. Called on event loops; has no state of its own. */
final class BillingHandler implements RequestHandler {
    private static final Logger LOG = LoggerFactory.getLogger(BillingHandler.class);

    private final Store store;
    private final Plans plans;
    private final Sessions sessions;
    private final Clock clock;
    private final Batcher<ExportRequest, Boolean> exports;

    /**
     * A handler.
     *
     * @param store has the tables
     * @param plans what is limited
     * @param sessions gives pages
     * @param clock says which windows are the current ones
     */
    BillingHandler(Store store, Plans plans, Sessions sessions, Clock clock) {
        this.store = store;
        this.plans = plans;
        this.sessions = sessions;
        this.clock = clock;
        this.exports =
                new Batcher<>(store, (connection, batch) -> BillingTables.count(connection, batch, clock.instant()));
    }

    @Override
    public Future<Reply> handle(Envelope request) {
        return switch (request.name()) {
            case BillingEvents.ENTITLEMENT -> entitlement(request);
            case BillingEvents.STATUS -> status(request);
            case BillingEvents.CHECKOUT -> checkout(request);
            case BillingEvents.PORTAL -> portal(request);
            case BillingEvents.UPDATE -> update(request);
            case BillingEvents.EXPORT -> export(request);
            default -> throw new IllegalStateException("a request that nobody asked for");
        };
    }

    private Future<Reply> entitlement(Envelope request) {
        Fields fields = Fields.of(request);
        Account account = Account.required(fields);
        String scope = fields.requiredWord("scope", Fields.MAX_NAME_CHARS);
        return standing(account).map(standing -> reply(Answers.entitlement(standing, scope, plans)));
    }

    private Future<Reply> status(Envelope request) {
        Account account = Account.ofOwner(request, Fields.of(request));
        return standing(account).map(standing -> reply(Answers.status(account, standing, plans)));
    }

    private Future<Standing> standing(Account account) {
        Instant now = clock.instant();
        return store.read(connection -> BillingTables.standing(connection, account, now));
    }

    private Future<Reply> checkout(Envelope request) {
        Fields fields = Fields.of(request);
        Account account = Account.ofOwner(request, fields);
        Optional<String> plan = fields.word("plan_id", Fields.MAX_NAME_CHARS);
        return sessions.checkout(request, account, plan).map(BillingHandler::page);
    }

    private Future<Reply> portal(Envelope request) {
        Account account = Account.ofOwner(request, Fields.of(request));
        return sessions.portal(request, account).map(BillingHandler::page);
    }

    /** Is not given up while the store is away: the provider may not say it again. */
    private Future<Reply> update(Envelope event) {
        SubscriptionUpdate update = SubscriptionUpdate.read(event, clock);
        update.subscription()
                .plan()
                .filter(plan -> plans.isLimited() && !plans.has(plan))
                .ifPresent(plan -> LOG.warn(
                        "update {} is about a plan that the quota file does not have: its accounts are not limited",
                        update.eventId()));
        return store.insist(connection -> BillingTables.apply(connection, update, clock.instant()))
                .map(outcome -> {
                    ObjectNode answer = Fields.object()
                            .put("event_id", update.eventId())
                            .put("account_id", update.account().given())
                            .put("applied", outcome.applied())
                            .put("duplicate", outcome.duplicate());
                    outcome.current().ifPresent(current -> {
                        answer.put("status", current.status().word());
                        current.plan().ifPresent(plan -> answer.put("plan_id", plan));
                    });
                    return reply(answer);
                });
    }

    /** Is not given up while the store is away: what was used is not told again. */
    private Future<Reply> export(Envelope request) {
        ExportRequest export = ExportRequest.read(request, clock);
        return exports.add(export)
                .map(isNew -> reply(Fields.object()
                        .put("event_id", export.eventId())
                        .put("counted", true)
                        .put("duplicate", !isNew)));
    }

    private static Reply page(String url) {
        return reply(Fields.object().put("url", url));
    }

    private static Reply reply(ObjectNode payload) {
        return Reply.of(Fields.text(payload));
    }
}
