/**
 * {@code bus events log}: looks at the log in a folder that no service has open, and repairs it.
 *
 * <p>Everything runs on the command's thread and waits for the disk.
 */
@NullMarked
package com.busdk.cli.logtool;

import org.jspecify.annotations.NullMarked;
