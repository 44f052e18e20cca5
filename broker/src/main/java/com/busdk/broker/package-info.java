/**
 * The Events API service: takes events over HTTP, has them on disk before it says so, streams them to listeners and
 * consumer groups, and replays its history.
 *
 * <p>Code here runs on Vert.x event loops, but for the log's one writer thread and the small pool that reads cold parts
 * of the log; each class with state names its thread.
 */
@NullMarked
package com.busdk.broker;

import org.jspecify.annotations.NullMarked;
