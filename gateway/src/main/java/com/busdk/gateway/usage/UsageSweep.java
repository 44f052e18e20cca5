package com.busdk.gateway.usage;

import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.ListenOptions;
import com.busdk.client.events.Listening;
import com.busdk.client.http.ApiException;
import com.busdk.client.text.Echo;
import com.busdk.gateway.usage.OpenUses.Open;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the ends that providers owe: one that is killed leaves the record that something was requested, and nobody else
 * would ever say how it ended; one that has stopped waiting leaves the end to the response, which may come later. At its
 * start and now and then, a sweep reads the records in the history; a use without an end gets the one that its response
 * event tells of, and {@code failed} with {@link #LOST} if there is none when its provider would have given up, and the
 * patience of its kind is over; earlier where there are too many to keep, the oldest first. What may still go on is left
 * alone.
 *
 * <p>Any number of providers may sweep, and one that is merely slow may write its end as well: an end has one id (see
 * {@link Use}), of which the usage worker stores one.
 *
 * <p>Any thread may start and stop it; all that it does, it does on one context.
 */
public final class UsageSweep {
    /** The error of a use whose provider has gone, or waits no more, and of whose end nobody knows. */
    public static final String LOST = "provider_lost";

    /** How often it looks, for providers that died beside this one. A look costs a read of the records since the last. */
    static final Duration PERIOD = Duration.ofSeconds(30);

    /** How soon it asks again whether it may begin: the history is read within moments. */
    private static final Duration SOON = Duration.ofSeconds(1);

    /**
     * How long after its provider's time a use without a response is lost: for clocks that differ, and for the way from the
     * record to the request, on which a publish may wait for a connection and for its answer, half a minute each.
     */
    static final Duration MARGIN = Duration.ofMinutes(3);

    /** Ends that one sweep writes: each costs a look into the history. The next one goes on with the rest. */
    static final int MAX_ENDS = 1_000;

    /**
     * Ends that may fail in one sweep before the rest is left to the next: where the service cannot be used all do, and one
     * that is never taken does not keep the others waiting.
     */
    private static final int MAX_FAILURES = 10;

    private static final Logger LOG = LoggerFactory.getLogger(UsageSweep.class);

    private final Vertx vertx;
    private final Context context;
    private final EventsClient client;
    private final Usage usage;
    private final Map<String, UseKind> kinds;
    private final BooleanSupplier mayBegin;
    private final Clock clock;

    // On the context.
    private final OpenUses open;
    private Optional<String> read = Optional.empty();

    private volatile boolean closed;
    private volatile @Nullable Listening reading;

    /**
     * A sweep that does nothing yet.
     *
     * @param vertx has the timers
     * @param client reads the history; stays the caller's to close
     * @param usage takes the ends
     * @param kinds what is looked after
     * @param mayBegin whether the kinds know by now what they are asked
     * @param clock says when now is
     */
    public UsageSweep(
            Vertx vertx, EventsClient client, Usage usage, List<UseKind> kinds, BooleanSupplier mayBegin, Clock clock) {
        this(vertx, client, usage, kinds, mayBegin, clock, OpenUses.MAX_OPEN, OpenUses.MAX_EXCESS);
    }

    /** For tests, which cannot have as many open uses as there is room for. */
    UsageSweep(
            Vertx vertx,
            EventsClient client,
            Usage usage,
            List<UseKind> kinds,
            BooleanSupplier mayBegin,
            Clock clock,
            int maxOpen,
            int maxExcess) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.client = client;
        this.usage = usage;
        this.kinds = kinds.stream().collect(Collectors.toUnmodifiableMap(UseKind::word, Function.identity()));
        this.mayBegin = mayBegin;
        this.clock = clock;
        this.open = new OpenUses(this.kinds.keySet(), maxOpen, maxExcess);
    }

    /** Begins: once as soon as it may, and then periodically. */
    public void start() {
        context.runOnContext(_ -> tick());
    }

    private void tick() {
        if (closed) {
            return;
        }
        if (mayBegin.getAsBoolean()) {
            round().onComplete(_ -> again(PERIOD));
        } else {
            again(SOON);
        }
    }

    private void again(Duration delay) {
        if (!closed) {
            vertx.setTimer(delay.toMillis(), _ -> context.runOnContext(_ -> tick()));
        }
    }

    /**
     * Looks once.
     *
     * @return completes when all is written that could be; does not fail
     */
    Future<Void> sweep() {
        Promise<Void> done = Promise.promise();
        context.runOnContext(_ -> round().onComplete(done));
        return done.future();
    }

    private Future<Void> round() {
        Instant begun = clock.instant();
        return readRecords().compose(_ -> endAll(begun)).recover(failure -> {
            if (!closed) {
                LOG.warn(
                        "records of uses that have no end are looked at again in {} s: {} (the provider's token"
                                + " needs usage:write, and the scopes of the responses)",
                        PERIOD.toSeconds(),
                        Echo.of(String.valueOf(failure.getMessage())));
            }
            return Future.succeededFuture();
        });
    }

    private Future<Void> readRecords() {
        ListenOptions.Builder options = ListenOptions.of(EventsUsage.REQUEST);
        // All that the log retains: nobody may have been there to write an end for any length of time, however long a
        // run may last. An end is younger than its request and its response, so a log that has forgotten one of them
        // has forgotten the request.
        read.ifPresentOrElse(options::after, options::replay);
        return listen(options.snapshot().build(), this::take).onFailure(failure -> {
            if (failure instanceof ApiException e && e.isUnknownPosition()) {
                // Another log than before: from its beginning. What is open stays so, since its request has
                // been stored; nothing in this log may tell of its end.
                read = Optional.empty();
            }
        });
    }

    /** The next sweep goes on with the first use that there was no room for. */
    private boolean take(Envelope event) {
        if (!open.apply(event)) {
            LOG.warn("{} uses have no end: the records behind them are read when some have one", open.count());
            return false;
        }
        read = Optional.ofNullable(event.id()).or(() -> read);
        return true;
    }

    private Future<Void> endAll(Instant begun) {
        Failed failed = new Failed();
        Future<Void> all = Future.succeededFuture();
        int due = 0;
        int excess = open.excess();
        for (Open each : open.list()) {
            UseKind kind = kinds.get(each.use().kind());
            if (kind == null) {
                continue;
            }
            boolean over = isOver(each, Duration.ZERO, begun);
            boolean known = kind.mayHaveEnded(each.use().operation(), begun);
            boolean last = over && excess-- > 0 || isOver(each, kind.patience(), begun);
            boolean worth =
                    known ? !each.again().isAfter(begun) : over && !each.blind().isAfter(begun);
            if (!last && !worth) {
                continue;
            }
            if (++due > MAX_ENDS) {
                break;
            }
            all = all.compose(_ -> end(each, kind, begun, known, last).recover(failed::one));
        }
        return all.compose(_ -> failed.first == null ? Future.succeededFuture() : Future.failedFuture(failed.first));
    }

    /** What failed in one sweep. On the context. */
    private static final class Failed {
        private @Nullable Throwable first;
        private int count;

        Future<Void> one(Throwable failure) {
            if (first == null) {
                first = failure;
            }
            return ++count < MAX_FAILURES ? Future.succeededFuture() : Future.failedFuture(failure);
        }
    }

    /** Whether its provider has stopped waiting, so long ago. */
    private static boolean isOver(Open use, Duration since, Instant now) {
        return now.isAfter(use.deadline().plus(since).plus(MARGIN));
    }

    /** Looks for an end, and records it; {@code last} where none is waited for any longer. */
    private Future<Void> end(Open each, UseKind kind, Instant begun, boolean known, boolean last) {
        return response(each, kind).compose(response -> {
            if (response.isEmpty() && !last) {
                open.looked(each.use().operation(), begun, known);
                return Future.succeededFuture();
            }
            UsageRecord end = response.map(found -> judged(each, kind, found))
                    .orElseGet(() -> each.use().failed(each.deadline(), LOST));
            return usage.before(end).onSuccess(_ -> {
                open.ended(each.use().operation());
                LOG.info(
                        "{} of {} is recorded for a provider that did not",
                        end.type(),
                        Echo.of(each.use().operation()));
            });
        });
    }

    private static UsageRecord judged(Open each, UseKind kind, Envelope response) {
        Instant created = response.createdAt();
        Instant at = created == null ? each.deadline() : created;
        try {
            return each.use().finished(at, kind.outcome(each.use(), each.at(), response));
        } catch (ApiException e) {
            return each.use().failed(at, e.type(), kind.used(each.use(), response));
        }
    }

    private Future<Optional<Envelope>> response(Open each, UseKind kind) {
        ListenOptions options = ListenOptions.of(kind.response())
                .correlationId(kind.correlationId(each.use().operation()))
                .since(each.at().minus(MARGIN).toString())
                .snapshot()
                .limit(1)
                .build();
        var found = new Found();
        return listen(options, found::take).map(_ -> Optional.ofNullable(found.event));
    }

    /** On the context. */
    private static final class Found {
        private @Nullable Envelope event;

        boolean take(Envelope response) {
            event = response;
            return true;
        }
    }

    /** @param handler says whether it wants more; it gets none after it has said no */
    private Future<Void> listen(ListenOptions options, Predicate<Envelope> handler) {
        if (closed) {
            return Future.failedFuture("closed");
        }
        Promise<Void> done = Promise.promise();
        Promise<Void> enough = Promise.promise();
        Listening listening = client.listen(options, event -> {
            if (!enough.future().isComplete() && !handler.test(event)) {
                enough.complete();
            }
            return Future.succeededFuture();
        });
        reading = listening;
        enough.future().onSuccess(_ -> listening.close());
        listening.ended().onComplete(end -> context.runOnContext(_ -> done.handle(end)));
        return done.future().compose(_ -> closed ? Future.failedFuture("closed") : Future.succeededFuture());
    }

    /**
     * Ends it; what it has not written is written by the next.
     *
     * @return completes when it has let go of the client
     */
    public Future<Void> close() {
        closed = true;
        Listening current = reading;
        return current == null ? Future.succeededFuture() : current.close().otherwiseEmpty();
    }
}
