/**
 * The SDK of the Events API on the Vert.x HTTP client: {@link com.busdk.client.events.EventsClient} publishes, listens,
 * acknowledges and asks.
 *
 * <p>Methods may be called on any thread and never block. A future completes, and a handler is called, on the Vert.x
 * context on which the call was made; where there was none, on one that Vert.x makes for the calling thread. There are no
 * threads beyond those of Vert.x. A {@link com.busdk.client.auth.TokenSource} that may block is asked on a worker thread.
 */
@NullMarked
package com.busdk.client.events;

import org.jspecify.annotations.NullMarked;
