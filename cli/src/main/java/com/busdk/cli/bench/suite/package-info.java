/**
 * {@code scripts/bench}: puts all loads on a service that it starts, beside a server that does nothing, and holds the
 * figures against the goals. The service and that server are processes of their own, started as a user starts them.
 *
 * <p>Everything here runs on the thread of the command line, which waits for processes and loads one after the other: on
 * a small machine two measurements at once would be one of each other.
 */
@NullMarked
package com.busdk.cli.bench.suite;

import org.jspecify.annotations.NullMarked;
