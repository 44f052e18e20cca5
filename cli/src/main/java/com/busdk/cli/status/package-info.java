/**
 * {@code bus status}: the state of a part of the platform as one row of a view that has the same columns for all.
 *
 * <p>Everything here runs on the command's thread.
 */
@NullMarked
package com.busdk.cli.status;

import org.jspecify.annotations.NullMarked;
