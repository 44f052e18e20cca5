/**
 * What every handler of a route is made of: its shape, and the strict reading of a request's parameters.
 *
 * <p>Stateless but where a class says so; used on the event loop of the connection.
 */
@NullMarked
package com.busdk.broker.http.exchange;

import org.jspecify.annotations.NullMarked;
