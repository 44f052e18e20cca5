package com.busdk.workers.run;

import com.busdk.client.config.GoDuration;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.LineBatch;
import com.busdk.client.events.ListenObserver;
import com.busdk.client.events.ListenOptions;
import com.busdk.client.events.Listening;
import com.busdk.client.events.RetryPolicy;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the history of some event names from the oldest event that is retained, goes on with it as it grows, and gives
 * each event to a function, in the log's order. So instances in different processes come to the same state, also after a
 * restart, and share nothing but the log.
 *
 * <p>Where the events service comes back with another log, as one in memory that was restarted, the state is forgotten and
 * made anew from that log. An older copy of the same log ends it: what was answered behind that copy is remembered in more
 * places than here, by ids that are given once more.
 *
 * <p>Whoever answers a request from that state first waits until the history has been read up to the request itself
 * ({@link #upTo}): then everything that was published before the request counts, whichever instance it reaches. Requests
 * that only mark a place are not parsed: each instance hears of the requests to all of them, and that must not cost it
 * what answering them would.
 *
 * <p>The function is called on the listening's context. The other methods may be called from any thread; their state is
 * guarded by the object, never for long.
 */
public final class EventHistory implements WorkerResource {
    private static final Logger LOG = LoggerFactory.getLogger(EventHistory.class);

    /** How long a request waits for the history: a reconnect or two, and well below what callers wait for an answer. */
    private static final Duration MAX_WAIT = Duration.ofSeconds(10);

    /** A stream that is lost in silence is known to be lost well before that, so that all that is older has been read. */
    private static final Duration LATELY = Duration.ofMinutes(2);

    /** The part of an event's id that says which log it is of: {@code evt_} and twelve digits. */
    private static final int LOG_CHARS = 16;

    /** Most requests that wait; a worker has fewer in hand. */
    static final int MAX_WAITING = 10_000;

    private final Vertx vertx;
    private final EventsClient client;
    private final List<String> names;
    private final Set<String> folded;
    private final RetryPolicy retry;
    private final Consumer<Envelope> fold;
    private final Runnable forget;
    private final Duration maxWait;
    private final Promise<Void> caughtUp = Promise.promise();
    private final Promise<Void> broken = Promise.promise();

    // Guarded by this.
    private final TreeMap<Long, List<Promise<Void>>> waiting = new TreeMap<>();
    private @Nullable Listening listening;
    private long position = Long.MIN_VALUE;
    private int waiters;

    /** Whether there is a connection, and it has told all that there was when it was made. */
    private boolean current;

    private boolean stopped;

    /** The log that is read, by the ids of its events; null before the first. */
    private @Nullable String log;

    /** The one before, which is not to come back. */
    private volatile @Nullable String formerLog;

    private volatile Supplier<Future<Void>> groups = Future::succeededFuture;
    private final AtomicLong read = new AtomicLong();

    /**
     * A history that is not read yet.
     *
     * @param vertx runs it
     * @param client talks to the events service; its token has to have the scopes of all names
     * @param folded names of the events that the function takes
     * @param places names of other events that may be given to {@link #upTo}, or none
     * @param retry how to come back after a lost connection
     * @param fold takes each event; what it throws is logged and the event is skipped, since a stranger's event must not
     *     end a worker
     * @param forget gives up all that the function has been given, before it gets the first event of another log; sequences
     *     begin anew there
     */
    public EventHistory(
            Vertx vertx,
            EventsClient client,
            List<String> folded,
            List<String> places,
            RetryPolicy retry,
            Consumer<Envelope> fold,
            Runnable forget) {
        this(vertx, client, folded, places, retry, fold, forget, MAX_WAIT);
    }

    EventHistory(
            Vertx vertx,
            EventsClient client,
            List<String> folded,
            List<String> places,
            RetryPolicy retry,
            Consumer<Envelope> fold,
            Runnable forget,
            Duration maxWait) {
        this.vertx = vertx;
        this.client = client;
        this.names = Stream.concat(folded.stream(), places.stream()).toList();
        this.folded = Set.copyOf(folded);
        this.retry = retry;
        this.fold = fold;
        this.forget = forget;
        this.maxWait = maxWait;
    }

    @Override
    public void beforeAnotherLog(Supplier<Future<Void>> making) {
        groups = making;
    }

    @Override
    public synchronized Future<Void> start() {
        if (stopped) {
            return Future.failedFuture(new IllegalStateException("it was stopped"));
        }
        listen();
        return caughtUp.future();
    }

    /** The lock is held. */
    private void listen() {
        Listening stream = client.listenRaw(
                ListenOptions.of(names).replay().retry(retry).build(), this::read, new ListenObserver() {
                    @Override
                    public void connected(boolean again) {
                        outdated();
                    }

                    @Override
                    public void reconnecting(Throwable cause, Duration delay) {
                        outdated();
                        LOG.warn("the history is read again in {} ms: {}", delay.toMillis(), cause.getMessage());
                    }

                    @Override
                    public void caughtUp() {
                        level();
                        caughtUp.tryComplete();
                    }
                });
        listening = stream;
        stream.ended().onComplete(result -> {
            outdated();
            if (isOfAnotherLog(result.cause())) {
                LOG.warn("the events service has another history than before, which is read anew");
                readAnew();
                return;
            }
            Throwable cause =
                    result.failed() ? result.cause() : new IllegalStateException("the history's stream has ended");
            caughtUp.tryFail(cause);
            if (result.failed()) {
                broken.tryFail(cause);
            }
        });
    }

    /**
     * The id of the last event is unknown where the log has been lost, or an older one has been restored. A stream that is
     * begun at the oldest event names no id at first, so that this cannot go on for ever.
     */
    private static boolean isOfAnotherLog(@Nullable Throwable cause) {
        return cause instanceof ApiException refusal && refusal.isUnknownPosition();
    }

    /** The groups first: as soon as this listens, the service takes it for somebody who answers. */
    private void readAnew() {
        forget.run();
        synchronized (this) {
            position = Long.MIN_VALUE;
            formerLog = log;
            log = null;
        }
        groups.get().onComplete(made -> {
            if (made.failed()) {
                caughtUp.tryFail(made.cause());
                broken.tryFail(made.cause());
                return;
            }
            synchronized (this) {
                if (!stopped) {
                    listen();
                }
            }
        });
    }

    @Override
    public Future<Void> stop() {
        Listening stream;
        List<Promise<Void>> given;
        synchronized (this) {
            stopped = true;
            stream = listening;
            given = waiting.values().stream().flatMap(Collection::stream).toList();
            waiting.clear();
        }
        given.forEach(EventHistory::tooLate);
        return stream == null
                ? Future.succeededFuture()
                : stream.close().<Void>mapEmpty().otherwiseEmpty();
    }

    @Override
    public synchronized boolean ready() {
        return current;
    }

    /** Events that were read, those that only mark a place too. */
    @Override
    public long progress() {
        return read.get();
    }

    @Override
    public Future<Void> broken() {
        return broken.future();
    }

    /**
     * Waits until everything before a request has been read.
     *
     * @param request one of the history's names, as the hub delivered it
     * @return completes then; fails with {@code unavailable} if that takes too long
     */
    public Future<Void> upTo(Envelope request) {
        Long sequence = request.sequence();
        if (sequence == null || !names.contains(request.name())) {
            return Future.failedFuture(
                    new IllegalArgumentException("only a delivered event of the history's names has a place in it"));
        }
        synchronized (this) {
            String id = request.id();
            if (log != null && id != null && !id.startsWith(log)) {
                outdated(); // the log is another one, and the connection has not been told of its end yet
            }
        }
        return upTo(sequence.longValue());
    }

    private Future<Void> upTo(long sequence) {
        Promise<Void> promise = Promise.promise();
        synchronized (this) {
            // Without a connection nobody knows whether the log is still the one that has been read.
            if (current && position >= sequence) {
                return Future.succeededFuture();
            }
            if (stopped || waiters >= MAX_WAITING) {
                tooLate(promise);
                return promise.future();
            }
            waiters++;
            waiting.computeIfAbsent(sequence, ignored -> new ArrayList<>(1)).add(promise);
        }
        long timer = vertx.setTimer(maxWait.toMillis(), ignored -> giveUp(sequence, promise));
        return promise.future().onComplete(ignored -> {
            vertx.cancelTimer(timer);
            left();
        });
    }

    /**
     * Waits until every event for the function that the log has at this moment has been read. It asks the events service what that is, so that
     * it also finds a connection that is lost and does not know yet.
     *
     * @return completes then; fails if the history is not connected, or has not caught up since it was, if the service does
     *     not answer, and with {@code unavailable} if the rest takes too long
     */
    public Future<Void> upToNow() {
        synchronized (this) {
            if (!current) {
                return Future.failedFuture(
                        ApiException.of(ErrorType.UNAVAILABLE, "the worker is not connected to the history now"));
            }
        }
        AtomicLong last = new AtomicLong(Long.MIN_VALUE);
        ListenOptions lately = ListenOptions.of(List.copyOf(folded))
                .since(GoDuration.format(LATELY))
                .snapshot()
                .retry(RetryPolicy.NONE)
                .build();
        return client.listenRaw(
                        lately,
                        batch -> {
                            last.set(batch.lastSequence());
                            return Future.succeededFuture();
                        },
                        ListenObserver.NONE)
                .ended()
                .compose(ignored -> upTo(last.get()));
    }

    private Future<Void> read(LineBatch batch) {
        String id = batch.lastId();
        if (id != null && id.length() >= LOG_CHARS) {
            String former = formerLog;
            if (former != null && id.startsWith(former)) {
                broken.tryFail(
                        new IllegalStateException("the events service has come back with an older copy of its log,"
                                + " in which the same ids will name other events: start the worker again"));
                return Promise.<Void>promise().future(); // none of it is read
            }
            synchronized (this) {
                log = id.substring(0, LOG_CHARS);
            }
        }
        batch.forEachNamed(folded, this::take);
        read.addAndGet(batch.size());
        arrived(batch.lastSequence());
        return Future.succeededFuture();
    }

    private void take(Envelope event) {
        try {
            fold.accept(event);
        } catch (RuntimeException e) {
            LOG.warn(
                    "event {} of the history is skipped: {}",
                    event.id(),
                    e.getClass().getSimpleName());
        }
    }

    private void arrived(long sequence) {
        List<Promise<Void>> reached;
        synchronized (this) {
            position = Math.max(position, sequence);
            var done = waiting.headMap(sequence, true);
            reached = done.values().stream().flatMap(Collection::stream).toList();
            done.clear();
        }
        reached.forEach(Promise::tryComplete);
    }

    private void giveUp(long sequence, Promise<Void> promise) {
        synchronized (this) {
            waiting.computeIfPresent(sequence, (ignored, promises) -> {
                promises.remove(promise);
                return promises.isEmpty() ? null : promises;
            });
        }
        tooLate(promise);
    }

    private static void tooLate(Promise<Void> promise) {
        promise.tryFail(ApiException.of(
                ErrorType.UNAVAILABLE, "the worker cannot read the history up to this request now: ask again"));
    }

    private synchronized void left() {
        waiters--;
    }

    /** A connection was made or lost; what it has to tell has not been told. */
    private synchronized void outdated() {
        current = false;
    }

    private void level() {
        long reached;
        synchronized (this) {
            current = true;
            reached = position;
        }
        arrived(reached);
    }
}
