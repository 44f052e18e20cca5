package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.Backend;
import com.busdk.broker.backend.EventId;
import com.busdk.broker.backend.EventSink;
import com.busdk.broker.backend.ListenRequest;
import com.busdk.broker.backend.ListenRequest.GroupMember;
import com.busdk.broker.backend.ListenRequest.Start;
import com.busdk.broker.backend.embedded.GroupKey.HomeKey;
import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.backend.log.LogCursor;
import com.busdk.broker.backend.log.LogDamagedException;
import com.busdk.broker.envelope.EventBatch;
import com.busdk.client.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hub on a log of its own.
 *
 * <p>Threads: called on event loops; opening and closing the log, and reading its cold parts, happen on threads of its
 * own ({@code bus-log-…}), whose number is fixed and whose work is bounded by the streams that there are.
 */
public final class Hub implements Backend {
    private static final int READERS = Math.max(2, Runtime.getRuntime().availableProcessors());

    /** Of the default for all, a hundred users' worth: one alone does not keep the others from making theirs. */
    static final int MAX_GROUPS_OF_USER = 1_000;

    /**
     * How long a stop waits for streams to get the end of a large event: a peer that reads has it in a moment, and one
     * that does not would hold up the closing of the log.
     */
    private static final long END_OF_EVENT_MILLIS = 5_000;

    /** By then consumers have come back, each to its own loop, and those groups that are left have none. */
    private static final long SETTLE_MILLIS = 60_000;

    private static final Logger LOG = LoggerFactory.getLogger(Hub.class);

    private final Vertx vertx;
    private final HubStore store;
    private final HubOptions options;
    private final LongSupplier clockMicros;
    private final Responders responders;
    private final Loops loops = new Loops(eventLoop -> new Loop(eventLoop, this));
    private final Homes homes = new Homes(this, loops);
    private final Inspector inspector = new Inspector(this, homes, new NameList(this));
    private final LocalGroups local = new LocalGroups(inspector);
    private final AtomicInteger groupCount = new AtomicInteger();

    /** Groups by user; who has none is not in it. */
    private final Map<String, Integer> groupsOfUsers = new ConcurrentHashMap<>();

    private final ExecutorService readers;

    private volatile @Nullable EventLog log;
    private volatile @Nullable HubWriter writer;
    private volatile boolean stopping;

    /** Timer for groups that nobody has asked for since the start; -1 before it. */
    private volatile long settling = -1;

