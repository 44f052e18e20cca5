package com.busdk.cli.bench.suite;

import com.busdk.cli.bench.LoadResult;
import com.busdk.cli.bench.Timing;
import java.time.Duration;

/**
 * Puts a load on until it goes no faster: a process that has just started interprets its code and compiles it meanwhile,
 * which takes both processors of a small machine for longer than a measurement. Stateless.
 */
final class WarmUp {
    /** A piece counts as faster than the best one before from here on. */
    private static final double FASTER = 1.05;

    /** So many pieces in a row that are not faster, and it is warm. */
    private static final int SETTLED = 2;

    /** Most pieces: what is not warm by then is measured as it is. */
    private static final int MOST_PIECES = 10;

    private WarmUp() {}

    /** A load of some length. */
    @FunctionalInterface
    interface Load {
        LoadResult run(Timing timing) throws InterruptedException;
    }

    /**
     * Warms up what a load goes through.
     *
     * @param load as fast as answers come
     * @return how many seconds it took
     */
    static double run(Scale scale, Load load) throws InterruptedException {
        int most = scale.rounds() > 1 ? MOST_PIECES : 1;
        double best = 0;
        int settled = 0;
        long begun = System.nanoTime();
        for (int piece = 0; piece < most && settled < SETTLED; piece++) {
            double rate = load.run(Timing.of(Duration.ZERO, scale.warmup())).perSecond();
            settled = rate > best * FASTER ? 0 : settled + 1;
            best = Math.max(best, rate);
        }
        return (System.nanoTime() - begun) / 1e9;
    }
}
