/**
 * What the user sees: standard output that notices when nobody reads any more, colour, tables and the fields they
 * show, and progress.
 *
 * <p>Everything here runs on the thread of the command line.
 */
@NullMarked
package com.busdk.cli.term;

import org.jspecify.annotations.NullMarked;
