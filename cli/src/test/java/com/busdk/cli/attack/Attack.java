package com.busdk.cli.attack;

import java.util.ArrayList;
import java.util.List;

/**
 * One kind of attack.
 *
 * @param name short, for the table
 * @param right what the service has to do, in words
 * @param strike does it, and fails where something else came back
 */
record Attack(String name, String right, Strike strike) {
    /** An attack while it goes on. */
    @FunctionalInterface
    interface Strike {
        /**
         * Attacks, waits for what has to come of it, and leaves nothing open.
         *
         * @return what came back, in words
         */
        String at(Target target, Force force) throws Exception;
    }

    /**
     * How hard it strikes.
     *
     * @param seconds of those that go on for as long as one likes; the others end when they are done
     * @param connections of those that open many
     */
    record Force(int seconds, int connections) {
        /** The time at which an attack of that length ends, in nanoseconds of {@link System#nanoTime}. */
        long end() {
            return System.nanoTime() + seconds * 1_000_000_000L;
        }
    }

    /** All of them, in the order of the table. */
    static List<Attack> all() {
        List<Attack> all = new ArrayList<>();
        all.addAll(SlowAttacks.all());
        all.add(HalfOpenAttack.attack());
        all.addAll(Http1Attacks.all());
        all.addAll(Http2Attacks.all());
        all.addAll(ContentAttacks.all());
        all.addAll(TokenAttacks.all());
        all.addAll(NumberAttacks.all());
        return all;
    }
}
