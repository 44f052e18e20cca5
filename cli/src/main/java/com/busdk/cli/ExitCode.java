package com.busdk.cli;

/**
 * The exit codes of {@code bus}. They are part of its contract: scripts branch on them, so a number never changes its
 * meaning. 65, 69, 74 and 77 are those of BSD's {@code sysexits.h}; 124, 127 and 130 are what a shell user knows from
 * {@code timeout}, a missing command and Ctrl-C.
 */
public final class ExitCode {
    /** Done. */
    public static final int OK = 0;
    /** The command ran and what it was asked to do failed. */
    public static final int FAILED = 1;
    /** The command line is wrong; nothing was done. */
    public static final int USAGE = 2;
    /** A {@code .bus} file is wrong; nothing was done. */
    public static final int BUS_SYNTAX = 65;
    /** The service cannot be reached or says it is unavailable. */
    public static final int UNREACHABLE = 69;
    /** The log of events is damaged: it has to be looked at before the service can start, however often that is tried. */
    public static final int DAMAGED_LOG = 74;
    /** Not authenticated, or not allowed. */
    public static final int NO_PERMISSION = 77;
    /** The time allowed by {@code --timeout} is over. */
    public static final int TIMED_OUT = 124;
    /** There is no such command. */
    public static final int NO_SUCH_COMMAND = 127;
    /** Interrupted by Ctrl-C. */
    public static final int INTERRUPTED = 130;

    private ExitCode() {}
}
