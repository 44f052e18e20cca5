package com.busdk.client.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs work in transactions on a connection of its own, and opens another where that one is lost. A batch is one
 * transaction; if any of it fails, each work of it gets one to itself, so that no work suffers from another's failure.
 *
 * <p>Thread: one of its lane, for all its life.
 */
final class Transactions implements Lane.Runner {
    private static final Logger LOG = LoggerFactory.getLogger(Transactions.class);

    /** Times that work is tried when another transaction, or the loss of an idle connection, comes in its way. */
    private static final int MAX_ATTEMPTS = 5;

    /** A connection that was not used for so long is asked whether it is still there. */
    private static final Duration TRUSTED_FOR = Duration.ofSeconds(5);

    private static final int VALIDATION_SECONDS = 2;

    private final Connector connector;
    private final boolean forWriting;
    private @Nullable Connection connection;
    private long lastUse = System.nanoTime();
    private boolean failing;

    /**
     * A runner.
     *
     * @param connector opens connections
     * @param forWriting whether work may write
     * @param first a connection to begin with; handed over before the thread starts
     */
    Transactions(Connector connector, boolean forWriting, @Nullable Connection first) {
        this.connector = connector;
        this.forWriting = forWriting;
        this.connection = first;
    }

    /** A commit of which nobody knows whether it holds. */
    private static final class InDoubtException extends RuntimeException {
        InDoubtException(SQLException cause) {
            super(cause);
        }
    }

    @Override
    public void run(List<Job<?>> batch) {
        if (batch.size() > 1 && together(batch)) {
            return;
        }
        for (Job<?> job : batch) {
            alone(job);
        }
    }

    @Override
    public void close() {
        discard();
    }

    /** Returns false if the works have to be tried one by one. */
    private boolean together(List<Job<?>> batch) {
        try {
            transaction(batch);
        } catch (InDoubtException e) {
            LOG.error("a commit of the store {} is in doubt: {}", connector.location(), cause(e));
            batch.forEach(job -> job.fail(SqlFailures.inDoubt()));
            return true;
        } catch (SQLException | RuntimeException | Error e) {
            if (connection == null && isUnreachable()) {
                // Each alone would wait for the same server: they all hear of it now.
                batch.forEach(job -> job.fail(SqlFailures.unavailable()));
                return true;
            }
            return false;
        }
        batch.forEach(Job::succeed);
        return true;
    }

    private boolean isUnreachable() {
        try {
            connected();
            return false;
        } catch (SQLException e) {
            fails(e);
            return true;
        }
    }

    private void alone(Job<?> job) {
        for (int attempt = 1; ; attempt++) {
            try {
                transaction(List.of(job));
                job.succeed();
                return;
            } catch (InDoubtException e) {
                LOG.error("a commit of the store {} is in doubt: {}", connector.location(), cause(e));
                job.fail(SqlFailures.inDoubt());
                return;
            } catch (SQLException | RuntimeException | Error e) {
                boolean passes = SqlFailures.isConflict(e) || SqlFailures.isConnectionLost(e);
                if (passes && attempt < MAX_ATTEMPTS && !(connection == null && isUnreachable())) {
                    continue;
                }
                job.fail(publicFailure(e));
                return;
            }
        }
    }

    private Throwable publicFailure(Throwable failure) {
        if (!SqlFailures.isUnavailable(failure)) {
            return failure;
        }
        fails(failure);
        return SqlFailures.unavailable();
    }

    /** Once for each time that it begins to fail: while it does, every work would say the same. */
    private void fails(Throwable failure) {
        if (!failing) {
            failing = true;
            LOG.error("the store {} fails: {}", connector.location(), SqlFailures.brief(failure));
        }
    }

    private void works() {
        if (failing) {
            failing = false;
            LOG.info("the store {} works again", connector.location());
        }
    }

    private void transaction(List<Job<?>> jobs) throws SQLException {
        Connection here = connected();
        try {
            connector.begin(here, forWriting);
            for (Job<?> job : jobs) {
                job.attempt(here);
            }
        } catch (SQLException | RuntimeException | Error e) {
            undo(here, e);
            throw e;
        }
        try {
            connector.commit(here);
        } catch (SQLException e) {
            undo(here, e);
            if (SqlFailures.leavesCommitInDoubt(e)) {
                throw new InDoubtException(e);
            }
            throw e;
        }
        lastUse = System.nanoTime();
        works();
    }

    private Connection connected() throws SQLException {
        Connection here = connection;
        boolean idle = System.nanoTime() - lastUse > TRUSTED_FOR.toNanos();
        if (here != null && idle && connector.dialect() == Dialect.POSTGRES && !here.isValid(VALIDATION_SECONDS)) {
            discard();
            here = null;
        }
        if (here == null) {
            here = connector.open(forWriting);
            connection = here;
        }
        lastUse = System.nanoTime();
        return here;
    }

    /** Rolls back, or throws the connection away if that is not possible. */
    private void undo(Connection here, Throwable because) {
        try {
            if (!SqlFailures.isConnectionLost(because)) {
                connector.rollback(here);
                return;
            }
        } catch (SQLException e) {
            because.addSuppressed(e);
        }
        // A private database in memory would be gone with its connection: it is kept, and its next begin tells.
        if (!(connector.location() instanceof DatabaseLocation.Memory)) {
            discard();
        }
    }

    private void discard() {
        Connection here = connection;
        connection = null;
        if (here != null) {
            try {
                here.close();
            } catch (SQLException e) {
                LOG.debug("a connection to {} was closed with {}", connector.location(), SqlFailures.brief(e));
            }
        }
    }

    private static String cause(InDoubtException e) {
        return e.getCause() == null ? "" : SqlFailures.brief(e.getCause());
    }
}
