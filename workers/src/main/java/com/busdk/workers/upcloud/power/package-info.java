/**
 * Servers turned on and off, whatever they are for: finding one by name or UUID, and bringing it to a state by looking at
 * it again and again, since the API has no other way to say that something is done.
 *
 * <p>Any thread; nothing blocks.
 */
@NullMarked
package com.busdk.workers.upcloud.power;

import org.jspecify.annotations.NullMarked;
