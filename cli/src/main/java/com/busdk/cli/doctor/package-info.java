/**
 * {@code bus doctor}: looks at everything that has to fit together before a command can reach a service.
 *
 * <p>Everything here runs on the thread of the command line.
 */
@NullMarked
package com.busdk.cli.doctor;

import org.jspecify.annotations.NullMarked;
