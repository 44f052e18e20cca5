package com.busdk.gateway.usage;

import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Keeps the last records in this process, for deterministic local checks. Any thread; guarded by itself. */
public final class MemoryUsage implements Usage {
    /** Records that are kept; the oldest give way. */
    public static final int MAX_RECORDS = 10_000;

    private final Map<String, UsageRecord> records = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, UsageRecord> eldest) {
            return size() > MAX_RECORDS;
        }
    };

    @Override
    public Future<Void> before(UsageRecord usage) {
        after(usage);
        return Future.succeededFuture();
    }

    @Override
    public synchronized void after(UsageRecord usage) {
        records.putIfAbsent(usage.id(), usage);
    }

    /**
     * What was recorded, each id once.
     *
     * @return oldest first
     */
    public synchronized List<UsageRecord> records() {
        return List.copyOf(records.values());
    }
}
