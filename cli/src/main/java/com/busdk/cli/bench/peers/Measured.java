package com.busdk.cli.bench.peers;

/**
 * One measurement of one system.
 *
 * @param value what the work measures: a rate, or milliseconds
 * @param events that the server has handled in the time that its usage is of
 * @param missing events that should have come and did not, or were due and not sent
 * @param p50 median latency in milliseconds, 0 where it is not what the work is about
 * @param p99 what 99 of 100 were below, in milliseconds
 */
record Measured(double value, long events, long missing, double p50, double p99) {
    /** A rate of which nothing else is known. */
    static Measured rate(double perSecond, long events, long missing) {
        return new Measured(perSecond, events, missing, 0, 0);
    }
}
