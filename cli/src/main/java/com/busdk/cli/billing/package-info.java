/**
 * {@code bus billing}: how the account's subscription stands, and where it is set up and looked after.
 *
 * <p>Threads: the command's own thread waits; requests run on the event loop of the session.
 */
@NullMarked
package com.busdk.cli.billing;

import org.jspecify.annotations.NullMarked;
