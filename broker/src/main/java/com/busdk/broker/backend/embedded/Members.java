package com.busdk.broker.backend.embedded;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The consumers of a group, and whose turn it is. Whoever has room gets the next event, one after the other.
 *
 * <p>Thread: the group's home loop.
 */
final class Members {
    private final Group group;
    private final List<Member> members = new ArrayList<>();
    private int turn;

    Members(Group group) {
        this.group = group;
    }

    /** All of them; changes with the group. */
    List<Member> all() {
        return Collections.unmodifiableList(members);
    }

    boolean isEmpty() {
        return members.isEmpty();
    }

    void add(Member member) {
        members.add(member);
    }

    /** Whether it was one of them. */
    boolean remove(Member member) {
        return members.remove(member);
    }

    /** What they can take together. */
    int room() {
        int room = 0;
        for (int i = 0; i < members.size(); i++) {
            room += members.get(i).free(group);
        }
        return room;
    }

    /** How many bytes those with room can take together; the last event of each may pass that. */
    int roomBytes() {
        long bytes = 0;
        for (int i = 0; i < members.size(); i++) {
            Member member = members.get(i);
            bytes += member.free(group) > 0 ? member.freeBytes() : 0;
        }
        return (int) Math.min(bytes, Integer.MAX_VALUE);
    }

    /** What a delivery to one of them adds to a stored line at most. */
    int addedBytes() {
        int most = 0;
        for (int i = 0; i < members.size(); i++) {
            most = Math.max(most, members.get(i).addedBytes());
        }
        return most;
    }

    /** Tells all of them that events were passed over which are no longer retained. */
    void tellTruncated() {
        members.forEach(Member::tellTruncated);
    }

    /** How far those with room want the log to be read, exclusive. */
    long readUpTo(long head) {
        long upTo = 0;
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i).free(group) > 0) {
                upTo = Math.max(upTo, members.get(i).readUpTo(head));
            }
        }
        return upTo;
    }

    /** What the group has read has been handed out. */
    void readEnded() {
        for (int i = 0; i < members.size(); i++) {
            members.get(i).turns().readEnded(group);
        }
    }

    /** The next one that has room for the event at that sequence, in turn. */
    @Nullable
    Member next(long sequence) {
        for (int i = 0; i < members.size(); i++) {
            turn = (turn + 1) % members.size();
            if (members.get(turn).wants(group, sequence)) {
                return members.get(turn);
            }
        }
        return null;
    }

    /** Writes to each what was handed to it; one that has all it wanted leaves. */
    void flush() {
        for (int i = members.size() - 1; i >= 0; i--) {
            if (i < members.size()) {
                Member member = members.get(i);
                member.flush();
                member.endIfThrough();
            }
        }
    }
}
