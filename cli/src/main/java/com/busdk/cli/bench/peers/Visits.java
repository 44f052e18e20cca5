package com.busdk.cli.bench.peers;

import com.busdk.cli.ExitCode;
import com.busdk.cli.bench.Bytes;
import com.busdk.cli.bench.LoadClient;
import com.busdk.cli.bench.Requests;
import com.busdk.cli.bench.Trouble;
import com.busdk.cli.bench.Waiting;
import com.busdk.cli.command.CliException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Those who do not stay during a soak: listeners that come, read for a while and leave in the middle, some with a replay,
 * some behind the event that an earlier one saw last; listeners that read nothing until the service cuts them off;
 * consumers that take leases and vanish with them.
 *
 * <p>Begun and ended on the thread of the command; all else lives on one event loop.
 */
final class Visits {
    /** So often somebody of each kind comes, unless there are as many of it as there may be. */
    private static final Duration EVERY = Duration.ofSeconds(1);

    /** Shortest and longest visit. */
    private static final long LEAST_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(4);

    /**
     * What a visitor reads in a while. A replay goes as fast as it is read, and one of two processors would do nothing
     * else: it is not the load that is to be kept up here.
     */
    private static final int READ_BYTES = 128 * 1024;

    private static final long READ_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** Leases that a consumer takes with it. */
    private static final int LEASES = 32;

    /** How long after its time a listener that reads nothing may be there still, and how long its end may take then. */
    private static final long CUT_OFF_GRACE = TimeUnit.SECONDS.toNanos(10);

    private static final long CLOSE_WITHIN = TimeUnit.SECONDS.toNanos(10);
    private static final byte[] ID_MARK = Requests.ascii("\"id\":\"");

    /** Any: visits of one length after the other, the same in each soak. */
    private static final long SEED = 20;

    private final LoadClient client;
    private final HubServer server;
    private final EventLoop loop;
    private final String names;
    private final String history;
    private final String group;
    private final long stallNanos;
    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Map<Kind, Set<Visit>> there = new EnumMap<>(Kind.class);
    private final Map<Kind, Long> came = new EnumMap<>(Kind.class);
    private long cutOff;
    private long failed;
    private String trouble = "";
    private String lastId = "";
    private boolean over;
    private @Nullable Future<?> ticking;

    /**
     * Nobody has come yet.
     *
     * @param topic what the load publishes
     * @param history a name with events to replay
     * @param stall until the service cuts off who reads nothing
     */
    Visits(LoadClient client, HubServer server, Topic topic, String history, Duration stall) {
        this.client = client;
        this.server = server;
        this.loop = client.nextLoop();
        this.names = "/stream?name=" + topic.names().getFirst();
        this.history = names + "&name=" + history;
        this.group = names + "&delivery=unicast&ack=explicit&max_in_flight=" + LEASES + "&group=" + HubServer.GROUP
                + "&consumer=gone";
        this.stallNanos = stall.toNanos();
        for (Kind kind : Kind.values()) {
            there.put(kind, new HashSet<>());
            came.put(kind, 0L);
        }
    }

    /** Who comes, and how many of it are there at once at most: few beside those who stay, and enough to be seen. */
    private enum Kind {
        LIVE(4, ""),
        MINUTES(4, "&since=5m"),
        HOUR(4, "&since=1h"),
        RESUMED(4, "&after="),
        STALLED(4, "&since=1h"),
        VANISHING(4, "");

        private final int most;
        private final String query;

        Kind(int most, String query) {
            this.most = most;
            this.query = query;
        }
    }

    /**
     * What came of them.
     *
     * @param visits listeners that came and left in the middle
     * @param vanished consumers that came and vanished with leases
     * @param cutOff listeners that read nothing and were cut off
     * @param failed those who were refused, cut off in the middle, or not cut off though they read nothing
     * @param trouble what was wrong with the first of them
     */
    record Totals(long visits, long vanished, long cutOff, long failed, String trouble) {
        JsonObject putInto(JsonObject row) {
            return row.put("visits", visits).put("vanished", vanished).put("cutOff", cutOff);
        }
    }

