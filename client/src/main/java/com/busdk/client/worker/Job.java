package com.busdk.client.worker;

import com.busdk.client.event.Envelope;
import io.vertx.core.Promise;
import org.jspecify.annotations.Nullable;

/**
 * A request in hand. It and its lease change when the request is delivered again, which may happen on another instance's
 * event loop; everything else belongs to the lane that began it.
 */
final class Job {
    private final String id;
    private final Promise<Void> finished = Promise.promise();
    private volatile Envelope request;
    private volatile Grant grant;
    private volatile boolean wasElsewhere;
    private volatile @Nullable Grant refused;

    Job(Envelope request, String id, Grant grant) {
        this.request = request;
        this.id = id;
        this.grant = grant;
    }

    /** As it was delivered last. */
    Envelope request() {
        return request;
    }

    String id() {
        return id;
    }

    Grant grant() {
        return grant;
    }

    String token() {
        return grant.token();
    }

    /** The request was delivered again: the old lease is lost, this is the one to settle. One call at a time. */
    void redelivered(Envelope again, Grant anew) {
        wasElsewhere |= !anew.follows(grant);
        request = again;
        grant = anew;
    }

    /** Whether somebody else may have had the request between two of its deliveries to this process. */
    boolean wasElsewhere() {
        return wasElsewhere;
    }

    /** The handler was told that this lease is not held. */
    void refused(Grant lost) {
        refused = lost;
    }

    /** Whether it was delivered again with a lease that its handler knows nothing of. */
    boolean hasComeBack() {
        Grant lost = refused;
        return wasElsewhere || lost != null && lost != grant;
    }

    /** Completes when nothing is to be done for it any more. */
    Promise<Void> finished() {
        return finished;
    }
}
