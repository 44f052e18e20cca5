package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.log.LogUnavailableException;
import com.busdk.client.http.ApiException;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.LongArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Writes a group's progress: collects what changes, and has at most one record on its way to the log, so that under
 * load each carries more; what is too much for one is written as several, one behind the other. What was handed out is
 * written beside the deliveries and tried again until it is written; what a consumer asked for (ack, reject, redrive,
 * purge) happened only when it is written, and fails if it cannot be.
 *
 * <p>Thread: the group's home loop.
 */
final class GroupJournal {
    /** A full disk may have room again any moment; damage is looked at by a person. */
    private static final long RETRY_WRITE_MILLIS = 250;

    private static final long RETRY_DAMAGED_MILLIS = 10_000;

    private final Group group;
    private final GroupHome home;
    private long writtenFrontier;
    private ProgressDelta changes;
    private List<Promise<Void>> waiters = new ArrayList<>();
    private boolean writing;
    private boolean stalled;
    private long retryAt;

    GroupJournal(Group group, GroupHome home, long frontier) {
        this.group = group;
        this.home = home;
        this.writtenFrontier = frontier;
        this.changes = new ProgressDelta(frontier);
    }

    /** Where changes are noted until the next {@link #write}. */
    ProgressDelta changes() {
        return changes;
    }

    /** Completes when everything noted so far is written. */
    Promise<Void> whenWritten() {
        Promise<Void> promise = Promise.promise();
        waiters.add(promise);
        return promise;
    }

    /** Whether the log does not take the group's progress: then nothing more is handed out. */
    boolean stalled() {
        return stalled;
    }

    /** Nothing more is handed out until {@link #retry}: the log cannot be read. */
    void stall() {
        stalled = true;
        retryAt = home.nowMillis() + RETRY_DAMAGED_MILLIS;
    }

    /** From the tick: try again, when it is time. */
    void retry() {
        if (stalled && home.nowMillis() >= retryAt) {
            stalled = false;
            write();
            group.pump();
        }
    }

    /** Sends what has been noted on its way, unless something is under way: then it follows behind that. */
    void write() {
        if (writing || changes.isEmpty(writtenFrontier)) {
            if (!writing) {
                List<Promise<Void>> nothingToDo = waiters;
                waiters = new ArrayList<>();
                nothingToDo.forEach(Promise::tryComplete);
            }
            return;
        }
        ProgressDelta delta = changes;
        List<Promise<Void>> waiting = waiters;
        changes = new ProgressDelta(delta.frontier);
        waiters = new ArrayList<>();
        write(delta.parts(ProgressDelta.MAX_RECORD_BYTES), 0, waiting);
    }

    /** Writes one of these parts, and then those behind it; who waits, waits for all of them. */
    private void write(List<ProgressDelta> parts, int index, List<Promise<Void>> waiting) {
        ProgressDelta part = parts.get(index);
        writing = true;
        ProgressRequest request = new ProgressRequest(
                home.loop(),
                group.id(),
                Progress.MOVED,
                part.encode(group.id()),
                part.events(),
                failure -> written(parts, index, waiting, failure));
        if (!home.hub().submit(request)) {
            written(
                    parts,
                    index,
                    waiting,
                    new LogUnavailableException(home.hub().notTakenBecause()));
        }
    }

    /** The group lives elsewhere: who waits is told that nobody knows. */
    void giveUp() {
        List<Promise<Void>> waiting = waiters;
        waiters = new ArrayList<>();
        ApiException answer = Failures.unavailable("the group has moved to another process; try again");
        waiting.forEach(waiter -> waiter.tryFail(answer));
    }

    private void written(
            List<ProgressDelta> parts,
            int index,
            List<Promise<Void>> waiting,
            @Nullable LogUnavailableException failure) {
        writing = false;
        if (failure != null) {
            notWritten(parts.subList(index, parts.size()), waiting, failure);
            return;
        }
        stalled = false;
        ProgressDelta part = parts.get(index);
        writtenFrontier = part.frontier;
        close(part);
        if (index + 1 < parts.size()) {
            write(parts, index + 1, waiting);
        } else {
            waiting.forEach(Promise::tryComplete);
            group.turnEnded();
        }
    }

    private void notWritten(List<ProgressDelta> parts, List<Promise<Void>> waiting, LogUnavailableException failure) {
        stalled = true;
        retryAt = home.nowMillis() + RETRY_WRITE_MILLIS;
        // What was asked for meanwhile as well: who has repeated an acknowledgement of this record would be told of
        // the next one, which does not have it.
        ProgressDelta later = changes;
        List<Promise<Void>> behind = waiters;
        changes = new ProgressDelta(later.frontier);
        waiters = new ArrayList<>();
        takeBack(later);
        parts.reversed().forEach(this::takeBack); // last, and the first of them at the end, since each puts in front
        ApiException answer = Failures.unavailable(failure);
        waiting.forEach(waiter -> waiter.tryFail(answer));
        behind.forEach(waiter -> waiter.tryFail(answer));
    }

    private void close(ProgressDelta delta) {
        for (int i = 0; i < delta.done.size(); i++) {
            Entry entry = group.open().get(delta.done.getLong(i));
            if (entry != null) {
                if (entry.fence != 0 && entry.isAcknowledged()) {
                    group.recentAcks().add(entry.sequence, entry.fence);
                }
                group.closed(entry);
            }
        }
        for (DeadMark mark : delta.dead) {
            group.dead().put(mark.sequence(), mark);
            Entry entry = group.open().get(mark.sequence());
            if (entry != null) {
                group.closed(entry);
            }
        }
        for (int i = 0; i < delta.redriven.size(); i++) {
            if (group.dead().remove(delta.redriven.getLong(i)) != null) {
                group.enqueue(new Entry(group, delta.redriven.getLong(i)));
            }
        }
        for (int i = 0; i < delta.purged.size(); i++) {
            group.dead().remove(delta.purged.getLong(i));
        }
    }

    /** The record was not written: what only describes is noted again, what was asked for did not happen. */
    private void takeBack(ProgressDelta delta) {
        prepend(delta.handedOut, changes.handedOut);
        prepend(delta.held, changes.held);
        prepend(delta.again, changes.again);
        changes.frontier = Math.max(changes.frontier, delta.frontier);
        changes.seenMicros = Math.max(changes.seenMicros, delta.seenMicros);
        for (int i = 0; i < delta.done.size(); i++) {
            Entry entry = group.open().get(delta.done.getLong(i));
            if (entry == null) {
                continue;
            }
            Member member = entry.member;
            if (member != null && member.spec().explicit() && !member.ended()) {
                group.leases().retaken(entry, member);
                home.startLease(entry, member.spec().ackWait().toMillis());
            } else if (member != null && member.spec().explicit()) {
                entry.member = null;
                entry.fence = 0;
                group.enqueue(entry);
            } else {
                changes.done.addLong(entry.sequence);
            }
        }
        for (DeadMark mark : delta.dead) {
            Entry entry = group.open().get(mark.sequence());
            if (entry != null) {
                group.enqueue(entry);
            }
        }
    }

    private static void prepend(LongArrayList earlier, LongArrayList to) {
        LongArrayList later = new LongArrayList();
        later.addAll(to);
        to.clear();
        to.addAll(earlier);
        to.addAll(later);
    }
}
