package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.embedded.GroupKey.HomeKey;
import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.backend.log.LogDamagedException;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A log that this process has for itself: events and the progress of groups in one. Any thread. */
final class LogStore implements HubStore {
    private final LogOpener opener;
    private final AtomicInteger lastGroupId = new AtomicInteger();

    LogStore(LogOpener opener) {
        this.opener = opener;
    }

    @Override
    public Opened open(Hub hub) throws IOException, LogDamagedException {
        KeyTable keys = hub.newKeyTable();
        Progress progress = new Progress(keys);
        EventLog log = opener.open(progress);
        lastGroupId.set(progress.lastId());
        return new Opened(
                log, hub.writerOf(log, progress, keys), progress.groups().values());
    }

    @Override
    public int nextGroupId(GroupKey key) {
        return lastGroupId.incrementAndGet();
    }

    @Override
    public boolean mayHandOut(HomeKey key) {
        return true;
    }

    @Override
    public void listenerCame(String name, @Nullable String ownerView) {}

    @Override
    public void listenerWent(String name, @Nullable String ownerView) {}
}
