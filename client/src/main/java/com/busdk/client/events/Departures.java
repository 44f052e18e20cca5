package com.busdk.client.events;

import io.vertx.core.Context;
import io.vertx.core.Vertx;

/**
 * Says when what has gathered goes out. While little is on the way it goes at the end of the event loop's turn, so that
 * what became ready in one turn goes together and nothing waits for a clock; else it goes along when a request comes back,
 * so that requests grow fuller as load grows. Where none comes back for a while it goes all the same: one that got no
 * answer must not hold up the others. Lives on one context.
 */
final class Departures {
    /** How long something waits for a request to come back: much beside an answer on one machine, little to a caller. */
    private static final long LONGEST_WAIT_MILLIS = 5;

    private final Vertx vertx;
    private final Context context;
    private final int freely;
    private final Runnable depart;
    private int onTheWay;
    private boolean atEndOfTurn;
    private boolean timed;

    /**
     * A time-table.
     *
     * @param freely with fewer requests than this on the way nothing waits
     * @param depart sends what has gathered, which may be nothing; it asks {@link #onTheWay} how much more may go
     */
    Departures(Vertx vertx, Context context, int freely, Runnable depart) {
        this.vertx = vertx;
        this.context = context;
        this.freely = freely;
        this.depart = depart;
    }

    /** Requests that have left and not come back. */
    int onTheWay() {
        return onTheWay;
    }

    /** Something has come that wants to leave. */
    void wanted() {
        if (onTheWay < freely) {
            if (!atEndOfTurn) {
                atEndOfTurn = true;
                context.runOnContext(ignored -> {
                    atEndOfTurn = false;
                    depart.run();
                });
            }
        } else if (!timed) {
            timed = true;
            vertx.setTimer(LONGEST_WAIT_MILLIS, ignored -> {
                timed = false;
                depart.run();
            });
        }
    }

    /** A request has left. */
    void left() {
        onTheWay++;
    }

    /** A request has come back. */
    void back() {
        onTheWay--;
        depart.run();
    }
}
