package com.busdk.workers.billing;

import com.busdk.client.config.ConfigException;
import com.busdk.client.event.EventName;
import com.busdk.client.sql.DatabaseLocation;
import com.busdk.client.worker.RequestHandler;
import com.busdk.client.worker.Worker;
import com.busdk.client.worker.WorkerOptions;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerFlag;
import com.busdk.workers.run.WorkerKind;
import com.busdk.workers.run.WorkerSet;
import com.busdk.workers.store.Store;
import com.busdk.workers.store.Sweeper;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** The billing worker. Stateless. */
public final class BillingWorkerKind implements WorkerKind {
    /** Its name, and the default of its group. */
    public static final String NAME = "billing";

    /** Exports that an instance has in hand: as many as share a commit when it is busy. */
    private static final int EXPORTS = 256;

    /** Questions in hand: each is answered within milliseconds, and somebody waits for it. */
    private static final int QUESTIONS = 64;

    /** Sessions in hand: a provider may take seconds for each. */
    private static final int SESSIONS = 64;

    /** What shares a connection and its bound, so that nobody who waits for an answer waits behind a queue of exports. */
    private static final List<WorkerContext.Part> PARTS = List.of(
            new WorkerContext.Part(List.of(BillingEvents.ENTITLEMENT, BillingEvents.STATUS), QUESTIONS),
            new WorkerContext.Part(List.of(BillingEvents.CHECKOUT, BillingEvents.PORTAL), SESSIONS),
            // Also what was used, paid or canceled before there was a worker to write it down.
            new WorkerContext.Part(List.of(BillingEvents.EXPORT), EXPORTS, true)
                    .withMaxDeliveries(Store.MAX_DELIVERIES),
            new WorkerContext.Part(List.of(BillingEvents.UPDATE), WorkerOptions.DEFAULT_CONCURRENCY, true)
                    .withMaxDeliveries(Store.MAX_DELIVERIES));

    private final Clock clock;

    /** With the system's clock. */
    public BillingWorkerKind() {
        this(Clock.systemUTC());
    }

    /**
     * With another clock, which decides which windows are the current ones.
     *
     * @param clock a clock near that of those who use what is billed
     */
    public BillingWorkerKind(Clock clock) {
        this.clock = clock;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "Knows the subscriptions of accounts and what they have used, and says what they may use. Its token is a"
                + " service's and needs billing:read billing:setup billing:entitlement:check billing:subscription:write"
                + " billing:usage:export, and billing:provider with --provider-backend events.";
    }

    @Override
    public List<WorkerFlag> flags() {
        return BillingOptions.FLAGS;
    }

    /**
     * Makes it.
     *
     * @throws ConfigException if a flag, a variable or the quota file is wrong; the message names it
     */
    @Override
    public WorkerSet create(WorkerContext context) {
        BillingOptions options = BillingOptions.read(context.flags(), context.environment());
        Store store = new Store(context.vertx(), options.database(), BillingTables.SCHEMA);
        Sessions sessions = switch (options.provider()) {
            case LOCAL -> new LocalSessions(store, options.localBaseUrl(), options.plans(), clock);
            case EVENTS -> new EventSessions(context.client());
        };
        Sweeper sweeper = new Sweeper(
                context.vertx(),
                store,
                connection -> BillingTables.sweep(connection, clock.instant()),
                BillingTables.MAX_SWEPT);
        return new WorkerSet(
                workers(context, new BillingHandler(store, options.plans(), sessions, clock)), List.of(store, sweeper));
    }

    @Override
    public Future<String> selfTest(Vertx vertx) {
        return new BillingSelfTest(new Store(vertx, new DatabaseLocation.Memory(), BillingTables.SCHEMA)).run();
    }

    /** As {@link WorkerContext#workers}, with one event whose answer has a name of its own. */
    private static List<Worker> workers(WorkerContext context, RequestHandler handler) {
        List<WorkerContext.Part> parts = context.settings().once()
                ? List.of(new WorkerContext.Part(
                                PARTS.stream()
                                        .flatMap(part -> part.requests().stream())
                                        .toList(),
                                1)
                        .withMaxDeliveries(Store.MAX_DELIVERIES))
                : PARTS;
        List<Worker> workers = new ArrayList<>();
        for (WorkerContext.Part part : parts) {
            WorkerOptions.Builder options = context.options(part);
            for (String name : part.requests()) {
                options.answersAs(
                        name, name.equals(BillingEvents.UPDATE) ? BillingEvents.UPDATED : EventName.responseTo(name));
            }
            workers.add(Worker.create(context.vertx(), context.client(), options.build(), handler));
        }
        return List.copyOf(workers);
    }
}
