package com.busdk.workers.upcloud.testing;

import com.busdk.workers.upcloud.api.CloudTime;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Time in which nobody who waits goes on, unless that length is released. Any thread. */
public final class HeldTime implements CloudTime {
    private final Map<Duration, Promise<Void>> lengths = new ConcurrentHashMap<>();

    @Override
    public long nanos() {
        return 0;
    }

    @Override
    public Future<Void> pause(Duration length) {
        return promise(length).future();
    }

    @Override
    public void later(Duration length, Runnable what) {
        throw new AssertionError("nothing is put off here");
    }

    /** Whoever waits for so long goes on, now and later. */
    public void release(Duration length) {
        promise(length).tryComplete();
    }

    private Promise<Void> promise(Duration length) {
        return lengths.computeIfAbsent(length, ignored -> Promise.promise());
    }
}
