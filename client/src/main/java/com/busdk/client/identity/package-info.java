/**
 * Who is calling: {@link com.busdk.client.identity.TokenVerifier} turns an {@code Authorization} header into an
 * {@link com.busdk.client.identity.Identity}, for every service alike. It knows nothing of routes or events.
 *
 * <p>Threads: everything here may be called from any number of event loops at once and never blocks; what reads files
 * does so on a worker thread or, where its Javadoc says so, at start-up only.
 */
@NullMarked
package com.busdk.client.identity;

import org.jspecify.annotations.NullMarked;
