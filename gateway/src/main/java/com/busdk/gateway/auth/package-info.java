/**
 * The auth service: accounts that are known by a one-time password sent by mail and approved by an operator, their
 * sessions, and the tokens that they and services get. It alone knows e-mail addresses; everybody else knows accounts by
 * the UUID that is made here.
 *
 * <p>Threads: requests are served on event loops; the store works on threads of its own.
 */
@NullMarked
package com.busdk.gateway.auth;

import org.jspecify.annotations.NullMarked;
