/**
 * The container API: runs of a caller's own, their list, their end, and the runner behind them.
 *
 * <p>Threads: requests on event loops. The book of runs is shared by them and guarded by itself.
 */
@NullMarked
package com.busdk.gateway.containers;

import org.jspecify.annotations.NullMarked;
