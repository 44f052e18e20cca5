package com.busdk.client.worker;

import com.busdk.client.event.Envelope;
import io.vertx.core.Promise;

/**
 * A request in hand. Its lease changes when the request is delivered again, which may happen on another instance's event
 * loop; everything else belongs to the lane that began it.
 */
final class Job {
    private final Envelope request;
    private final String id;
    private final Promise<Void> finished = Promise.promise();
    private volatile Grant grant;
    private volatile boolean wasElsewhere;

    Job(Envelope request, String id, Grant grant) {
        this.request = request;
        this.id = id;
        this.grant = grant;
    }

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
    void redelivered(Grant anew) {
        wasElsewhere |= !anew.follows(grant);
        grant = anew;
    }

    /** Whether somebody else may have had the request between two of its deliveries to this process. */
    boolean wasElsewhere() {
        return wasElsewhere;
    }

    /** Completes when nothing is to be done for it any more. */
    Promise<Void> finished() {
        return finished;
    }
}
