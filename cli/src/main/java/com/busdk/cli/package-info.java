/**
 * The {@code bus} command: {@link com.busdk.cli.Main} turns a command line into an exit code, and the rooms below hold
 * what it is made of. Nothing here may assume a terminal, and nothing is loaded before a command needs it, since a
 * command line is judged by how fast it answers.
 *
 * <p>Commands run on the thread that calls {@link com.busdk.cli.Main}, one at a time. They may block: no event loop runs
 * their code.
 */
@NullMarked
package com.busdk.cli;

import org.jspecify.annotations.NullMarked;
