/**
 * The public HTTP side: one origin in front of the services, which it knows by their addresses alone. The providers in
 * the rooms beside it are services of their own; they are reached through it as across machines.
 *
 * <p>Runs on event loops; nothing here has state that outlives a request.
 */
@NullMarked
package com.busdk.gateway;

import org.jspecify.annotations.NullMarked;
