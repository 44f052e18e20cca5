package com.busdk.client.events;

/** What became of one lease that was to be settled. */
public enum AckOutcome {
    /** It was settled: as asked, or as was asked as well, of which an ack goes first, then a nack, then a reject. */
    SETTLED,
    /** The lease was lost before: somebody else has the event now, or had it. */
    STALE,
    /** The token never was of this group. */
    UNKNOWN
}
