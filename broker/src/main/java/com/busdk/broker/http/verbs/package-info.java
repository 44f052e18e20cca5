/**
 * The verbs beside publish and stream: settling leases, dead letters, looking at groups, names and events, and asking
 * and waiting for the answer.
 *
 * <p>Each handler is stateless but where it says so, and runs on the event loop of the connection.
 */
@NullMarked
package com.busdk.broker.http.verbs;

import org.jspecify.annotations.NullMarked;
