/**
 * Which event names a caller may publish and listen to: {@link com.busdk.broker.access.EventAccess} maps a name to the
 * scope that an identity needs for it. It knows nothing of HTTP routes, events or logs.
 *
 * <p>Threads: everything here may be called from any number of event loops at once and never blocks; what reads files
 * does so at start-up only.
 */
@NullMarked
package com.busdk.broker.access;

import org.jspecify.annotations.NullMarked;
