/**
 * The append-only log, as a library: knows of records, segments and files, and nothing of networks, listeners or
 * users.
 *
 * <p>One thread writes ({@link com.busdk.broker.backend.log.EventLog#append} to {@code commit}); any thread reads, each
 * with cursors of its own. Reads of cold records may wait for the disk, so they never run on an event loop.
 */
@NullMarked
package com.busdk.broker.backend.log;

import org.jspecify.annotations.NullMarked;
