/**
 * Commands that are services: they run in the foreground until a signal stops them. {@code bus up} puts a whole local
 * stack into one process.
 *
 * <p>A command waits on the thread of the command line; the services have event loops of their own. A signal arrives on a
 * thread of the JVM, which only wakes that wait.
 */
@NullMarked
package com.busdk.cli.serve;

import org.jspecify.annotations.NullMarked;
