/**
 * What a command is made of: the table of commands ({@link com.busdk.cli.command.Entry}), the way from words to one of
 * them ({@link com.busdk.cli.command.Router}), its options ({@link com.busdk.cli.command.Command} on picocli's model),
 * and what it runs in ({@link com.busdk.cli.command.Environment}, {@link com.busdk.cli.command.Invocation}).
 *
 * <p>picocli's model is filled by calls instead of annotations, and only for the one command that runs: reading
 * annotations of the whole tree would cost more than most commands take.
 *
 * <p>Everything here runs on the thread of the command line.
 */
@NullMarked
package com.busdk.cli.command;

import org.jspecify.annotations.NullMarked;
