/**
 * The service as a process of its own, to which happens what happens to processes: it is killed, stopped, and its disk
 * fills up. What clients saw is written down, and a checker decides from that alone whether every promise was kept.
 * Tests run on their own thread and use virtual threads for clients.
 */
@NullMarked
package com.busdk.broker.fault;

import org.jspecify.annotations.NullMarked;