    /** From now on they come. */
    void begin() {
        ticking = loop.scheduleAtFixedRate(this::tick, 0, EVERY.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Sends all of them away, and nobody comes any more. */
    Totals end() throws InterruptedException {
        Future<?> coming = ticking;
        if (coming != null) {
            coming.cancel(false);
        }
        return Waiting.on(CompletableFuture.supplyAsync(this::leave, loop), CLOSE_WITHIN, "for visitors to leave");
    }

    private Totals leave() {
        over = true;
        there.values().forEach(visits -> Set.copyOf(visits).forEach(Visit::leave));
        long stayed = came.getOrDefault(Kind.STALLED, 0L) + came.getOrDefault(Kind.VANISHING, 0L);
        long all = came.values().stream().mapToLong(Long::longValue).sum();
        return new Totals(all - stayed, came.getOrDefault(Kind.VANISHING, 0L), cutOff, failed, trouble);
    }

    private void tick() {
        for (Kind kind : Kind.values()) {
            Set<Visit> visits = there.getOrDefault(kind, Set.of());
            boolean possible = kind != Kind.RESUMED || !lastId.isEmpty();
            if (possible && !over && visits.size() < kind.most) {
                var visit = new Visit(kind, query(kind));
                visits.add(visit);
                came.merge(kind, 1L, Long::sum);
                visit.come();
            }
        }
    }

    private String query(Kind kind) {
        return switch (kind) {
            case VANISHING -> group;
            case RESUMED -> names + kind.query + lastId;
            case LIVE -> names;
            case MINUTES, HOUR, STALLED -> history + kind.query;
        };
    }

    /** One of them. */
    private final class Visit extends HttpConversation {
        private final Kind kind;
        private final String query;
        private int left = READ_BYTES;
        private long since;

        Visit(Kind kind, String query) {
            this.kind = kind;
            this.query = query;
        }

        private void come() {
            var _ = failure().whenComplete((_, why) -> ended(why));
            var _ = client.connect(loop, server.address(), "the service", this).whenComplete((_, why) -> {
                if (why != null) {
                    ended(why);
                }
            });
        }

        @Override
        void connected() {
            super.connected();
            if (over) {
                leave();
            } else {
                begin();
            }
        }

        @Override
        void begin() {
            since = System.nanoTime();
            send(Requests.get(server.target(), query, Requests.NDJSON));
            if (kind == Kind.STALLED) {
                after(stallNanos + CUT_OFF_GRACE, this::lookUp);
            } else {
                after(random.nextLong(LEAST_NANOS, MOST_NANOS), this::leave);
            }
        }

        private void after(long nanos, Runnable what) {
            var _ = loop.schedule(what, nanos, TimeUnit.NANOSECONDS);
        }

        @Override
        void answering() {
            accept();
            if (kind == Kind.STALLED) {
                reading(false);
            }
        }

        @Override
        void body(ByteBuf buffer, int from, int length) {
            if (kind == Kind.LIVE) {
                remember(buffer, from, length);
            }
            left -= length;
            if (left <= 0 && kind != Kind.STALLED) {
                reading(false);
                left = READ_BYTES;
                after(READ_NANOS, this::goOn);
            }
        }

        /** The id of the last event whose beginning is in there. */
        private void remember(ByteBuf buffer, int from, int length) {
            byte[] bytes = new byte[length];
            buffer.getBytes(from, bytes);
            int at = Bytes.lastIndexOf(bytes, 0, length, ID_MARK);
            int end = at < 0 ? length : Bytes.indexOf(bytes, at + ID_MARK.length, length, '"');
            if (end < length) {
                lastId = new String(bytes, at + ID_MARK.length, end - at - ID_MARK.length, StandardCharsets.US_ASCII);
            }
        }

        private void goOn() {
            if (isThere()) {
                reading(true);
            }
        }

        /** It should have been cut off; who does not read may not see that, so it reads on now. */
        private void lookUp() {
            if (isThere()) {
                reading(true);
                after(CUT_OFF_GRACE, () -> {
                    if (isThere()) {
                        fail(Trouble.late("a listener that read nothing was not cut off"));
                    }
                });
            }
        }

        private boolean isThere() {
            return there.getOrDefault(kind, Set.of()).contains(this);
        }

        private void leave() {
            if (there.getOrDefault(kind, Set.of()).remove(this)) {
                close();
            }
        }

        /** The other side, or nobody, ended it. */
        private void ended(Throwable why) {
            if (!there.getOrDefault(kind, Set.of()).remove(this)) {
                return;
            }
            boolean lost = why instanceof CliException known && known.exitCode() == ExitCode.UNREACHABLE;
            if (kind == Kind.STALLED && lost && System.nanoTime() - since >= stallNanos) {
                cutOff++;
            } else {
                failed++;
                trouble = trouble.isEmpty() ? String.valueOf(why.getMessage()) : trouble;
            }
        }

        @Override
        void answered() {
            throw Trouble.wrong("the service ended a stream that should go on");
        }
    }
}
