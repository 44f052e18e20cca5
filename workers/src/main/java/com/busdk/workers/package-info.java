/**
 * The workers: a room for each kind, and what they share. Each listens in a group and answers with events.
 *
 * <p>Threads: handlers run on the worker's event loop; what may block has virtual threads of its own, as each room says.
 */
@NullMarked
package com.busdk.workers;

import org.jspecify.annotations.NullMarked;
