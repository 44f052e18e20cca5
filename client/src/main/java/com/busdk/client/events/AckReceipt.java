package com.busdk.client.events;

import java.util.List;

/**
 * The hub's answer to an {@link AckRequest}.
 *
 * @param ack how many were acknowledged
 * @param nack how many were given back
 * @param reject how many became dead letters
 * @param extend how many leases were extended
 * @param stale tokens whose lease was lost: somebody else has the event now
 * @param unknown tokens that never were of this group
 */
public record AckReceipt(int ack, int nack, int reject, int extend, List<String> stale, List<String> unknown) {
    /** Keeps copies. */
    public AckReceipt {
        stale = List.copyOf(stale);
        unknown = List.copyOf(unknown);
    }
}
