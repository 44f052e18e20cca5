package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.Backend.ConsumerInfo;
import com.busdk.broker.backend.Backend.GroupInfo;
import com.busdk.broker.backend.Backend.Standing;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a group's loop knows of it at one moment; how far it lags behind is counted in the log afterwards.
 *
 * @param ready whether a consumer could be given an event now
 * @param stalled the log does not take its progress
 * @param held events behind another one with their key
 */
public record GroupStatus(
        GroupKey key,
        List<ConsumerInfo> consumers,
        long position,
        long inFlight,
        long waiting,
        long held,
        long redeliveries,
        long deadLetters,
        boolean ready,
        boolean stalled,
        boolean pausing,
        boolean shortOfRoom) {
    /** Thread: the group's home loop. */
    static GroupStatus of(Group group) {
        long inFlight = 0;
        for (Entry entry : group.open().values()) {
            if (entry.state == Entry.State.LEASED) {
                inFlight++;
            }
        }
        List<ConsumerInfo> consumers = group.members().stream()
                .map(member -> new ConsumerInfo(
                        member.spec().consumer(),
                        member.inFlight(),
                        member.spec().maxInFlight()))
                .toList();
        return new GroupStatus(
                group.key(),
                consumers,
                group.position(),
                inFlight,
                group.waitingCount(),
                group.heldCount(),
                group.leases().redeliveries(),
                group.dead().size(),
                group.members().stream().anyMatch(Member::hasRoom),
                group.journal().stalled(),
                group.backingOff(),
                group.shortOfRoom());
    }

    GroupInfo with(long lag, boolean lagIsAtLeast) {
        return new GroupInfo(
                key.group(),
                key.name(),
                key.owner(),
                consumers,
                position,
                lag,
                lagIsAtLeast,
                inFlight,
                waiting,
                redeliveries,
                deadLetters,
                idleBecause(lag));
    }

    private @Nullable String idleBecause(long lag) {
        if (lag + waiting + inFlight == 0) {
            return null;
        }
        if (consumers.isEmpty()) {
            return "no consumer is connected";
        }
        if (stalled) {
            return "the log takes no writes at the moment, so nothing is handed out";
        }
        if (deadLetters >= Group.MAX_DEAD) {
            return "the group has as many dead letters as it may keep: redrive or purge them";
        }
        if (pausing) {
            return "backing off: the last deliveries all failed";
        }
        if (lag + waiting == 0) {
            return "all leased: what there is has been handed out and is not acknowledged yet";
        }
        if (held >= KeyOrder.MAX_HELD) {
            return "ordered by key: as many events as may be wait behind keys of events that are out, and no further"
                    + " ones are read";
        }
        if (inFlight + waiting >= Group.MAX_OPEN) {
            return "as many events as may be are out or wait to be delivered again: no further ones are read";
        }
        if (shortOfRoom) {
            return "all groups together have as many events out as may be: no further ones are read until some are"
                    + " done";
        }
        if (!ready) {
            return "windows full: no consumer takes more before it has acknowledged or read some";
        }
        if (held > 0 && lag + waiting == held) {
            return "ordered by key: what waits has the key of an event that is out";
        }
        if (lag == 0 && waiting > held) {
            return "backing off: what waits is to be delivered again a little later";
        }
        return null;
    }

    /** Where the group stands with one event that is its own. Thread: the group's home loop. */
    static Standing standing(Group group, long sequence) {
        String name = group.key().group();
        String owner = group.key().owner();
        DeadMark mark = group.dead().get(sequence);
        if (mark != null) {
            return new Standing(name, owner, "dead", mark.attempts(), null, 0);
        }
        Entry entry = group.open().get(sequence);
        if (entry == null) {
            return new Standing(name, owner, sequence < group.position() ? "done" : "waiting", 0, null, 0);
        }
        Member member = entry.member;
        return switch (entry.state) {
            case LEASED -> {
                long left = Math.max(0, entry.deadline - group.home().nowMillis());
                long until = entry.leaseSlot == Entry.NO_LEASE
                        ? 0
                        : group.home().hub().nowMicros() / 1000 + left;
                yield new Standing(
                        name,
                        owner,
                        "leased",
                        entry.attempts,
                        member == null ? null : member.spec().consumer(),
                        until);
            }
            case SETTLING -> new Standing(name, owner, "done", entry.attempts, null, 0);
            case DYING -> new Standing(name, owner, "dead", entry.attempts, null, 0);
            case HELD, WAITING, FETCHING -> new Standing(name, owner, "waiting", entry.attempts, null, 0);
        };
    }
}
