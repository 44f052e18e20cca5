/**
 * Tokens: where a client takes them from, how a local one is minted, which words stand for scopes and audiences. Nothing
 * here verifies a token: that is the service's business. Values are immutable; only {@link
 * com.busdk.client.auth.TokenSource} may block, on a small file, and says so.
 *
 * <p>Threads: any.
 */
@NullMarked
package com.busdk.client.auth;

import org.jspecify.annotations.NullMarked;
