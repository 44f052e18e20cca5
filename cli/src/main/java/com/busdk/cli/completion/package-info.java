/**
 * Completion scripts for shells, made from the command table.
 *
 * <p>Everything here runs on the thread of the command line.
 */
@NullMarked
package com.busdk.cli.completion;

import org.jspecify.annotations.NullMarked;
