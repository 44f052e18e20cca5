/**
 * The billing worker: how the subscriptions of accounts stand, what they may use, and how much of their plan's quotas is
 * used up.
 *
 * <p>Each update and each export is one transaction with the id that tells it from others, so that nothing is counted
 * twice, whatever is delivered again. Threads: handlers run on event loops, nothing blocks, and SQL runs on the database's
 * own threads.
 */
@NullMarked
package com.busdk.workers.billing;

import org.jspecify.annotations.NullMarked;
