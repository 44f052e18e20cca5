/**
 * What all workers share, whatever they do: their settings, how one is started and stopped with everything it needs, the
 * view of the history that instances agree on, and the small HTTP server for health and metrics.
 *
 * <p>Objects here may be called from any thread; what happens inside happens on the Vert.x context that each class names.
 * Nothing blocks.
 */
@NullMarked
package com.busdk.workers.run;

import org.jspecify.annotations.NullMarked;
