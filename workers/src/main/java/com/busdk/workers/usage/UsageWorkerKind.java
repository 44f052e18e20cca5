package com.busdk.workers.usage;

import com.busdk.client.sql.DatabaseLocation;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerFlag;
import com.busdk.workers.run.WorkerKind;
import com.busdk.workers.run.WorkerSet;
import com.busdk.workers.store.Fields;
import com.busdk.workers.store.Store;
import com.busdk.workers.store.Sweeper;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.List;

/** The usage worker. Stateless. */
public final class UsageWorkerKind implements WorkerKind {
    /** Its name, and the default of its group. */
    public static final String NAME = "usage";

    /** Records that an instance has in hand: as many as share a commit when it is busy. */
    private static final int RECORDS = 256;

    /** Pages in hand: each may take a megabyte. */
    private static final int PAGES = 4;

    private final Clock clock;

    /** With the system's clock. */
    public UsageWorkerKind() {
        this(Clock.systemUTC());
    }

    /**
     * With another clock, which decides what is old, and what is due.
     *
     * @param clock a clock near that of other workers with the same tables
     */
    public UsageWorkerKind(Clock clock) {
        this.clock = clock;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "Keeps records of what was used, each once, and lists and deletes them for the collector. A record has"
                + " an event_id of at most " + Fields.MAX_ID_CHARS + " printable ASCII characters, and data of at most "
                + UsageRecord.MAX_DATA_CHARS + " characters and " + UsageRecord.MAX_DATA_DEPTH
                + " levels, so that a page of them fits into an event. Its token is a service's and needs usage:write"
                + " usage:read usage:delete, and billing:usage:export where it hands on"
                + " what is billed.";
    }

    @Override
    public List<WorkerFlag> flags() {
        return UsageOptions.FLAGS;
    }

    @Override
    public WorkerSet create(WorkerContext context) {
        UsageOptions options = UsageOptions.read(context.flags(), context.environment());
        Store store = new Store(context.vertx(), options.database(), UsageTables.SCHEMA);
        Outbox outbox = new Outbox(context.vertx(), context.client(), store, clock);
        Sweeper sweeper = new Sweeper(
                context.vertx(),
                store,
                connection -> UsageTables.sweep(connection, clock.instant()),
                UsageTables.MAX_SWEPT);
        return new WorkerSet(
                context.workers(
                        new UsageHandler(store, options.policy(), outbox::wake, clock),
                        List.of(
                                // Also what was used before there was a worker to write it down.
                                new WorkerContext.Part(List.of(UsageEvents.RECORD), RECORDS, true)
                                        .withMaxDeliveries(Store.MAX_DELIVERIES),
                                new WorkerContext.Part(List.of(UsageEvents.LIST, UsageEvents.DELETE), PAGES))),
                List.of(store, outbox, sweeper));
    }

    @Override
    public Future<String> selfTest(Vertx vertx) {
        return new UsageSelfTest(new Store(vertx, new DatabaseLocation.Memory(), UsageTables.SCHEMA)).run();
    }
}
