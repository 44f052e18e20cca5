/**
 * The public HTTP side: one origin in front of the services. It knows them by their addresses alone.
 *
 * <p>Runs on event loops; nothing here has state that outlives a request.
 */
@NullMarked
package com.busdk.gateway;

import org.jspecify.annotations.NullMarked;
