/**
 * {@code scripts/bench --peers}, {@code --growth} and {@code --soak}: the same work on this hub and on the systems of
 * others that are installed, one after the other in turn, how the cost of the hub's own work grows, and whether anything
 * drifts while it is under load for a long time.
 *
 * <p>There is one load generator for all systems. A {@link com.busdk.cli.bench.peers.Conversation} is one connection in
 * the protocol of a system, a {@link com.busdk.cli.bench.peers.Sender} decides what is published when, and both live on
 * an event loop of the {@link com.busdk.cli.bench.LoadClient}; what is measured is counted in the same way whatever the
 * protocol. Servers are processes of their own on free ports of the loopback address, with their files in the folder of
 * the run. They are started, asked and stopped on the thread of the command line, which measures one of them at a time.
 *
 * <p>What was measured goes to one file of results, and the page with its charts is made from that file alone, so that
 * no figure on the page can differ from what was measured.
 */
@NullMarked
package com.busdk.cli.bench.peers;

import org.jspecify.annotations.NullMarked;
