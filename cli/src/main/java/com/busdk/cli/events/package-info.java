/**
 * {@code bus events}: commands that ask an events service, on the SDK of {@code client}.
 *
 * <p>A command runs on the thread of the command line and may block it; {@link com.busdk.cli.events.EventsSession} owns
 * the event loop below it. What is called on that loop says so, and hands over to the command's thread before it writes.
 */
@NullMarked
package com.busdk.cli.events;

import org.jspecify.annotations.NullMarked;
