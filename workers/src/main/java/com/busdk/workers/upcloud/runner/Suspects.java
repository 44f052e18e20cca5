package com.busdk.workers.upcloud.runner;

import com.busdk.workers.upcloud.api.CloudTime;
import com.busdk.workers.upcloud.api.Deadline;
import com.busdk.workers.upcloud.api.Server;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Second runners whose maker may be dead, or which were used before it was seen that they are second. Nobody sends a run to
 * one any more, since all who look take the oldest; so once it has been second for longer than a run may take, nothing can
 * be running there.
 *
 * <p>Any thread; guarded by the object's lock, never for long.
 */
final class Suspects {
    /** More than anybody has at a time; others are looked at when these are gone. */
    private static final int MAX_SUSPECTS = 100;

    private final CloudTime time;
    private final Duration idleAfter;

    // Guarded by this.
    private final Map<String, Suspect> suspects = new HashMap<>();

    /**
     * Nobody yet.
     *
     * @param idleAfter the longest that something begun on a runner may go on there
     */
    Suspects(CloudTime time, Duration idleAfter) {
        this.time = time;
        this.idleAfter = idleAfter;
    }

    /** Behind which runner it is second, and until when it may be in use. */
    private record Suspect(String runner, Deadline idle) {}

    /**
     * A look has found these.
     *
     * @param idle servers on which nothing can be running any more
     * @param isNew those that are second for the first time
     */
    record Seen(Set<String> idle, Set<String> isNew) {}

    /** Takes note of what a look has found; what it has not found is forgotten. */
    synchronized Seen look(String runner, List<Server> doubles) {
        Set<String> now = new HashSet<>();
        Set<String> idle = new HashSet<>();
        Set<String> isNew = new HashSet<>();
        for (Server server : doubles) {
            String uuid = server.uuid();
            now.add(uuid);
            Suspect known = suspects.get(uuid);
            if (known != null && known.runner().equals(runner)) {
                if (known.idle().passed()) {
                    idle.add(uuid);
                }
            } else if (known != null || suspects.size() < MAX_SUSPECTS) {
                suspects.put(uuid, new Suspect(runner, Deadline.in(time, idleAfter)));
                isNew.add(uuid);
            }
        }
        suspects.keySet().retainAll(now);
        return new Seen(idle, isNew);
    }

    /** From the first look to the one that finds a server idle. */
    Duration idleAfter() {
        return idleAfter;
    }
}
