package com.busdk.client.worker;

import com.busdk.client.event.Envelope;
import io.vertx.core.Promise;

/**
 * A request in hand. Its lease's token changes when the request is delivered again, which may happen on another
 * instance's event loop; everything else belongs to the lane that began it.
 */
final class Job {
    private final Envelope request;
    private final String id;
    private final Promise<Void> finished = Promise.promise();
    private volatile String token;

    Job(Envelope request, String id, String token) {
        this.request = request;
        this.id = id;
        this.token = token;
    }

    Envelope request() {
        return request;
    }

    String id() {
        return id;
    }

    String token() {
        return token;
    }

    /** The request was delivered again: the old lease is lost, this is the one to settle. */
    void redelivered(String newToken) {
        token = newToken;
    }

    /** Completes when nothing is to be done for it any more. */
    Promise<Void> finished() {
        return finished;
    }
}
