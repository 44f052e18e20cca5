/**
 * The billing API of an account: how its subscription stands, and the pages where it is set up and looked after. What is
 * known of subscriptions is the billing worker's.
 *
 * <p>Threads: requests on event loops; nothing here has state that outlives a request.
 */
@NullMarked
package com.busdk.gateway.subscription;

import org.jspecify.annotations.NullMarked;
