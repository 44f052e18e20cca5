/**
 * The machine that containers run on: found or created once, started, reached over SSH's port, and taken away.
 *
 * <p>Any thread; nothing blocks an event loop, files are read on worker threads.
 */
@NullMarked
package com.busdk.workers.upcloud.runner;

import org.jspecify.annotations.NullMarked;
