/**
 * {@code bus vm}: status, start and stop of the runtime.
 *
 * <p>Everything here runs on the command's thread.
 */
@NullMarked
package com.busdk.cli.vm;

import org.jspecify.annotations.NullMarked;
