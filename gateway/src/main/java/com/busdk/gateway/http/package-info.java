/**
 * What the HTTP services of this module share: servers on an address, request ids and the access log, routes with their
 * scopes, bounded bodies, and the one place that turns failures into answers. It knows of no domain.
 *
 * <p>Threads: everything that belongs to a request lives on the event loop of its connection; what is shared by several
 * loops says so.
 */
@NullMarked
package com.busdk.gateway.http;

import org.jspecify.annotations.NullMarked;
