/**
 * The worker runtime: listens to requests in a consumer group, lets a handler do the work, publishes the response and
 * only then acknowledges the request.
 *
 * <p>A worker is one or more Vert.x verticles. Its handler is called on a verticle's event loop and must not block it; the
 * handler's future may complete on any thread. The methods of {@link com.busdk.client.worker.Worker} may be called on any
 * thread.
 */
@NullMarked
package com.busdk.client.worker;

import org.jspecify.annotations.NullMarked;
