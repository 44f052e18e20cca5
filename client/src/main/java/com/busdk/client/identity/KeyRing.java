package com.busdk.client.identity;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The public keys in force. They are read again when somebody asks for a key that is not there, and now and then in any
 * case, so that a key taken out of the set stops being trusted. What cannot be read or parsed changes nothing: the last
 * good keys stay. Usable from any thread, never blocks.
 */
final class KeyRing {

    /** Shortest time between two reads: strangers can cause one with any unknown {@code kid}. */
    static final Duration MIN_INTERVAL = Duration.ofSeconds(10);

    /** Age at which the keys are read again although nothing was missing. */
    static final Duration MAX_AGE = Duration.ofMinutes(10);

    private static final Logger LOG = LoggerFactory.getLogger(KeyRing.class);

    private final JwksSource source;
    private final InstantSource clock;
    private final AtomicReference<@Nullable Reading> latest = new AtomicReference<>();
    private volatile JwkSet keys = JwkSet.EMPTY;

    /**
     * One read; {@code done} succeeds when its keys are in force, and fails with a message for the operator.
     *
     * @param first the one at the start, which no stranger has caused
     */
    private record Reading(long startedAt, boolean first, Future<Void> done) {}

    KeyRing(JwksSource source, InstantSource clock) {
        this.source = source;
        this.clock = clock;
    }

    /** The keys in force; the same object as long as they do not change. */
    JwkSet keys() {
        return keys;
    }

    /**
     * Reads the keys again, unless that was begun less than {@link #MIN_INTERVAL} ago: then this is about that read. The
     * first successful read does not count: a key may be new that is asked for right after the start.
     *
     * @return done when the keys of that read are in force; fails if they could not be had. It completes on the thread of
     *     whoever read
     */
    Future<Void> refresh() {
        return refresh(MIN_INTERVAL, true);
    }

    /** Starts a read if the last one is long ago, without waiting for it. */
    void refreshIfOld() {
        refresh(MAX_AGE, false);
    }

    private Future<Void> refresh(Duration interval, boolean missing) {
        long now = clock.millis();
        Reading last = latest.get();
        if (last != null && !due(last, now, interval) && !(missing && last.first && last.done.succeeded())) {
            return last.done;
        }
        Promise<Void> promise = Promise.promise();
        Reading mine = new Reading(now, last == null, promise.future());
        if (!latest.compareAndSet(last, mine)) {
            return refresh(interval, missing); // somebody else began one: theirs is as good
        }
        Future.succeededFuture()
                .compose(start -> source.read()) // so that what it throws is a failure like any other
                .map(this::install)
                .onFailure(e -> LOG.warn(
                        "Signing keys cannot be read from {}, the last good ones stay: {}",
                        source.place(),
                        e.getMessage()))
                .onComplete(promise);
        return mine.done;
    }

    private static boolean due(Reading last, long now, Duration interval) {
        if (!last.done.isComplete()) {
            return false;
        }
        long age = now - last.startedAt;
        return age < 0 || age >= interval.toMillis(); // below zero: the clock was set back
    }

    private @Nullable Void install(byte[] json) {
        JwkSet read = JwkSet.parse(json, source.mayBeEmpty());
        if (!read.sameKeys(keys)) {
            keys = read;
            LOG.info("Signing keys read from {}: {} usable", source.place(), read.size());
        }
        return null;
    }
}
