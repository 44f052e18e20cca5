/**
 * Virtual machines for {@code bus.vm.*} events: their states in cloud-neutral words, a provider that needs nothing outside
 * and one for the cloud, and the handler between them and the events.
 *
 * <p>Providers may be called from any thread, and never block.
 */
@NullMarked
package com.busdk.workers.upcloud.vm;

import org.jspecify.annotations.NullMarked;