    private Hub(Vertx vertx, HubStore store, HubOptions options, LongSupplier clockMicros) {
        this.vertx = vertx;
        this.store = store;
        this.responders = new Responders(store);
        this.options = options;
        this.clockMicros = clockMicros;
        AtomicInteger number = new AtomicInteger();
        this.readers = Executors.newFixedThreadPool(READERS, task -> {
            Thread thread = new Thread(task, "bus-log-reader-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * A hub that is not started yet.
     *
     * @param clockMicros microseconds since 1970 UTC, any thread
     */
    public static Hub create(Vertx vertx, LogOpener opener, HubOptions options, LongSupplier clockMicros) {
        return new Hub(vertx, new LogStore(opener), options, clockMicros);
    }

    /** A hub on something else than a log of its own; not started yet. */
    public static Hub over(Vertx vertx, HubStore store, HubOptions options, LongSupplier clockMicros) {
        return new Hub(vertx, store, options, clockMicros);
    }

    // ---- life

    @Override
    public Future<Void> start() {
        return vertx.executeBlocking(
                        () -> {
                            HubStore.Opened opened = store.open(this);
                            adopt(opened.groups());
                            log = opened.log();
                            writer = opened.writer();
                            opened.writer().start();
                            return null;
                        },
                        false)
                .map(_ -> {
                    settling = vertx.setTimer(SETTLE_MILLIS, _ -> settleGroups());
                    return null;
                });
    }

    // ---- for what it runs on

    /** An empty table of idempotency keys with the hub's window and size. */
    public KeyTable newKeyTable() {
        return new KeyTable(
                TimeUnit.MILLISECONDS.toMicros(options.idempotencyWindow().toMillis()), options.maxIdempotencyKeys());
    }

    HubWriter writerOf(EventLog opened, Progress progress, KeyTable keys) {
        return new LogWriter(opened, progress, keys, clockMicros, loops);
    }

    /** The store's writer, and no other thread: that request is done with, one way or the other. */
    public void handBack(WriteRequest request) {
        request.loop.finished(request);
    }

    /** The store's writer: loops that wait for answers, or follow the log, look now. */
    public void headMoved() {
        loops.headMoved();
    }

    /** These groups live here from now on; none of their home keys does already. Any thread. */
    public void adopt(Collection<GroupProgress> groups) {
        for (GroupProgress group : groups) {
            groupCount.incrementAndGet();
            countOfUser(group.key);
            responders.add(group.key);
            homes.recovered(group.copy());
        }
    }

    /**
     * Groups of those homes live here no longer: their streams end, what is not written is forgotten, and nothing more is
     * handed out. Any thread; completes when that is so, on any.
     */
    public Future<Void> drop(Predicate<HomeKey> which) {
        return homes.drop(which);
    }

    /** Forgets what is counted of a group. */
    void uncount(GroupKey key) {
        responders.remove(key);
        groupForgotten(key);
    }

    /** What asks and answers about what lives here. */
    public LocalGroups local() {
        return local;
    }

    boolean mayHandOut(HomeKey key) {
        return store.mayHandOut(key);
    }

    /**
     * Finds a home for each group that nobody has asked for; any thread. A timer runs where it was begun, which is no
     * event loop where the hub was not started on one: so it is done on one that takes part from then on.
     */
    public void settleGroups() {
        ((VertxInternal) vertx).createEventLoopContext().runOnContext(_ -> {
            if (!stopping) {
                loops.current();
                homes.settleEverywhere();
            }
        });
    }

    @Override
    public Future<Void> stop() {
        if (stopping) {
            return Future.succeededFuture();
        }
        stopping = true;
        vertx.cancelTimer(settling);
        return homes.endAll()
                .compose(_ -> endsOfEvents())
                .compose(ended -> vertx.executeBlocking(
                        () -> {
                            HubWriter running = writer;
                            if (running != null) {
                                running.stopAndWait();
                            }
                            readers.shutdown();
                            if (!readers.awaitTermination(5, TimeUnit.SECONDS)) {
                                LOG.warn("reads of the log were still under way when it was closed");
                            }
                            EventLog open = log;
                            if (open != null) {
                                open.close();
                            }
                            return null;
                        },
                        false));
    }

    /** Waits for streams that are in the middle of an event, and then breaks off those that still are. */
    private Future<Void> endsOfEvents() {
        return onLoops(loop -> loop.halfWritten().whenNone())
                .timeout(END_OF_EVENT_MILLIS, TimeUnit.MILLISECONDS)
                .recover(_ -> onLoops(loop -> {
                    loop.halfWritten().breakOffAll();
                    return Future.succeededFuture();
                }));
    }

    private Future<Void> onLoops(Function<Loop, Future<Void>> work) {
        List<Future<Void>> done = new ArrayList<>();
        for (Loop loop : loops.all()) {
            Promise<Void> promise = Promise.promise();
            done.add(promise.future());
            loop.eventLoop().execute(() -> work.apply(loop).onComplete(promise));
        }
        return Future.all(done).mapEmpty();
    }

    // ---- for the parts of the hub

    /** What the groups of one loop may have out together: groups spread over all of them. */
    long openEventsOfLoop() {
        return options.maxOpenEvents() / Runtime.getRuntime().availableProcessors();
    }

    /** What may wait at the connections of one loop before pieces are small: connections spread over all of them. */
    long outgoingBytesOfLoop() {
        return options.outgoingBytes() / Runtime.getRuntime().availableProcessors();
    }

    /** Where events are read; not before it is started. Any thread. */
    public EventLog log() {
        EventLog open = log;
        if (open == null) {
            throw new IllegalStateException("the hub is not started");
        }
        return open;
    }

    Executor readers() {
        return readers;
    }

    Responders responders() {
        return responders;
    }

    /** Microseconds since 1970. Any thread. */
    public long nowMicros() {
        return clockMicros.getAsLong();
    }

    /** How long a group without listeners is kept. */
    public long groupRetentionMicros() {
        return TimeUnit.MILLISECONDS.toMicros(options.groupRetention().toMillis());
    }

    int nextGroupId(GroupKey key) {
        return store.nextGroupId(key);
    }

    private void countOfUser(GroupKey key) {
        String owner = key.owner();
        if (owner != null) {
            groupsOfUsers.merge(owner, 1, Integer::sum);
        }
    }

    /** Counts one more group, unless there are as many as may be: then it says why. */
    String makeGroup(GroupKey key) {
        String owner = key.owner();
        if (groupCount.incrementAndGet() > options.maxGroups()) {
            groupCount.decrementAndGet();
            return "there are as many groups as may be; one is forgotten some time after its last consumer has gone";
        }
        if (owner != null && groupsOfUsers.merge(owner, 1, Integer::sum) > MAX_GROUPS_OF_USER) {
            groupForgotten(key);
            return "this identity has " + MAX_GROUPS_OF_USER
                    + " groups, one for each name, and may have no more; one is"
                    + " forgotten some time after its last consumer has gone";
        }
        return "";
    }

    void groupForgotten(GroupKey key) {
        groupCount.decrementAndGet();
        String owner = key.owner();
        if (owner != null) {
            groupsOfUsers.computeIfPresent(owner, (ignored, count) -> count > 1 ? count - 1 : null);
        }
    }

    /** Why {@link #submit} has just refused. */
    String notTakenBecause() {
        HubWriter running = writer;
        String broken = running == null ? "" : running.brokenBecause();
        return broken.isEmpty() ? "the log is far behind; try again later" : broken;
    }

    boolean submit(WriteRequest request) {
        HubWriter running = writer;
        return running != null && running.submit(request);
    }

    void reportDamage(LogDamagedException damage) {
        LOG.error("events cannot be read back: {}", damage.getMessage());
    }

    // ---- Backend

    @Override
    public Future<Published> publish(EventBatch batch) {
        Loop loop = loops.current();
        PromiseInternal<Published> promise = ContextInternal.current().promise();
        if (stopping) {
            promise.fail(Failures.unavailable("the service is shutting down"));
        } else if (!submit(new PublishRequest(loop, batch, promise))) {
            promise.fail(Failures.unavailable(notTakenBecause()));
        }
        return promise.future();
    }

    @Override
    public Future<Listening> listen(ListenRequest request, EventSink sink) {
        if (stopping) {
            return Future.failedFuture(Failures.unavailable("the service is shutting down"));
        }
        GroupMember member = request.group();
        try {
            return member == null ? listenAlone(request, sink) : listenInGroup(request, member, sink);
        } catch (ApiException refused) {
            return Future.failedFuture(refused);
        }
    }

    private Future<Listening> listenAlone(ListenRequest request, EventSink sink) {
        LiveFeed feed = loops.current().feed();
        EventLog events = log();
        long head = events.head();
        long first = events.firstSequence();
        return switch (request.start()) {
            case Start.Live _ ->
                Future.succeededFuture(new Listener(feed, request, sink, events.cursorAt(head), false, head));
            case Start.Oldest _ -> open(feed, request, sink, head, false, () -> events.cursorAt(first));
            case Start.After after -> {
                checkIsOurs(after.id(), head);
                long from = after.id().sequence() + 1;
                yield open(feed, request, sink, head, from < first, () -> events.cursorAt(from));
            }
            case Start.Since since ->
                open(feed, request, sink, head, false, () -> events.cursorAtTime(since.timeMicros()));
        };
    }

    /** Finding a place in the history may wait for the disk. */
    private Future<Listening> open(
            LiveFeed feed,
            ListenRequest request,
            EventSink sink,
            long head,
            boolean truncated,
            Supplier<LogCursor> place) {
        return onReader(place).map(cursor -> {
            boolean skipped = cursor.truncated() || truncated;
            return new Listener(feed, request, sink, cursor, skipped, head);
        });
    }

    private void checkIsOurs(EventId id, long head) {
        if (id.epoch() != log().epoch()) {
            throw Failures.unknownPosition("that id is of another log, or of this one before it was made anew;"
                    + " start with replay=true or since=");
        }
        if (id.sequence() >= head) {
            throw Failures.unknownPosition("that id is of the future: no such event has been published");
        }
    }

    private Future<Listening> listenInGroup(ListenRequest request, GroupMember member, EventSink sink) {
        if (request.wildcards() || request.correlationId() != null) {
            return Future.failedFuture(Failures.badRequest(
                    "a group has exact names and no correlationId; leave it out, or use broadcast"));
        }
        return startOf(request).compose(startAt -> {
            long snapshotEnd = request.follow() ? -1 : log().head();
            return join(request, member, startAt, snapshotEnd, sink);
        });
    }

    /**
     * Lets a consumer into groups that live here, making those that are not there yet. On an event loop, where it
     * completes; the sink is that loop's.
     *
     * @param startAt where a group begins that is made for it
     * @param snapshotEnd sequence below which it delivers and then ends, or -1 to go on
     */
    public Future<Listening> join(
            ListenRequest request, GroupMember member, long startAt, long snapshotEnd, EventSink sink) {
        Loop connection = loops.current();
        HomeKey key = new HomeKey(member.group(), request.ownerView());
        PromiseInternal<Listening> promise = ContextInternal.current().promise();
        GroupHome home = homes.toJoin(key); // not before the request is known to be sound
        home.loop()
                .run(() -> Future.succeededFuture()
                        .compose(_ -> home.join(request, member, startAt, snapshotEnd, sink, connection))
                        .onComplete(_ -> homes.joined(key))
                        .<Listening>map(joined -> joined)
                        .onComplete(promise));
        return promise.future();
    }

    Homes homes() {
        return homes;
    }

    /** Where a group begins that this listener makes; on an event loop, where it completes. */
    public Future<Long> startOf(ListenRequest request) {
        EventLog events = log();
        return switch (request.start()) {
            case Start.Live _ -> Future.succeededFuture(events.head());
            case Start.Oldest _ -> Future.succeededFuture(events.firstSequence());
            case Start.After after -> {
                checkIsOurs(after.id(), events.head());
                yield Future.succeededFuture(after.id().sequence() + 1);
            }
            case Start.Since since ->
                onReader(() -> events.cursorAtTime(since.timeMicros()).next());
        };
    }

    /** Runs something that may wait for the disk on a reader thread; completes on the calling context. */
    <T> Future<T> onReader(Supplier<T> read) {
        Promise<T> promise = ContextInternal.current().promise();
        readers.execute(() -> {
            try {
                promise.complete(read.get());
            } catch (RuntimeException | InternalError e) {
                promise.fail(e);
            }
        });
        return promise.future();
    }

    @Override
    public Future<AckResult> ack(AckRequest request) {
        GroupHome home = homes.find(new HomeKey(request.group(), request.ownerView()));
        if (home == null) {
            return Future.failedFuture(Failures.noSuchGroup());
        }
        Promise<AckResult> promise = ContextInternal.current().promise();
        home.loop()
                .run(() ->
                        Future.succeededFuture().compose(_ -> home.ack(request)).onComplete(promise));
        return promise.future();
    }

    @Override
    public Future<List<GroupInfo>> groups(
            @Nullable String ownerView, @Nullable String name, Predicate<String> mayListen) {
        return inspector.groups(ownerView, name, mayListen);
    }

    @Override
    public Future<@Nullable EventInfo> event(EventId id, @Nullable String ownerView, Predicate<String> mayListen) {
        return inspector.event(id, ownerView, mayListen);
    }

    @Override
    public Future<Names> names(@Nullable String ownerView, Predicate<String> mayListen, String after, int limit) {
        return inspector.names(ownerView, mayListen, after, limit);
    }

    @Override
    public Future<List<DeadLetter>> deadLetters(
            String group,
            @Nullable String ownerView,
            @Nullable String name,
            Predicate<String> mayListen,
            @Nullable EventId after,
            int limit) {
        return inspector.deadLetters(group, ownerView, name, mayListen, after, limit);
    }

    @Override
    public Future<Integer> settleDeadLetters(
            String group, @Nullable String ownerView, @Nullable List<EventId> idsOrAll, boolean redrive) {
        return inspector.settleDeadLetters(group, ownerView, idsOrAll, redrive);
    }

    @Override
    public Future<Boolean> hasResponders(String name, @Nullable String owner) {
        return Future.succeededFuture(responders.any(name, owner));
    }

    @Override
    public EventId id(long sequence) {
        return new EventId(log().epoch(), sequence);
    }

    @Override
    public String notReadyBecause() {
        if (stopping) {
            return "the service is shutting down";
        }
        EventLog open = log;
        HubWriter running = writer;
        if (open == null || running == null) {
            return "the log is being opened";
        }
        String broken = running.brokenBecause();
        return broken.isEmpty() ? open.stats().unavailableBecause() : broken;
    }

    @Override
    public Map<String, Double> gauges() {
        EventLog open = log;
        HubWriter running = writer;
        if (open == null || running == null) {
            return Map.of();
        }
        EventLog.LogStats stats = open.stats();
        return Map.of(
                "log_first_sequence", (double) stats.firstSequence(),
                "log_head", (double) stats.head(),
                "log_bytes", (double) stats.bytes(),
                "log_segments", (double) stats.segments(),
                "log_flushes_total", (double) stats.flushes(),
                "log_commits_total", (double) stats.commits(),
                "log_available", stats.available() ? 1.0 : 0.0,
                "log_queued_bytes", (double) running.queuedBytes(),
                "groups", (double) groupCount.get());
    }
}
