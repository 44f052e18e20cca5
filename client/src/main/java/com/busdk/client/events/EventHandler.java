package com.busdk.client.events;

import com.busdk.client.event.Envelope;
import io.vertx.core.Future;

/**
 * Takes the events of a stream, one by one and in order, on the listening's context.
 *
 * <p>Example: {@code event -> store.save(event).mapEmpty()}.
 */
@FunctionalInterface
public interface EventHandler {
    /**
     * Takes an event. While more futures than the listening's window are open, nothing more is read.
     *
     * @param event the event
     * @return completes when the work is done; a failure ends the listening with it
     */
    Future<Void> handle(Envelope event);
}
