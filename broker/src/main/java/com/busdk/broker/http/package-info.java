/**
 * The Events API over HTTP: routes, one handler class each, and the one place that turns failures into answers.
 *
 * <p>Runs on event loops, several of them side by side; what they share says so.
 */
@NullMarked
package com.busdk.broker.http;

import org.jspecify.annotations.NullMarked;
