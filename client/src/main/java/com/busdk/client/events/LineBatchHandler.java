package com.busdk.client.events;

import io.vertx.core.Future;

/**
 * Takes the lines of a stream as they are, many at a time and in order, on the listening's context: for those who pass
 * them on or count them, and need no envelopes.
 */
@FunctionalInterface
public interface LineBatchHandler {
    /**
     * Takes lines. The next batch comes when the future completes; until then nothing more is read.
     *
     * @param batch one or more whole lines, of envelopes only; it may be used until the future completes
     * @return completes when the batch is no longer needed; a failure ends the listening with it
     */
    Future<Void> handle(LineBatch batch);
}
