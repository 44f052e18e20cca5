/**
 * {@code bus containers}: runs in containers, their list and their end.
 *
 * <p>Everything here runs on the command's thread, but for Ctrl-C, which comes on a thread of Java's own.
 */
@NullMarked
package com.busdk.cli.containers;

import org.jspecify.annotations.NullMarked;
