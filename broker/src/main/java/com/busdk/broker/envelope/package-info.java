/**
 * Reads event envelopes from bytes and writes the line that is stored and served.
 *
 * <p>Runs on the event loop of the connection that publishes; nothing here is shared between threads but by handing a
 * finished {@link com.busdk.broker.envelope.EventBatch} over.
 */
@NullMarked
package com.busdk.broker.envelope;

import org.jspecify.annotations.NullMarked;
