package com.busdk.broker.backend.nats;

import com.busdk.broker.backend.embedded.Bytes;
import com.busdk.broker.backend.embedded.GroupKey;
import com.busdk.broker.backend.embedded.GroupKey.HomeKey;
import com.busdk.broker.backend.embedded.Hub;
import com.busdk.broker.backend.embedded.HubStore;
import com.busdk.broker.backend.embedded.KeyTable;
import com.busdk.broker.backend.log.FileLayer;
import com.busdk.broker.backend.log.LogOptions;
import com.busdk.broker.backend.log.SegmentLog;
import com.busdk.broker.backend.nats.Arrivals.Arrived;
import com.busdk.client.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the hub of one process runs on in a cluster: the connection, the copy of the stream, the groups that live here, and
 * the way to other processes. Opened once.
 *
 * <p>Threads: as each method says; what it holds is set before the hub runs, and not changed.
 */
final class NatsStore implements HubStore {
    /** What a consumer is refused with whose group lives elsewhere; never seen by a client. */
    static final String ELSEWHERE = "elsewhere";

    private static final long LOOK_AGAIN_MILLIS = 250;
    private static final Logger LOG = LoggerFactory.getLogger(NatsStore.class);

    private final Vertx vertx;
    private final NatsOptions options;
    private final Path dataDir;
    private final LogOptions log;
    private final FileLayer files;
    private final InstantSource clock;
    private final Subjects subjects;

