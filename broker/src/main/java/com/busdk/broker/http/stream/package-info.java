/**
 * {@code GET /api/v1/events/stream}: what a listener may ask for, and the connection seen from the hub.
 *
 * <p>Each stream lives on the event loop of its connection.
 */
@NullMarked
package com.busdk.broker.http.stream;

import org.jspecify.annotations.NullMarked;
