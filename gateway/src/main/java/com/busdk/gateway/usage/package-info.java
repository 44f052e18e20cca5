/**
 * What was used, by whom, as records for the usage worker. A record has an id of its own, so that one that is sent again
 * is counted once.
 *
 * <p>Threads: any. What waits to be sent again is bounded.
 */
@NullMarked
package com.busdk.gateway.usage;

import org.jspecify.annotations.NullMarked;
