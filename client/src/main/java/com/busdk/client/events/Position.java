package com.busdk.client.events;

import com.busdk.client.config.GoDuration;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where a listening stands, and with which parameters the next connection goes on from there. A broadcast listener goes
 * on behind the last event it got. One that has not got any goes back by the time that has passed since it began, told
 * as a duration, so that the clocks of both sides need not agree. A group knows by itself. Lives on the listening's
 * context.
 */
final class Position {
    private final ListenOptions options;
    private @Nullable String lastId;
    private long received;
    private boolean begun;
    private long begunAt;

    Position(ListenOptions options) {
        this.options = options;
    }

    /** The stream is open: from here on nothing may be missed. */
    void begin(long sentAtNanos) {
        if (!begun) {
            begun = true;
            begunAt = sentAtNanos;
        }
    }

    /** Events were given to the handler. */
    void advance(@Nullable String id, long count) {
        received += count;
        if (id != null) {
            lastId = id;
        }
    }

    /** All up to this id has been seen, though nothing may have matched. */
    void caughtUp(@Nullable String id) {
        if (id != null && (lastId == null || id.compareTo(lastId) > 0)) {
            lastId = id;
        }
    }

    long received() {
        return received;
    }

    boolean limitReached() {
        return options.limit() > 0 && received >= options.limit();
    }

    /** The parameters of the next connection. */
    Query next(Duration heartbeat, long nowNanos) {
        Query query = options.query();
        if (options.member() != null) {
            if (options.replay()) {
                query.add("replay", "true");
            }
        } else if (lastId != null) {
            query.add("after", lastId);
        } else {
            addStart(query, nowNanos);
        }
        if (options.limit() > 0) {
            query.add("limit", Long.toString(options.limit() - received));
        }
        return query.add("heartbeat", GoDuration.format(heartbeat)).add("notices", "true");
    }

    private void addStart(Query query, long nowNanos) {
        String after = options.after();
        String since = options.since();
        if (after != null) {
            query.add("after", after);
        } else if (since != null) {
            query.add("since", begun ? moved(since, nowNanos) : since);
        } else if (options.replay()) {
            query.add("replay", "true");
        } else if (begun && options.follow()) {
            query.add("since", GoDuration.format(Duration.ofNanos(nowNanos - begunAt)));
        }
    }

    /** A duration reaches as far back as it did at the beginning; a time stays what it is. */
    private String moved(String since, long nowNanos) {
        try {
            return GoDuration.format(GoDuration.parse(since).plusNanos(nowNanos - begunAt));
        } catch (IllegalArgumentException e) {
            return since;
        }
    }
}
