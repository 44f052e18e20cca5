/**
 * The events service under attack: the real program in a process of its own, attackers of one kind after the other, each
 * with the answer that is right, and meanwhile a neighbour that behaves and must not feel it.
 *
 * <pre>
 * Attack (SlowAttacks, Http1Attacks, …) ── Wire, Http2 ──┐
 * Neighbour ── HTTP ─────────────────────────────────────┴── Target (a process: scripts/bus api provider events)
 * </pre>
 *
 * <p>Attackers are the thread of the test, and virtual threads where one has to read while it writes; sockets block.
 */
package com.busdk.cli.attack;
