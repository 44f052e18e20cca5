/**
 * Who is calling, and which event names that caller may publish and listen to.
 *
 * <p>{@link com.busdk.broker.access.TokenVerifier} turns the {@code Authorization} header into an
 * {@link com.busdk.broker.access.Identity}; {@link com.busdk.broker.access.EventAccess} maps an event name to the scope
 * that an identity needs for it. Neither knows anything of HTTP routes, events or logs.
 *
 * <p>Threads: everything here may be called from any number of event loops at once and never blocks; what reads files
 * does so on a worker thread or, where its Javadoc says so, at start-up only.
 */
@NullMarked
package com.busdk.broker.access;

import org.jspecify.annotations.NullMarked;
