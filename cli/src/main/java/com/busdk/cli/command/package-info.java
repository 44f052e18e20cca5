/**
 * What a command is made of: the table of commands ({@link com.busdk.cli.command.Entry}), the way from words to one of
 * them ({@link com.busdk.cli.command.Router}), its options ({@link com.busdk.cli.command.Command}, {@code Parsing}),
 * and what it runs in ({@link com.busdk.cli.command.Environment}, {@link com.busdk.cli.command.Invocation}).
 *
 * <p>Only the one command that runs is made: start-up is what a user waits for.
 *
 * <p>Everything here runs on the thread of the command line.
 */
@NullMarked
package com.busdk.cli.command;

import org.jspecify.annotations.NullMarked;
