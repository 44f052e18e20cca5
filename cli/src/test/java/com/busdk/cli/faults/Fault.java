package com.busdk.cli.faults;

/** What the nemesis does. */
enum Fault {
    /** The process is killed (-9), and started again. */
    KILL,
    /** The power fails: what was not flushed is gone, or parts of it. */
    POWER_LOSS,
    /** The process is stopped for longer than leases last, and goes on. */
    PAUSE,
    /** All connections are cut, some of them within a line. */
    CUT,
    /** Everything on the network takes longer. */
    DELAY,
    /** The network stands still, and then all connections are cut. */
    STAND_STILL,
    /** Flushes take a quarter of a second. */
    SLOW_FLUSH,
    /** A flush fails; the service is started again without what that should have kept. */
    FAILED_FLUSH,
    /** A flush fails that another thread than the writer's makes, and then the power does. */
    FAILED_SIDE_FLUSH,
    /** Some writes fail half way. */
    FAILED_WRITE,
    /** Its clock jumps by up to half an hour, ahead or back, and later back again. */
    CLOCK_JUMP,
    /** While it is down, a bit flips in one of its files. */
    FLIPPED_BIT,
    /** While it is down, one of its files loses its end. */
    TRUNCATED_FILE,
    /** While it is down, the newest segment gets what never was an event behind its last one. */
    GARBAGE
}
