/**
 * Whether an account may use what costs money. Knows how it is asked of the billing worker, and what a denial looks like.
 *
 * <p>Threads: any; futures complete on the caller's context. No state.
 */
@NullMarked
package com.busdk.gateway.billing;

import org.jspecify.annotations.NullMarked;
