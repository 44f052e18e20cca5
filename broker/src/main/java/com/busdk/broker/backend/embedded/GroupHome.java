package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.Backend.AckRequest;
import com.busdk.broker.backend.Backend.AckResult;
import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.broker.backend.EventSink;
import com.busdk.broker.backend.ListenRequest;
import com.busdk.broker.backend.ListenRequest.GroupMember;
import com.busdk.broker.backend.embedded.GroupKey.HomeKey;
import com.busdk.broker.backend.log.LogUnavailableException;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The groups that live on one event loop, with one wheel for all their leases.
 *
 * <p>Thread: the loop's.
 */
final class GroupHome {
    /** How often it looks for groups to forget: at most, and where groups live shorter than that. */
    private static final long HOUSEKEEPING_MILLIS = 60_000;

    private static final long LEAST_HOUSEKEEPING_MILLIS = 1_000;
    private static final long SEEN_EVERY_MICROS = TimeUnit.HOURS.toMicros(1);

    /** A client that repeats an acknowledgement does so while its request may still be under way, or soon after. */
    private static final long ACKS_REPEATED_WITHIN_MICROS = TimeUnit.MINUTES.toMicros(10);

    /** How often a clock that fails says so. */
    private static final long REPORT_MILLIS = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(GroupHome.class);

    private final Loop loop;
    private final Hub hub;
    private final Map<GroupKey, Group> groups = new HashMap<>();
    private final Map<GroupKey, Promise<Group>> making = new HashMap<>();

    /** Groups whose end is being written. */
    private final Map<GroupKey, Promise<Void>> forgetting = new HashMap<>();

    /** How many there are of a name and view, with those that are being made or forgotten. */
    private final Map<HomeKey, Integer> groupsOf = new HashMap<>();

    private final Set<Member> members = Collections.newSetFromMap(new IdentityHashMap<>());
    private final DeadLetters deadLetters = new DeadLetters(this);
    private final AckDesk ackDesk = new AckDesk(this);
    private final LineChunk chunk = new LineChunk();
    private final GroupReads reads;
    private final OpenRoom openRoom;
    private final RecentAcks.Room ackRoom = new RecentAcks.Room();
    private final LeaseWheel wheel = new LeaseWheel(nowMillis());

    private @Nullable ScheduledFuture<?> ticking;
    private long nextHousekeeping = nowMillis() + LEAST_HOUSEKEEPING_MILLIS;
    private long nextReport = nowMillis();

    /** Names deliveries; starts at the time, so that a token from before a restart is not one of now. */
    private final long firstFence =
            System.currentTimeMillis() << 20 | ThreadLocalRandom.current().nextInt(1 << 20);

    private long lastFence = firstFence;

    private long lastMoment;

    GroupHome(Loop loop, Hub hub) {
        this.loop = loop;
        this.hub = hub;
        this.reads = new GroupReads(loop, hub);
        this.openRoom = new OpenRoom(hub.openEventsOfLoop());
    }

    Loop loop() {
        return loop;
    }

    Hub hub() {
        return hub;
    }

    DeadLetters deadLetters() {
        return deadLetters;
    }

    /** For reads that are done before the next one begins. */
    LineChunk chunk() {
        return chunk;
    }

    /** For reads on another thread. */
    GroupReads reads() {
        return reads;
    }

    /** What all groups here have taken and not settled. */
    OpenRoom openRoom() {
        return openRoom;
    }

    /** What all groups here remember of acknowledgements. */
    RecentAcks.Room ackRoom() {
        return ackRoom;
    }

    /** A clock that only goes forward: leases do not end because somebody set the time. */
    long nowMillis() {
        return System.nanoTime() / 1_000_000;
    }

    long nextFence() {
        return ++lastFence;
    }

    /** Whether a delivery was before the restart that this home came with. */
    boolean isOfBefore(long fence) {
        return fence <= firstFence;
    }

    /** Where in the order of things a consumer came or went; it only counts up. */
    long nextMoment() {
        return ++lastMoment;
    }

    Iterable<Group> groups() {
        return groups.values();
    }

    // ---- coming and going

    /** Whether it has groups of that name and view, or is about to have some. */
    boolean has(HomeKey key) {
        return groupsOf.containsKey(key);
    }

    /** Takes over a group as recovery found it. */
    void recovered(GroupProgress progress) {
        count(progress.key, 1);
        adopt(progress);
    }

    private void count(GroupKey key, int more) {
        groupsOf.merge(key.home(), more, (one, other) -> one + other == 0 ? null : one + other);
    }

    private void adopt(GroupProgress progress) {
        groups.put(progress.key, new Group(this, progress));
        startTicking();
    }

    /** Lets a consumer in, making the groups that are not there yet. */
    Future<Member> join(
            ListenRequest request, GroupMember spec, long startAt, long snapshotEnd, EventSink sink, Loop connection) {
        List<Future<Group>> wanted = new ArrayList<>();
        for (String name : request.names()) {
            wanted.add(groupFor(new GroupKey(spec.group(), request.ownerView(), name), startAt));
        }
        return Future.all(wanted).map(all -> {
            Member member = new Member(this, connection, sink, spec, request.framing(), request.limit(), snapshotEnd);
            for (Future<Group> group : wanted) {
                member.turns().add(group.result());
                if (group.result().skipDropped()) {
                    member.startsTruncated();
                }
            }
            members.add(member);
            member.turns().all().forEach(group -> group.add(member));
            return member;
        });
    }

