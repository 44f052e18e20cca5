/**
 * {@code bus auth}: an account of one's own, from an address to an API token. Asks the auth service; keeps the session's
 * token and the API token in files of the user alone. Also what an operator's commands need to speak with that service.
 *
 * <p>Everything here runs on the thread of the command line, which waits.
 */
@NullMarked
package com.busdk.cli.auth;

import org.jspecify.annotations.NullMarked;
