/**
 * What the providers have in common: their options, the client of the events service, billing, usage, readiness and the
 * HTTP service before it all.
 *
 * <p>Threads: started and stopped from any; requests on event loops.
 */
@NullMarked
package com.busdk.gateway.provider;

import org.jspecify.annotations.NullMarked;
