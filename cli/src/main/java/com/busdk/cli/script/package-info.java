/**
 * Files of commands ({@code .bus}): {@link com.busdk.cli.script.ScriptReader} reads words,
 * {@link com.busdk.cli.script.ScriptLoader} follows includes, {@link com.busdk.cli.script.ScriptCommand} checks all of it
 * and then runs it.
 *
 * <p>Everything here runs on the thread of the command line.
 */
@NullMarked
package com.busdk.cli.script;

import org.jspecify.annotations.NullMarked;
