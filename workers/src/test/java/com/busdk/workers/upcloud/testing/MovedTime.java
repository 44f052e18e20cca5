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
    private final List<Later> later = new CopyOnWriteArrayList<>();

    private record Later(long atNanos, Runnable what) {}

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

    @Override
    public void later(Duration length, Runnable what) {
        later.add(new Later(nanos.get() + length.toNanos(), what));
    }

    /** All waits so far. */
    public List<Duration> pauses() {
        return pauses;
    }

    /** The time goes on by itself; what was put off until then is done now. */
    public void move(Duration length) {
        long now = nanos.addAndGet(length.toNanos());
        List<Later> due = later.stream().filter(one -> one.atNanos() <= now).toList();
        due.stream()
                .filter(later::remove)
                .forEach(one -> vertx.runOnContext(ignored -> one.what().run()));
    }
}
