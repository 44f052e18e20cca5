package com.busdk.broker.http.stream;

import java.time.Duration;

/**
 * Bounds of streams.
 *
 * @param maxPerIdentity streams that one identity may have open at once, over all event loops
 * @param maxNames names on one stream
 * @param stallTimeout a stream that takes nothing for so long, while there is something for it, is closed
 * @param allowWildcards whether a name may be a pattern
 */
public record StreamLimits(int maxPerIdentity, int maxNames, Duration stallTimeout, boolean allowWildcards) {
    public StreamLimits {
        if (maxPerIdentity < 1 || maxNames < 1 || stallTimeout.isNegative() || stallTimeout.isZero()) {
            throw new IllegalArgumentException("a limit of streams is below its least value");
        }
    }
}
