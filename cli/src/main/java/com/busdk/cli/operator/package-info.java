/**
 * Commands of an operator: tokens.
 *
 * <p>Everything here runs on the thread of the command line.
 */
@NullMarked
package com.busdk.cli.operator;

import org.jspecify.annotations.NullMarked;
