package com.busdk.broker.backend.embedded;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The events of a group that its consumers have, each to be settled or given back: and how fast the group goes on where
 * that is all that happens. What is done with an event ends its lease, by which its token is stale.
 *
 * <p>Thread: the group's home loop.
 */
final class Leases {
    private final Group group;
    private final GroupHome home;
    private final Redelivery waiting;
    private final Backoff backoff = new Backoff();

    /** Events that are out. */
    private int out;

    private long redeliveries;

    /** @param waiting where events go that are given back */
    Leases(Group group, GroupHome home, Redelivery waiting) {
        this.group = group;
        this.home = home;
        this.waiting = waiting;
    }

    long redeliveries() {
        return redeliveries;
    }

    /** Whether nothing is handed out for a while, since the last deliveries failed. */
    boolean pausing() {
        return backoff.pausing(home.nowMillis());
    }

    /** How many more events may be out, where consumers end again and again. */
    int probingRoom() {
        return backoff.probing() ? group.members().size() - out : Integer.MAX_VALUE;
    }

    /** Hands the event to that consumer; it is no lease where that fails. */
    void begin(Entry entry, Member member, LineChunk chunk, int index) {
        home.endLease(entry); // it has one where an error left the end of the one before to a later tick
        entry.attempts++;
        entry.fence = home.nextFence();
        boolean handed = false;
        try {
            member.hand(entry, chunk, index);
            handed = true;
        } finally {
            entry.attempts -= handed ? 0 : 1;
        }
        entry.state = Entry.State.LEASED;
        out++;
        if (member.spec().explicit()) {
            home.startLease(entry, member.spec().ackWait().toMillis());
        }
        if (entry.attempts > 1) {
            redeliveries++;
        }
    }

    /** Done, as soon as that is written. */
    void settle(Entry entry) {
        group.journal().changes().done.addLong(entry.sequence); // first: what is noted nowhere is not settled
        home.endLease(entry);
        out--;
        entry.state = Entry.State.SETTLING;
        backoff.succeeded();
        Member member = entry.member;
        if (member != null) {
            member.released(entry);
        }
    }

    /** Out at that consumer after all: its acknowledgement could not be written. */
    void retaken(Entry entry, Member member) {
        member.retaken(entry);
        out++;
        entry.state = Entry.State.LEASED;
    }

    /** The consumer has gone: what it has is the next one's, in the order of the log. */
    void lost(Member member) {
        List<Entry> had = group.open().values().stream()
                .filter(entry -> entry.member == member && entry.state == Entry.State.LEASED)
                .sorted(Comparator.comparingLong(entry -> entry.sequence))
                .toList();
        for (Entry entry : had) {
            try {
                connectionLost(entry);
            } catch (RuntimeException | Error e) {
                home.failed(e);
                if (entry.state == Entry.State.LEASED) {
                    home.endLease(entry);
                    home.startLease(entry, 0); // its end is tried again with the next tick
                }
            }
        }
        if (!had.isEmpty() && member.spec().explicit()) {
            backoff.lost(member.since(), home.nextMoment(), home.nowMillis());
        }
    }

    /**
     * Not done by this consumer, which is gone: the next one's turn. The first time at once; then it waits a little, so
     * that consumers that end together do not hand it on to each other until it is dead.
     */
    void connectionLost(Entry entry) {
        giveBack(entry, "the connection ended", Backoff.lostDelay(entry.attempts));
    }

    /** Not done: {@code delayMillis} from now somebody else's turn, or -1 for as long as its attempts suggest. */
    void failed(Entry entry, @Nullable String reason, long delayMillis) {
        giveBack(entry, reason, delayMillis < 0 ? Backoff.retryDelay(entry.attempts) : delayMillis);
        backoff.failed(home.nowMillis());
    }

    /** Takes it away last, so that it is out as before where the rest fails, and can be given back later. */
    private void giveBack(Entry entry, @Nullable String reason, long delayMillis) {
        Member member = entry.member;
        // Without acknowledgements nobody says that an event cannot be done: it is delivered until somebody takes it.
        int most = member == null || !member.spec().explicit()
                ? Integer.MAX_VALUE
                : member.spec().maxDeliveries();
        entry.reason = reason;
        if (entry.attempts >= most) {
            home.deadLetters().bury(entry, reason == null ? "delivered " + entry.attempts + " times" : reason);
        } else {
            waiting.add(entry, home.nowMillis() + delayMillis);
        }
        takeAway(entry);
    }

    /** Ends the lease: from now on its token is stale. */
    void takeAway(Entry entry) {
        out--;
        home.endLease(entry);
        entry.fence = 0;
        Member member = entry.member;
        if (member != null) {
            entry.member = null;
            member.released(entry);
        }
    }
}
