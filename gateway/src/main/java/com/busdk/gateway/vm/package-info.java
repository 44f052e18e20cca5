/**
 * The VM API: status, start and stop of a caller's runtime, by itself or by the VM worker.
 *
 * <p>Threads: requests on event loops; nothing here has state that outlives a request.
 */
@NullMarked
package com.busdk.gateway.vm;

import org.jspecify.annotations.NullMarked;
