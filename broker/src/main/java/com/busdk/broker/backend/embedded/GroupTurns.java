package com.busdk.broker.backend.embedded;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is among the groups of one consumer, which share its window: what room there is goes to the next one
 * behind the one that had some last, also where that has to be read first, and found nothing then.
 *
 * <p>Thread: the home loop.
 */
final class GroupTurns {
    /** When it wakes the groups again behind an error of this process, such as a lack of memory. */
    private static final long RETRY_MILLIS = 1_000;

    private final GroupHome home;
    private final List<Group> groups = new ArrayList<>();

    /** One of them has found no room: whatever makes some wakes all of them. */
    private boolean refused;

    /** They are about to be woken. */
    private boolean waking;

    /** The one that reads what is to have the room there is; until then the others find none. */
    private @Nullable Group reader;

    /** The one whose turn it was last. */
    private @Nullable Group served;

    private boolean over;

    GroupTurns(GroupHome home) {
        this.home = home;
    }

    /** One more, before the consumer begins. */
    void add(Group group) {
        groups.add(group);
    }

    /** All of them; one for each name. */
    List<Group> all() {
        return Collections.unmodifiableList(groups);
    }

    /** The consumer has gone: nobody is woken any more. */
    void end() {
        over = true;
    }

    /** Whether no other group is to have the room there is. */
    boolean isTurnOf(Group group) {
        if (groups.size() == 1 || group == reader) {
            return true;
        }
        return !waking && (reader == null || !reader.isReading());
    }

    /** One of them has found no room. */
    void refused() {
        refused = true;
    }

    /** That group has been given some of the room. */
    void served(Group group) {
        served = group;
    }

    /** An event of a group makes room, by which that group hands out itself. */
    void madeRoom() {
        if (groups.size() > 1) {
            wake();
        }
    }

    /**
     * There may be room again, for a group that found none: also for one whose own events had no part in it. Until it
     * is their turn nobody finds any, so that it does not always go to the one that made it.
     */
    void wake() {
        if (refused && !over && !waking) {
            home.loop().eventLoop().execute(this::wakeAll);
            waking = true;
        }
    }

    /** Lets all groups hand out, the one that was served last as the last, and write down what has changed. */
    void wakeAll() {
        waking = false;
        boolean through = false;
        try {
            wakeInTurn();
            through = true;
        } finally {
            if (!through) {
                // Nothing else might ever wake those whose turn has not come.
                refused = true;
                var _ = home.loop().eventLoop().schedule(this::wake, RETRY_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
    }

    private void wakeInTurn() {
        if (reader != null && reader.isReading()) {
            refused = true; // they are woken when it is through
            writeDown(0, groups.size());
            return;
        }
        reader = null;
        refused = false;
        int behind = groups.indexOf(served) + 1;
        for (int i = 0; i < groups.size(); i++) {
            Group group = groups.get((behind + i) % groups.size());
            boolean before = group.isReading();
            group.turnEnded();
            if (groups.size() > 1 && group.isReading() && !before) {
                // One that has what it would hand out in memory is no quicker than it for that.
                reader = group;
                refused = true;
                writeDown(behind + i + 1, groups.size() - i - 1);
                return;
            }
        }
    }

    private void writeDown(int from, int count) {
        for (int i = from; i < from + count; i++) {
            groups.get(i % groups.size()).journal().write();
        }
    }

    /** A group has handed out what it has read: its turn is over, also where that was nothing. */
    void readEnded(Group group) {
        if (reader == group) {
            reader = null;
            served = group;
            wake();
        }
    }
}
