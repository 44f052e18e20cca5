/**
 * Asks workers through the events service: a request event goes out for a caller, the correlated response comes back and
 * is checked, and what goes wrong on the way becomes an error that a caller of the HTTP API understands. Also keeps
 * listenings open for as long as a provider lives.
 *
 * <p>Threads: any; futures complete on the caller's Vert.x context. What has state says how it is guarded.
 */
@NullMarked
package com.busdk.gateway.requests;

import org.jspecify.annotations.NullMarked;
