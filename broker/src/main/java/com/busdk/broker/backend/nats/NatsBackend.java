package com.busdk.broker.backend.nats;

import com.busdk.broker.backend.Backend;
import com.busdk.broker.backend.EventId;
import com.busdk.broker.backend.EventSink;
import com.busdk.broker.backend.ListenRequest;
import com.busdk.broker.backend.ListenRequest.GroupMember;
import com.busdk.broker.backend.ListenRequest.Start;
import com.busdk.broker.backend.embedded.GroupKey.HomeKey;
import com.busdk.broker.backend.embedded.Hub;
import com.busdk.broker.backend.embedded.HubOptions;
import com.busdk.broker.backend.log.FileLayer;
import com.busdk.broker.backend.log.LogOptions;
import com.busdk.broker.envelope.EventBatch;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The hub on a NATS JetStream cluster: this process's {@link Hub} on its copy of the stream, and the way to groups that
 * live in other processes.
 *
 * <p>What a caller asks for is answered from the copy once that has all that the stream had when the question came. What
 * concerns a group goes to the process in which it lives.
 *
 * <p>Thread: as {@link Backend} says.
 */
public final class NatsBackend implements Backend {
    /** What a message has beside an event's tail: its header here, and those of the cluster. */
    private static final int MESSAGE_OVERHEAD = 1_024;

    /** How long who asks for a group waits while it changes hands. */
    private static final long PATIENCE_MILLIS = 12_000;

    private static final long LOOK_MILLIS = 20;

    private static final long PEERS_MILLIS = 2_000;

    private final Vertx vertx;
    private final Hub hub;
    private final NatsStore store;
    private volatile boolean stopping;
    private volatile long looking = -1;

    private NatsBackend(Vertx vertx, Hub hub, NatsStore store) {
        this.vertx = vertx;
        this.hub = hub;
        this.store = store;
    }

    /**
     * A backend that is not started yet.
     *
     * @param options where the cluster is
     * @param dataDir where the copy is
     * @param log retention, and the copy's segments
     * @param clockMicros microseconds since 1970 UTC, any thread
     */
    public static Backend create(
            Vertx vertx,
            NatsOptions options,
            Path dataDir,
            LogOptions log,
            HubOptions hub,
            FileLayer files,
            InstantSource clock,
            LongSupplier clockMicros) {
        NatsStore store = new NatsStore(vertx, options, dataDir, log, files, clock);
        return new NatsBackend(vertx, Hub.over(vertx, store, hub, clockMicros), store);
    }

    // ---- life

    @Override
    public Future<Void> start() {
        return hub.start()
                .compose(_ -> caughtUp())
                .map(_ -> {
                    looking = vertx.setPeriodic(PEERS_MILLIS, _ -> store.lookForPeers());
                    return (Void) null;
                })
                .recover(failure -> stop().transform(_ -> Future.failedFuture(failure)));
    }

    private Future<Void> caughtUp() {
        Promise<Void> promise = Promise.promise();
        vertx.setPeriodic(LOOK_MILLIS, timer -> {
            if (store.writer().caughtUp()) {
                vertx.cancelTimer(timer);
                promise.complete();
            } else if (stopping) {
                vertx.cancelTimer(timer);
                promise.fail(unavailable("the service is shutting down"));
            }
        });
        return promise.future();
    }

    @Override
    public Future<Void> stop() {
        stopping = true;
        vertx.cancelTimer(looking);
        return hub.stop()
                .eventually(() -> vertx.executeBlocking(
                        () -> {
                            store.close();
                            return null;
                        },
                        false));
    }

    // ---- events

    @Override
    public Future<Published> publish(EventBatch batch) {
        long most = store.link().maxPayload() - MESSAGE_OVERHEAD;
        for (int i = 0; i < batch.count(); i++) {
            if (batch.length(i) > most) {
                return Future.failedFuture(ApiException.of(
                        ErrorType.PAYLOAD_TOO_LARGE,
                        "the servers of the cluster take messages of " + (most + MESSAGE_OVERHEAD)
                                + " bytes (max_payload), and this event does not fit: make it smaller, or have an"
                                + " operator raise that"));
            }
        }
        return hub.publish(batch);
    }

    @Override
    public Future<Listening> listen(ListenRequest request, EventSink sink) {
        if (stopping) {
            return Future.failedFuture(unavailable("the service is shutting down"));
        }
        GroupMember member = request.group();
        if (member == null) {
            boolean live = request.start() instanceof Start.Live && request.follow();
            // Who only wants what comes can begin while the cluster chooses a leader.
            Future<Void> here = live
                    ? store.events().here().otherwiseEmpty()
                    : store.events().here();
            // Whoever asks for a listener as soon as this stream is open has to find it.
            return here.compose(_ -> hub.listen(request, sink))
                    .compose(listening -> store.told().map(listening));
        }
        if (request.wildcards() || request.correlationId() != null) {
            return hub.listen(request, sink); // which refuses it
        }
        HomeKey home = new HomeKey(member.group(), request.ownerView());
        return store.events().here().compose(_ -> hub.startOf(request)).compose(startAt -> {
            long snapshotEnd = request.follow() ? -1 : hub.log().head();
            PeerCodec.Join join = new PeerCodec.Join(request, startAt, snapshotEnd);
            return atHome(
                    home,
                    () -> hub.join(request, member, startAt, snapshotEnd, sink),
                    process -> store.peers()
                            .ping(process)
                            .compose(_ -> store.streams().open(process, join.encode(), sink))
                            .recover(NatsBackend::elsewhereIfSaid));
        });
    }

