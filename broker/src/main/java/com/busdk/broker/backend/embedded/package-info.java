/**
 * The hub on a log of its own: one writer thread, a cursor for each listener, consumer groups whose progress lives in
 * the same log.
 *
 * <p>Threads: {@code LogWriter} is the only one that appends; each event loop owns its listeners; each group lives on
 * one event loop, its home; cold parts of the log are read on a small pool.
 */
@NullMarked
package com.busdk.broker.backend.embedded;

import org.jspecify.annotations.NullMarked;
