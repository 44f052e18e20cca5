package com.busdk.broker.backend.log;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the log takes events. Changed by the writer and, where flushing at intervals fails, by the background thread;
 * read by any.
 *
 * <p>What a client reads and what the operator's log says are two things: the former has no paths and no system's words.
 */
final class Health {
    private static final Logger LOG = LoggerFactory.getLogger(Health.class);

    private volatile State state = new State.Fine();

    private sealed interface State {
        record Fine() implements State {}

        /** Until there is room again. */
        record Blocked(String because) implements State {}

        /** For good. */
        record Broken(String because) implements State {}
    }

    /** Returns when events can be taken. */
    void check() throws LogUnavailableException {
        if (!(state instanceof State.Fine)) {
            throw new LogUnavailableException(because());
        }
    }

    boolean fine() {
        return state instanceof State.Fine;
    }

    boolean blocked() {
        return state instanceof State.Blocked;
    }

    boolean broken() {
        return state instanceof State.Broken;
    }

    /** Why not, for a client; empty when fine. */
    String because() {
        return switch (state) {
            case State.Fine fine -> "";
            case State.Blocked blocked -> blocked.because();
            case State.Broken broken -> broken.because();
        };
    }

    /** Something could not be written: until that works again, nothing is taken. */
    LogUnavailableException block(Exception cause, boolean full) {
        String because = full
                ? "the disk is full: nothing can be stored until there is room"
                : "the disk does not take what is written: nothing can be stored until it does";
        if (fine()) {
            LOG.error("publishing stops: {}", because, cause);
        }
        if (!broken()) {
            state = new State.Blocked(because);
        }
        return new LogUnavailableException(because, cause);
    }

    /** What the disk has is not known any more: nothing is taken until the log is opened anew. */
    LogUnavailableException breakDown(Exception cause) {
        String because =
                "the disk failed to keep what was written: nothing can be stored until the service is restarted";
        if (!broken()) {
            LOG.error(
                    "publishing stops until a restart: after a failed flush nobody knows what is on disk, and a second"
                            + " one that succeeds would prove nothing",
                    cause);
        }
        state = new State.Broken(because);
        return new LogUnavailableException(because, cause);
    }

    /** There is room again. */
    void recover() {
        if (blocked()) {
            LOG.warn("publishing goes on: there is room again");
            state = new State.Fine();
        }
    }

    void close() {
        state = new State.Broken("the log is closed: the service is shutting down");
    }
}
