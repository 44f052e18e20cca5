/**
 * What the services share in serving HTTP: where they listen, how they answer with an error of the catalogue, and what
 * they do with the rest of a request that they have refused. Nothing here is of use to a client.
 *
 * <p>Threads: the event loop of the request.
 */
@NullMarked
package com.busdk.client.http.server;

import org.jspecify.annotations.NullMarked;