    private static <T> Future<T> elsewhereIfSaid(Throwable failure) {
        boolean said = failure instanceof ApiException api && api.type().equals(NatsStore.ELSEWHERE);
        return Future.failedFuture(said ? new Peers.Elsewhere() : failure);
    }

    // ---- groups

    /** Asks the process in which the groups of that home live; again, for a while, where they have just moved. */
    private <T> Future<T> atHome(HomeKey home, Local<T> local, Remote<T> remote) {
        int shard = Subjects.shardOf(home);
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        return atShard(shard, 0, deadline, local, remote);
    }

    private interface Local<T> {
        Future<T> get();
    }

    private interface Remote<T> {
        Future<T> get(String process);
    }

    private <T> Future<T> atShard(int shard, long suspect, long deadline, Local<T> local, Remote<T> remote) {
        return store.whereIs(shard, suspect).compose(process -> {
            if (process == 0) {
                return Future.failedFuture(unavailable("the group is changing hands; try again"));
            }
            Future<T> answer = process == store.self() ? local.get() : remote.get(NatsStore.name(process));
            return answer.recover(failure -> failure instanceof Peers.Elsewhere && System.nanoTime() - deadline < 0
                    ? atShard(shard, process, deadline, local, remote)
                    : Future.failedFuture(
                            failure instanceof Peers.Elsewhere
                                    ? unavailable("the group is changing hands; try again")
                                    : failure));
        });
    }

    @Override
    public Future<AckResult> ack(AckRequest request) {
        HomeKey home = new HomeKey(request.group(), request.ownerView());
        return atHome(home, () -> hub.ack(request), process -> store.at().ack(process, request, home));
    }

    @Override
    public Future<List<GroupInfo>> groups(
            @Nullable String ownerView, @Nullable String name, Predicate<String> mayListen) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        return store.everything()
                .compose(_ -> store.fromAll(
                        deadline,
                        () -> hub.local().statuses(ownerView, name),
                        process -> store.at().statuses(process, ownerView, name)))
                .compose(statuses -> hub.local()
                        .infos(statuses.stream()
                                .filter(status -> mayListen.test(status.key().name()))
                                .toList()));
    }

    @Override
    public Future<@Nullable EventInfo> event(EventId id, @Nullable String ownerView, Predicate<String> mayListen) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        if (id.epoch() != hub.log().epoch()) {
            return Future.succeededFuture(null);
        }
        return store.everything()
                .compose(_ -> hub.local().event(id, ownerView, mayListen))
                .compose(event -> event == null
                        ? Future.succeededFuture(null)
                        : store.fromAll(
                                        deadline,
                                        () -> hub.local().standings(event, ownerView),
                                        process -> store.at().standings(process, event, ownerView))
                                .map(standings -> new EventInfo(event.line(), standings)));
    }

    @Override
    public Future<Names> names(@Nullable String ownerView, Predicate<String> mayListen, String after, int limit) {
        return store.events().here().compose(_ -> hub.names(ownerView, mayListen, after, limit));
    }

    @Override
    public Future<List<DeadLetter>> deadLetters(
            String group,
            @Nullable String ownerView,
            @Nullable String name,
            Predicate<String> mayListen,
            @Nullable EventId after,
            int limit) {
        HomeKey home = new HomeKey(group, ownerView);
        return store.events()
                .here()
                .compose(_ -> atHome(
                        home,
                        () -> hub.local().marks(group, ownerView, name, mayListen, after, limit),
                        process -> store.at().marks(process, home, name, mayListen, after, limit)))
                .compose(marks -> hub.local().letters(marks));
    }

    @Override
    public Future<Integer> settleDeadLetters(
            String group, @Nullable String ownerView, @Nullable List<EventId> idsOrAll, boolean redrive) {
        return atHome(
                new HomeKey(group, ownerView),
                () -> hub.settleDeadLetters(group, ownerView, idsOrAll, redrive),
                process -> store.at().settle(process, new HomeKey(group, ownerView), idsOrAll, redrive));
    }

    @Override
    public Future<Boolean> hasResponders(String name, @Nullable String owner) {
        return hub.hasResponders(name, owner).compose(here -> {
            if (here || store.shards().groups().any(name, owner)) {
                return Future.succeededFuture(true);
            }
            return store.journals()
                    .here()
                    .compose(_ -> store.shards().groups().any(name, owner)
                            ? Future.succeededFuture(true)
                            : store.isListenedTo(name, owner));
        });
    }

    @Override
    public EventId id(long sequence) {
        return hub.id(sequence);
    }

    // ---- health

    @Override
    public String notReadyBecause() {
        String why = hub.notReadyBecause();
        return why.isEmpty() ? store.notReadyBecause() : why;
    }

    @Override
    public Map<String, Double> gauges() {
        Map<String, Double> gauges = new HashMap<>(hub.gauges());
        if (!gauges.isEmpty()) {
            gauges.putAll(store.gauges());
        }
        return gauges;
    }

    static ApiException unavailable(String why) {
        return ApiException.of(ErrorType.UNAVAILABLE, why).withRetryAfter(1);
    }

    /** How long a question to whoever listens waits. */
    static final Duration INTEREST_PATIENCE = Duration.ofSeconds(2);
}
