package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.embedded.GroupKey.HomeKey;
import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.backend.log.LogDamagedException;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a hub runs on: where its events are, who stores them, and which groups are its own. */
public interface HubStore {
    /** Opens it; on a thread that may block. */
    Opened open(Hub hub) throws IOException, LogDamagedException, InterruptedException;

    /** A number for a new group, which no other has ever had. Any event loop. */
    int nextGroupId(GroupKey key);

    /** Whether the groups of that home may hand out at the moment. Any event loop, and quick. */
    boolean mayHandOut(HomeKey key);

    /** A listener to that name (or pattern) has come. Any event loop. */
    void listenerCame(String name, @Nullable String ownerView);

    /** One of them has gone. Any event loop. */
    void listenerWent(String name, @Nullable String ownerView);

    /**
     * What was opened.
     *
     * @param log where events are read
     * @param writer not started yet
     * @param groups those that live here from the start
     */
    record Opened(EventLog log, HubWriter writer, Collection<GroupProgress> groups) {
        public Opened {
            groups = List.copyOf(groups);
        }
    }
}
