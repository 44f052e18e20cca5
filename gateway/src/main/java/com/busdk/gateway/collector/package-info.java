/**
 * The collector's API: services of the operator read the usage records that the usage worker keeps, page by page, and
 * delete what they have taken over.
 *
 * <p>Threads: requests on event loops; nothing here has state that outlives a request.
 */
@NullMarked
package com.busdk.gateway.collector;

import org.jspecify.annotations.NullMarked;
