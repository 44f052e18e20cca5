/**
 * {@code bus events bench}: a load generator that leaves the machine to the service that it measures. Requests are bytes
 * made once, answers are parsed for their status and length alone, and lines are counted eight bytes at a time, since
 * what the client spends on a machine that it shares the service cannot have.
 *
 * <p>A load is described, started and waited for on the thread of the command line. Its connections live on the event
 * loops of a {@link com.busdk.cli.bench.LoadClient}, each on one of them; what they count is kept for each loop apart and
 * added up when it is over. Latency is counted from the moment at which an event was meant to be sent: a service that
 * stands still makes every event late that was due meanwhile, not just the one that it had in hand.
 */
@NullMarked
package com.busdk.cli.bench;

import org.jspecify.annotations.NullMarked;