    private Future<Group> groupFor(GroupKey key, long startAt) {
        Group known = groups.get(key);
        if (known != null) {
            return Future.succeededFuture(known);
        }
        Promise<Void> leaving = forgetting.get(key);
        if (leaving != null) {
            return leaving.future().compose(ignored -> groupFor(key, startAt));
        }
        Promise<Group> underWay = making.get(key);
        if (underWay != null) {
            return underWay.future();
        }
        String refusal = hub.makeGroup(key);
        if (!refusal.isEmpty()) {
            return Future.failedFuture(Failures.unavailable(refusal));
        }
        Promise<Group> promise = Promise.promise();
        making.put(key, promise);
        count(key, 1);
        GroupProgress progress = new GroupProgress(hub.nextGroupId(key), key, startAt, hub.nowMicros());
        Bytes body = new Bytes();
        progress.write(body);
        submit(new ProgressRequest(loop, progress.id, Progress.CREATED, body, null, failure -> {
            making.remove(key);
            if (failure != null) {
                count(key, -1);
                hub.groupForgotten(key);
                promise.fail(Failures.unavailable(failure));
            } else {
                adopt(progress);
                hub.responders().add(key);
                promise.complete(groups.get(key));
            }
        }));
        return promise.future();
    }

    private void submit(ProgressRequest request) {
        if (!hub.submit(request)) {
            request.failure = new LogUnavailableException(hub.notTakenBecause());
            request.settle();
        }
    }

    void left(Member member) {
        members.remove(member);
    }

    /**
     * Groups of those keys live here no longer: nothing more of them is handed out or written, and their streams end. What
     * is being made or forgotten fails with its record, which is not written any more either.
     */
    void drop(Predicate<HomeKey> which) {
        List<Group> dropped = groups.values().stream()
                .filter(group -> which.test(group.key().home()))
                .toList();
        dropped.forEach(Group::stopHandingOut); // first, so that what ends one consumer gives nothing to the next
        for (Group group : dropped) {
            for (Member member : List.copyOf(group.members())) {
                member.end(EndReason.CLOSING);
            }
            groups.remove(group.key());
            group.forget();
            uncount(group.key());
            group.journal().giveUp();
        }
        // Whoever waits for one of them to be forgotten makes it anew, which fails here.
        forgetting.entrySet().stream()
                .filter(leaving -> which.test(leaving.getKey().home()))
                .toList()
                .forEach(leaving -> {
                    forgetting.remove(leaving.getKey());
                    uncount(leaving.getKey());
                    leaving.getValue().tryComplete();
                });
    }

    private void uncount(GroupKey key) {
        hub.uncount(key);
        count(key, -1);
        hub.homes().forgotten(key.home());
    }

    /** Ends the streams of all consumers. */
    void endAll(EndReason reason) {
        for (Member member : List.copyOf(members)) {
            member.end(reason);
        }
    }

    Future<AckResult> ack(AckRequest request) {
        return ackDesk.settle(request);
    }

    // ---- leases

    void startLease(Entry entry, long millis) {
        wheel.begin(entry, nowMillis() + millis);
    }

    void endLease(Entry entry) {
        wheel.end(entry);
    }

    private void leaseEnded(Entry entry) {
        if (entry.state == Entry.State.LEASED) {
            entry.group.leases().failed(entry, "not acknowledged in time", -1);
        }
    }

    private void startTicking() {
        if (ticking == null) {
            ticking = loop.eventLoop()
                    .scheduleAtFixedRate(
                            this::tickOn, LeaseWheel.TICK_MILLIS, LeaseWheel.TICK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    void stopTicking() {
        if (ticking != null) {
            ticking.cancel(false);
        }
    }

    private void tick() {
        long now = nowMillis();
        try {
            wheel.advance(now, this::leaseEnded);
        } catch (RuntimeException | Error e) {
            failed(e); // the groups have their turn all the same
        }
        for (Group group : groups.values()) {
            try {
                group.tick();
            } catch (RuntimeException | Error e) {
                failed(e);
            }
        }
        if (now >= nextHousekeeping) {
            long retentionMillis = TimeUnit.MICROSECONDS.toMillis(hub.groupRetentionMicros());
            nextHousekeeping = now + Math.clamp(retentionMillis, LEAST_HOUSEKEEPING_MILLIS, HOUSEKEEPING_MILLIS);
            housekeeping();
        }
    }

    /** An error, such as a lack of memory, must not stop the clock of all groups: the loop would not ask again. */
    private void tickOn() {
        try {
            tick();
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    /** Tells the operator of an error of this process, now and then; whoever calls sees to it that it is tried again. */
    void failed(Throwable problem) {
        long now = nowMillis();
        if (now >= nextReport) {
            nextReport = now + REPORT_MILLIS;
            LOG.error("something that was to be done for groups has failed; it is tried again", problem);
        }
    }

    /** Forgets groups that nobody has listened to for the retention time. */
    private void housekeeping() {
        long now = hub.nowMicros();
        for (Group group : List.copyOf(groups.values())) {
            if (!group.members().isEmpty()) {
                if (now - group.seenMicros() > SEEN_EVERY_MICROS) {
                    group.seen();
                }
            } else if (now - group.seenMicros() > hub.groupRetentionMicros()) {
                forget(group);
            } else if (now - group.seenMicros() > ACKS_REPEATED_WITHIN_MICROS) {
                group.recentAcks().forget();
            }
        }
    }

    /** Whoever comes while that is being written waits for it, and then makes the group anew. */
    private void forget(Group group) {
        Promise<Void> over = Promise.promise();
        groups.remove(group.key());
        forgetting.put(group.key(), over);
        Bytes body = new Bytes().number(group.id());
        submit(new ProgressRequest(loop, group.id(), Progress.FORGOTTEN, body, null, failure -> {
            boolean livesHere = forgetting.remove(group.key(), over);
            if (failure == null && livesHere) {
                group.forget();
                uncount(group.key());
            } else if (livesHere) {
                groups.put(group.key(), group);
            }
            over.tryComplete();
        }));
    }
}
