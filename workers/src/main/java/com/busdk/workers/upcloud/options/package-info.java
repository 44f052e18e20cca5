/**
 * What an operator can set on the UpCloud worker: flags, environment and defaults, read once and checked.
 *
 * <p>All of it is immutable and free of threads.
 */
@NullMarked
package com.busdk.workers.upcloud.options;

import org.jspecify.annotations.NullMarked;
