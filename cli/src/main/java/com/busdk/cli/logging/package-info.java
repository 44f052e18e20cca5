/**
 * Logging of the process: nothing in commands that ask a service, a line an event on standard error in the services.
 *
 * <p>Set up once, on the thread of the command line, before anything logs; the appender is safe on any thread.
 */
@NullMarked
package com.busdk.cli.logging;

import org.jspecify.annotations.NullMarked;
