/** The real programs, started through {@code scripts/bus} as a user would. */
@NullMarked
package com.busdk.cli.e2e;

import org.jspecify.annotations.NullMarked;
