/**
 * The UpCloud worker: virtual machines and a container runner in the cloud, for {@code bus.vm.*} and
 * {@code bus.containers.*} events. The rooms below: {@code options} (what can be set), {@code api} (the cloud's REST API),
 * {@code power} (servers on and off), {@code vm}, {@code runner} (the machine that containers run on). Here they are put
 * together.
 *
 * <p>Handlers are called on event loops; nothing blocks one.
 */
@NullMarked
package com.busdk.workers.upcloud;

import org.jspecify.annotations.NullMarked;
