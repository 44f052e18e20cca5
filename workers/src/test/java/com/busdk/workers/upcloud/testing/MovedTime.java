package com.busdk.workers.upcloud.testing;

import com.busdk.workers.upcloud.api.CloudTime;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** Time that passes only where somebody waits, and then at once. Remembers all waits. */
public final class MovedTime implements CloudTime {
    private final Vertx vertx;
    private final AtomicLong nanos = new AtomicLong();
    private final List<Duration> pauses = new CopyOnWriteArrayList<>();

    public MovedTime(Vertx vertx) {
        this.vertx = vertx;
    }

    @Override
    public long nanos() {
        return nanos.get();
    }

    @Override
    public Future<Void> pause(Duration length) {
        pauses.add(length);
        nanos.addAndGet(length.toNanos());
        Promise<Void> over = Promise.promise();
        vertx.runOnContext(ignored -> over.complete());
        return over.future();
    }

    /** All waits so far. */
    public List<Duration> pauses() {
        return pauses;
    }

    /** The time goes on by itself. */
    public void move(Duration length) {
        nanos.addAndGet(length.toNanos());
    }
}
