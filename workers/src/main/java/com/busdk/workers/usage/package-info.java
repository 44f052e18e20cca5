/**
 * The usage worker: keeps records of what was used, each event id once, lists and deletes them for the collector, and hands
 * what is billed on to the billing worker, once for each key.
 *
 * <p>A record and the exports that follow from it are one transaction; exports are published from there afterwards, so
 * that none is lost or made up whenever a worker dies. Threads: handlers run on event loops, nothing blocks, and SQL runs
 * on the database's own threads.
 */
@NullMarked
package com.busdk.workers.usage;

import org.jspecify.annotations.NullMarked;
