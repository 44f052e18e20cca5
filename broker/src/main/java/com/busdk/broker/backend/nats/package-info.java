/**
 * The hub on a NATS JetStream cluster: any number of processes before one stream. Each has a copy of the stream that it
 * may lose, and reads from that; what it publishes is acknowledged by the stream. A group lives in one process at a
 * time, which has a lease of it; the others send its consumers there.
 *
 * <p>Threads: those of the client library only hand over; see each class.
 */
@NullMarked
package com.busdk.broker.backend.nats;

import org.jspecify.annotations.NullMarked;
