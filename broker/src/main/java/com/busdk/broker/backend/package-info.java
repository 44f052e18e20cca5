/**
 * The one seam of the service: everything above it (HTTP, access) is the same for all backends, everything below keeps
 * the same promises in its own way.
 *
 * <p>Methods are called on the event loop of a connection, and answer on that same loop.
 */
@NullMarked
package com.busdk.broker.backend;

import org.jspecify.annotations.NullMarked;
