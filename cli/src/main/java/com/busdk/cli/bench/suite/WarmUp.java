package com.busdk.cli.bench.suite;

import com.busdk.cli.bench.LoadResult;
import com.busdk.cli.bench.Timing;
import java.time.Duration;

/**
 * Puts a load on until it goes no faster: a process that has just started interprets its code and compiles it meanwhile,
 * which takes both processors of a small machine for longer than a measurement. Stateless.
 */
public final class WarmUp {
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
        long begun = System.nanoTime();
        var _ = best(
                most, () -> load.run(Timing.of(Duration.ZERO, scale.warmup())).perSecond());
        return (System.nanoTime() - begun) / 1e9;
    }

    /** A piece of a load. */
    @FunctionalInterface
    public interface Piece {
        /** Puts it on, and says how fast that went. */
        double run() throws InterruptedException;
    }

    /**
     * Puts pieces of a load on until two in a row are not faster than the best before them.
     *
     * @param most pieces at most
     * @return the rate of the fastest
     */
    public static double best(int most, Piece load) throws InterruptedException {
        double best = 0;
        int settled = 0;
        for (int piece = 0; piece < most && settled < SETTLED; piece++) {
            double rate = load.run();
            settled = rate > best * FASTER ? 0 : settled + 1;
            best = Math.max(best, rate);
        }
        return best;
    }
}
