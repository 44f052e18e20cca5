package com.busdk.broker.backend.nats;

import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.EventSink;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streams whose group lives in one process (its host) and whose connection ends in another (its edge), both sides of
 * them. The host's hub writes as it would to a connection of its own; the bytes go to the edge, and what its connection has
 * taken is told back. Messages may get lost: that is noticed, and a stream that lacks something ends, so that its client
 * comes again.
 *
 * <p>Threads: {@link #open} on the event loop of a connection, where its future completes; the rest on any.
 */
final class RemoteStreams {
    /** Of each side; connections bound the one, and those of all other processes the other. */
    private static final int MOST_STREAMS = 100_000;

    /** A stream's names and its view; what is longer is none. */
    private static final int MOST_JOIN_BYTES = 96 << 10;

    static final String STOPPING = "the service is shutting down; try again";
    private static final Logger LOG = LoggerFactory.getLogger(RemoteStreams.class);

    private final Wire wire;
    private final Host host;
    private final Pace pace;
    private final List<Context> loops = new ArrayList<>();
    private final AtomicInteger turn = new AtomicInteger();
    private final Map<Long, EdgeStream> edges = new ConcurrentHashMap<>();
    private final Map<HostStream.Place, HostStream> hosts = new ConcurrentHashMap<>();
    private volatile boolean stopping;

    /** Lets consumers of other processes in. */
    @FunctionalInterface
    interface Host {
        /** On an event loop, to which the sink belongs; fails with an {@link ApiException}. */
        Future<Listening> join(byte[] request, EventSink sink);
    }

    RemoteStreams(Wire wire, Host host, Vertx vertx) {
        this(wire, host, vertx, Pace.NORMAL);
    }

    /** @param pace how long the two sides wait for each other */
    RemoteStreams(Wire wire, Host host, Vertx vertx, Pace pace) {
        this.wire = wire;
        this.host = host;
        this.pace = pace;
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            loops.add(((VertxInternal) vertx).createEventLoopContext());
        }
        vertx.setPeriodic(pace.tick(), _ -> tick());
    }

    static ApiException unavailable(String why) {
        return ApiException.of(ErrorType.UNAVAILABLE, why).withRetryAfter(1);
    }

    Pace pace() {
        return pace;
    }

    int maxMessageBytes() {
        return wire.maxBytes();
    }

    void tell(String process, Message message) {
        wire.tell(process, MessageCodec.encode(message));
    }

    // ---- the edge

    /** Makes a connection of this process a consumer in another one. */
    Future<Listening> open(String process, byte[] request, EventSink sink) {
        if (stopping) {
            return Future.failedFuture(unavailable(STOPPING));
        }
        if (edges.size() >= MOST_STREAMS || request.length > MOST_JOIN_BYTES) {
            return Future.failedFuture(unavailable("there are as many streams to other processes as may be"));
        }
        long id = ThreadLocalRandom.current().nextLong();
        EdgeStream stream = new EdgeStream(this, process, id, request, sink, ContextInternal.current());
        edges.put(id, stream);
        return stream.join();
    }

    void left(EdgeStream stream) {
        edges.remove(stream.id(), stream);
    }

    void left(HostStream stream) {
        hosts.remove(stream.place(), stream);
    }

    // ---- what comes

    /** A message of another process. */
    void received(String from, byte[] bytes) {
        Message message = MessageCodec.decode(bytes);
        switch (message) {
            case null -> LOG.debug("a message of {} is none that is known here", from);
            case Message.Join join -> join(from, join);
            case Message.ToHost toHost -> toHost(from, toHost);
            case Message.ToEdge toEdge -> toEdge(from, toEdge);
        }
    }

    private void join(String from, Message.Join join) {
        HostStream.Place place = new HostStream.Place(from, join.stream());
        HostStream known = hosts.get(place);
        if (known != null) {
            known.run(known::answerAgain);
            return;
        }
        if (stopping || hosts.size() >= MOST_STREAMS || join.request().remaining() > MOST_JOIN_BYTES) {
            tell(from, new Message.Refused(join.stream(), unavailable(STOPPING)));
            return;
        }
        Context loop = loops.get(Math.floorMod(turn.getAndIncrement(), loops.size()));
        HostStream stream = new HostStream(this, place, loop);
        hosts.put(place, stream);
        ByteBuffer request = join.request();
        byte[] copy = new byte[request.remaining()];
        request.get(copy);
        stream.run(() -> stream.join(host, copy));
    }

    private void toHost(String from, Message.ToHost message) {
        HostStream stream = hosts.get(new HostStream.Place(from, message.stream()));
        if (stream != null) {
            stream.run(() -> {
                switch (message) {
                    case Message.EdgeState state -> stream.heard(state);
                    case Message.Close close -> stream.closed(close);
                    case Message.Join _ -> stream.answerAgain();
                }
            });
        } else if (!(message instanceof Message.Close)) {
            tell(from, new Message.HostGone(message.stream()));
        }
    }

    private void toEdge(String from, Message.ToEdge message) {
        EdgeStream stream = edges.get(message.stream());
        if (stream != null && stream.host().equals(from)) {
            stream.run(() -> stream.heard(message));
        } else if (!(message instanceof Message.HostGone) && !(message instanceof Message.Refused)) {
            tell(from, new Message.Close(message.stream(), 0));
        }
    }

    // ---- those who come and go

    /** That process is dead: its consumers leave, and the streams end that it was the host of. */
    void peerGone(String process) {
        hosts.values().stream()
                .filter(stream -> stream.place().edge().equals(process))
                .forEach(stream -> stream.run(stream::edgeGone));
        edges.values().stream()
                .filter(stream -> stream.host().equals(process))
                .forEach(stream -> stream.run(stream::hostGone));
    }

    /** This process stops: streams whose host is another one come to an end; those of which it is the host the hub ends. */
    void endAll() {
        stopping = true;
        edges.values().forEach(stream -> stream.run(stream::endSoon));
    }

    /** Processes with which it has streams. */
    Set<String> peers() {
        Set<String> peers = new HashSet<>();
        hosts.keySet().forEach(place -> peers.add(place.edge()));
        edges.values().forEach(stream -> peers.add(stream.host()));
        return peers;
    }

    /** How many streams there are, of both sides. */
    int open() {
        return edges.size() + hosts.size();
    }

    private void tick() {
        long now = Pace.upMillis();
        hosts.values().forEach(stream -> stream.lookIfDue(now));
        edges.values().forEach(stream -> stream.lookIfDue(now));
    }
}
