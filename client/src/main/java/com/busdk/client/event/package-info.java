/**
 * The event envelope as SDK users see it, event names and their limits. Immutable values: any thread may use them, and
 * nothing here blocks.
 */
@NullMarked
package com.busdk.client.event;

import org.jspecify.annotations.NullMarked;