    /** This process, as long as it runs; never 0. */
    private final long self = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);

    /** All that there is once it is open. */
    private record Parts(
            NatsLink link,
            CopyFolder folder,
            ClusterWriter writer,
            Shards shards,
            Probe probe,
            Interest interest,
            PeerGroups groups,
            Peers peers,
            RemoteStreams streams,
            SyncGate events,
            SyncGate journals,
            List<AutoCloseable> others) {}

    private volatile @Nullable Parts parts;

    NatsStore(Vertx vertx, NatsOptions options, Path dataDir, LogOptions log, FileLayer files, InstantSource clock) {
        this.vertx = vertx;
        this.options = options;
        this.dataDir = dataDir;
        this.log = log;
        this.files = files;
        this.clock = clock;
        this.subjects = new Subjects(options.stream());
    }

    /** A process as it is called in subjects. */
    static String name(long process) {
        return String.format("%016x", process);
    }

    // ---- life

    @Override
    public Opened open(Hub hub) throws IOException, InterruptedException {
        NatsLink link = NatsLink.open(options, "bus-events-" + name(self));
        try {
            return open(hub, link);
        } catch (IOException | InterruptedException | RuntimeException e) {
            link.close();
            throw e;
        }
    }

    private Opened open(Hub hub, NatsLink link) throws IOException, InterruptedException {
        StreamSetup.Limits limits =
                new StreamSetup.Limits(log.retentionAge(), log.retentionBytes(), log.retentionCount(), log.keysFor());
        StreamSetup.Facts facts = StreamSetup.ensure(link, options, limits, LOG::warn);
        CopyFolder folder = CopyFolder.take(dataDir, options.stream(), files);
        SegmentLog copy;
        KeyTable keys = hub.newKeyTable();
        try {
            copy = folder.open(log, keys, facts, clock);
        } catch (IOException | RuntimeException e) {
            folder.close();
            throw e;
        }
        Probe probe = new Probe(link, options, name(self));
        ClusterWriter writer = new ClusterWriter(link, subjects, hub, copy, keys, probe);
        Shards shards = new Shards(self, options, link, hub, writer, process -> ownerLost(process));
        writer.prepare(shards, facts.last(), facts.groupsLast());
        PeerGroups groups = new PeerGroups(hub, shards);
        Peers peers = new Peers(vertx, link, subjects, groups::answer);
        groups.over(peers);
        RemoteStreams streams = new RemoteStreams(wire(link), host(hub, shards), vertx);
        List<AutoCloseable> others = new ArrayList<>();
        others.add(peers.serve(name(self)));
        others.add(link.serve(subjects.ofProcess(name(self)) + ".s", (_, message, _) -> received(streams, message)));
        StreamTail events = new StreamTail(link, options.stream(), copy.head(), sink(writer, writer.events()));
        StreamTail journals = new StreamTail(
                link, options.groupsStream(), Math.max(1, facts.groupsFirst()), sink(writer, writer.records()));
        others.add(events);
        others.add(journals);
        parts = new Parts(
                link,
                folder,
                writer,
                shards,
                probe,
                new Interest(link),
                groups,
                peers,
                streams,
                new SyncGate(
                        link,
                        options.stream(),
                        (last, then) -> writer.whenHead(last + 1, then),
                        facts.created().toEpochMilli()),
                new SyncGate(
                        link,
                        options.groupsStream(),
                        writer::whenRecord,
                        facts.groupsCreated().toEpochMilli()),
                List.copyOf(others));
        events.start();
        journals.start();
        return new Opened(copy, writer, List.of());
    }

    private static StreamTail.Sink sink(ClusterWriter writer, Arrivals to) {
        return (sequence, timeNanos, subject, body) -> {
            to.put(new Arrived(sequence, TimeUnit.NANOSECONDS.toMicros(timeNanos), subject, body));
            writer.wake();
        };
    }

    /** After the hub has stopped. On a thread that may block. */
    void close() throws Exception {
        Parts all = parts;
        if (all == null) {
            return;
        }
        for (AutoCloseable one : all.others()) {
            one.close();
        }
        all.link().close();
        all.folder().close();
    }

    private Parts all() {
        Parts all = parts;
        if (all == null) {
            throw NatsBackend.unavailable("the service is being started");
        }
        return all;
    }

    long self() {
        return self;
    }

    NatsLink link() {
        return all().link();
    }

    ClusterWriter writer() {
        return all().writer();
    }

    Shards shards() {
        return all().shards();
    }

    Peers peers() {
        return all().peers();
    }

    RemoteStreams streams() {
        return all().streams();
    }

    /** Lets who asks wait until all events of now are here. */
    SyncGate events() {
        return all().events();
    }

    /** The same for what groups have come to. */
    SyncGate journals() {
        return all().journals();
    }

    /** Both. On an event loop. */
    Future<Void> everything() {
        return Future.all(events().here(), journals().here()).mapEmpty();
    }

    // ---- the hub's questions; any event loop

    @Override
    public int nextGroupId(GroupKey key) {
        return shards().nextGroupId(Subjects.shardOf(key.home()));
    }

    @Override
    public boolean mayHandOut(HomeKey key) {
        return shards().mayHandOut(Subjects.shardOf(key));
    }

    @Override
    public void listenerCame(String name, @Nullable String ownerView) {
        all().interest().add(subjects.ofListener(name, ownerView));
    }

    @Override
    public void listenerWent(String name, @Nullable String ownerView) {
        all().interest().remove(subjects.ofListener(name, ownerView));
    }

    /** Completes when the server has been told of all listeners that there are here. On an event loop. */
    Future<Void> told() {
        Promise<Void> promise = ContextInternal.current().promise();
        // Over the same connection, and answered at once, since nobody has that subject: what was sent before has come.
        var _ = link().ask(subjects.ofNobody(), new byte[0], NatsBackend.INTEREST_PATIENCE)
                .whenComplete((_, _) -> promise.complete());
        return promise.future();
    }

    /** Whether a listener of any process would see an event of that name and owner. On an event loop. */
    Future<Boolean> isListenedTo(String name, @Nullable String owner) {
        Promise<Boolean> promise = ContextInternal.current().promise();
        var _ = all().interest()
                .anyone(subjects.ofListeners(name, owner), NatsBackend.INTEREST_PATIENCE)
                .whenComplete((yes, failure) -> promise.complete(failure != null || yes));
        return promise.future();
    }

    // ---- groups elsewhere; on event loops

    /**
     * Where a shard lives, which is claimed for this process where that is nowhere; 0 where it is not known in time.
     *
     * @param suspect a process that was asked and does not have it, or 0
     */
    Future<Long> whereIs(int shard, long suspect) {
        Promise<Long> promise = ContextInternal.current().promise();
        writer().run(() -> {
            if (suspect == 0) {
                shards().ask(shard, answer -> promise.tryComplete(answer.process()));
            } else {
                shards().askAgain(shard, suspect, answer -> promise.tryComplete(answer.process()));
            }
        });
        return promise.future();
    }

    /** Asks every process in which groups live; again where one of them has just moved. */
    <T> Future<List<T>> fromAll(
            long deadline, Supplier<Future<List<T>>> local, Function<String, Future<List<T>>> remote) {
        Promise<List<Integer>> used = ContextInternal.current().promise();
        writer().run(() -> used.complete(shards().used()));
        return used.future()
                .compose(all -> {
                    List<Future<Long>> found =
                            all.stream().map(shard -> whereIs(shard, 0)).toList();
                    return Future.all(found).compose(_ -> {
                        Set<Long> processes = new HashSet<>();
                        found.forEach(one -> processes.add(one.result()));
                        if (processes.contains(0L)) {
                            return Future.failedFuture(NatsBackend.unavailable("groups are changing hands; try again"));
                        }
                        List<Future<List<T>>> answers = new ArrayList<>();
                        for (long process : processes) {
                            answers.add(process == self ? local.get() : remote.apply(name(process)));
                        }
                        return Future.all(answers).map(_ -> {
                            List<T> together = new ArrayList<>();
                            answers.forEach(one -> together.addAll(one.result()));
                            return together;
                        });
                    });
                })
                .recover(failure -> failure instanceof Peers.Elsewhere && System.nanoTime() - deadline < 0
                        ? vertx.timer(LOOK_AGAIN_MILLIS).compose(_ -> fromAll(deadline, local, remote))
                        : Future.failedFuture(
                                failure instanceof Peers.Elsewhere
                                        ? NatsBackend.unavailable("groups are changing hands; try again")
                                        : failure));
    }

    PeerGroups at() {
        return all().groups();
    }

    // ---- other processes

    private Wire wire(NatsLink link) {
        return new Wire() {
            @Override
            public void tell(String process, byte[] message) {
                byte[] from = name(self).getBytes(StandardCharsets.US_ASCII);
                byte[] all = new byte[from.length + message.length];
                System.arraycopy(from, 0, all, 0, from.length);
                System.arraycopy(message, 0, all, from.length, message.length);
                link.tell(subjects.ofProcess(process) + ".s", all);
            }

            @Override
            public int maxBytes() {
                return (int) Math.min(256 << 10, link.maxPayload() / 2);
            }
        };
    }

    private static void received(RemoteStreams streams, byte[] message) {
        int length = name(0).length();
        if (message.length > length) {
            String from = new String(message, 0, length, StandardCharsets.US_ASCII);
            byte[] body = new byte[message.length - length];
            System.arraycopy(message, length, body, 0, body.length);
            streams.received(from, body);
        }
    }

    private static RemoteStreams.Host host(Hub hub, Shards shards) {
        return (request, sink) -> {
            PeerCodec.Join join = PeerCodec.Join.decode(new Bytes.Reader(ByteBuffer.wrap(request)));
            HomeKey home = new HomeKey(join.member().group(), join.request().ownerView());
            if (!shards.mayHandOut(Subjects.shardOf(home))) {
                return Future.failedFuture(ApiException.of(503, ELSEWHERE, "the group lives elsewhere"));
            }
            return hub.join(join.request(), join.member(), join.startAt(), join.snapshotEnd(), sink);
        };
    }

    private void ownerLost(long process) {
        LOG.info("groups of process {} have been taken over", name(process));
        vertx.runOnContext(_ -> look(name(process)));
    }

    /** Asks processes with which streams are shared whether they live. On an event loop. */
    void lookForPeers() {
        Parts all = parts;
        if (all != null) {
            all.streams().peers().forEach(this::look);
        }
    }

    private void look(String process) {
        Parts all = parts;
        if (all != null) {
            all.peers().ping(process).onFailure(failure -> {
                if (failure instanceof Peers.Elsewhere) {
                    all.streams().peerGone(process);
                }
            });
        }
    }

    String notReadyBecause() {
        Parts all = all();
        return all.writer().caughtUp() ? all.probe().failingBecause() : "the copy of the stream is being filled";
    }

    Map<String, Double> gauges() {
        Parts all = all();
        Map<String, Double> gauges = new HashMap<>();
        gauges.put("cluster_connected", all.link().connected() ? 1.0 : 0.0);
        gauges.put("cluster_caught_up", all.writer().caughtUp() ? 1.0 : 0.0);
        gauges.put("cluster_remote_streams", (double) all.streams().open());
        return gauges;
    }
}
