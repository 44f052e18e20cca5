/**
 * Asks the VM and container APIs: where they are, with which token, and what their failures mean to a user.
 *
 * <p>Threads: the command's own thread waits; requests run on the event loop of the session.
 */
@NullMarked
package com.busdk.cli.ai;

import org.jspecify.annotations.NullMarked;
