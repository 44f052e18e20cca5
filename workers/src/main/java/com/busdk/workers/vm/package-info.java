/**
 * The static VM worker: a machine that is only pretended, whose state is what the history of its start and stop events
 * says, so that every instance answers the same, also after a restart.
 *
 * <p>Handlers are called on event loops, and nothing here blocks.
 */
@NullMarked
package com.busdk.workers.vm;

import org.jspecify.annotations.NullMarked;
