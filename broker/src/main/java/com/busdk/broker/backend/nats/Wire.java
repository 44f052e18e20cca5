package com.busdk.broker.backend.nats;

/**
 * Takes messages to the other processes that stand before the same cluster. A message arrives whole or not at all; what
 * one thread tells one process arrives in that order, as far as it arrives. What arrives late or out of order is the same
 * to {@link RemoteStreams} as what is lost.
 *
 * <p>Thread: any.
 */
interface Wire {
    /** Sends and forgets: does not wait for the network, may lose the message, and keeps the array. */
    void tell(String process, byte[] message);

    /** The longest message that it takes now. */
    int maxBytes();
}
