package com.busdk.workers.ssh;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.sshd.client.session.ClientSession;
import org.jspecify.annotations.Nullable;

/**
 * Connections that are open, shared by scripts of the same user at the same machine and kept a while for the next one.
 * Any thread; guarded by its monitor, except for connecting, which only those wait for who want the same endpoint.
 */
final class Connections implements AutoCloseable {
    /** Scripts on one connection: sshd's MaxSessions is 10 unless set, and one is left for ending jobs. */
    static final int MAX_CHANNELS = 9;

    /** Who waits while another connects looks so often whether its end is asked for. */
    private static final Duration TURN_CHECK = Duration.ofMillis(250);

    private final SshConnector connector;
    private final Duration idleTimeout;

    /** Connections that nobody uses, at most: as many as could be wanted at once. */
    private final int maxIdle;

    private final Map<Endpoint, Slot> slots = new HashMap<>();
    private int idle;

    Connections(SshConnector connector, Duration idleTimeout, int maxIdle) {
        this.connector = connector;
        this.idleTimeout = idleTimeout;
        this.maxIdle = maxIdle;
    }

    /** A place on a connection. Its fields but the session are guarded by the pool. */
    static final class Connection {
        private final Slot slot;
        private final ClientSession session;
        private int channels;
        private boolean retired;
        private long idleSince;

        private Connection(Slot slot, ClientSession session) {
            this.slot = slot;
            this.session = session;
        }

        ClientSession session() {
            return session;
        }
    }

    /**
     * A place.
     *
     * @param connection where
     * @param used whether it was open before: then it may turn out to be dead
     */
    record Place(Connection connection, boolean used) {}

    /** What is known of an endpoint. */
    private static final class Slot {
        private final Endpoint endpoint;
        private final ReentrantLock connecting = new ReentrantLock(true);
        private final List<Connection> open = new ArrayList<>();
        private int interested;
        private @Nullable NotBegunException failure;
        private long failedAt;

        private Slot(Endpoint endpoint) {
            this.endpoint = endpoint;
        }
    }

    /**
     * A place on a connection, which is opened if there is none. Those who wait while another connects share its failure:
     * a dead machine would else keep them one after the other.
     *
     * @throws NotBegunException if there is no connection to be had
     * @throws EndedEarlyException if time is up or the end is asked for
     */
    Place take(Endpoint to, Deadline deadline, StopWish stop)
            throws NotBegunException, EndedEarlyException, InterruptedException {
        long came = System.nanoTime();
        Slot slot = interested(to);
        try {
            Place ready = placeOn(slot);
            if (ready != null) {
                return ready;
            }
            while (!slot.connecting.tryLock(deadline.within(TURN_CHECK).leftNanos(), TimeUnit.NANOSECONDS)) {
                if (stop.isAsked() || deadline.passed()) {
                    throw new EndedEarlyException();
                }
            }
            try {
                Place meanwhile = placeOn(slot);
                return meanwhile != null ? meanwhile : connect(slot, came, deadline, stop);
            } finally {
                slot.connecting.unlock();
            }
        } finally {
            notInterested(slot);
        }
    }

    private Place connect(Slot slot, long came, Deadline deadline, StopWish stop)
            throws NotBegunException, EndedEarlyException, InterruptedException {
        NotBegunException failure = slot.failure;
        if (failure != null && slot.failedAt - came > 0) {
            throw failure;
        }
        ClientSession session;
        try {
            session = connector.connect(slot.endpoint, deadline, stop);
        } catch (NotBegunException e) {
            slot.failure = e;
            slot.failedAt = System.nanoTime();
            throw e;
        }
        slot.failure = null;
        return add(slot, session);
    }

    private synchronized Slot interested(Endpoint to) {
        Slot slot = slots.computeIfAbsent(to, Slot::new);
        slot.interested++;
        return slot;
    }

    private synchronized void notInterested(Slot slot) {
        slot.interested--;
        forgetIfUnused(slot);
    }

    private void forgetIfUnused(Slot slot) {
        if (slot.interested == 0 && slot.open.isEmpty()) {
            slots.remove(slot.endpoint, slot);
        }
    }

    private synchronized @Nullable Place placeOn(Slot slot) {
        for (Connection connection : List.copyOf(slot.open)) {
            if (!connection.session.isOpen()) {
                retireAndCount(connection);
            } else if (connection.channels < MAX_CHANNELS) {
                if (connection.channels++ == 0) {
                    idle--;
                }
                return new Place(connection, true);
            }
        }
        return null;
    }

    private synchronized Place add(Slot slot, ClientSession session) {
        Connection connection = new Connection(slot, session);
        connection.channels = 1;
        slot.open.add(connection);
        return new Place(connection, false);
    }

    /** Gives a place back. */
    void giveBack(Connection connection) {
        leave(connection, false);
    }

    /**
     * Gives a place back on a connection that turned out to be of no use: no new script gets it, and it is closed when
     * those that are on it have left.
     */
    void giveUp(Connection connection) {
        leave(connection, true);
    }

    private void leave(Connection connection, boolean useless) {
        List<Connection> toClose = new ArrayList<>();
        synchronized (this) {
            connection.channels--;
            if (useless && !connection.retired) {
                retire(connection);
            }
            if (connection.channels == 0 && connection.retired) {
                toClose.add(connection);
            } else if (connection.channels == 0) {
                connection.idleSince = System.nanoTime();
                idle++;
                toClose.addAll(idle > maxIdle ? removeOldestIdle() : List.of());
            }
        }
        toClose.forEach(old -> old.session.close(true));
    }

    /** Closes connections that nobody has used for long; to be called now and then. */
    void closeIdle() {
        List<Connection> old = new ArrayList<>();
        synchronized (this) {
            long now = System.nanoTime();
            for (Slot slot : List.copyOf(slots.values())) {
                for (Connection connection : List.copyOf(slot.open)) {
                    if (connection.channels == 0 && now - connection.idleSince >= idleTimeout.toNanos()) {
                        retireAndCount(connection);
                        old.add(connection);
                    }
                }
            }
        }
        old.forEach(connection -> connection.session.close(false));
    }

    /** Connections that are open. */
    synchronized int size() {
        return slots.values().stream().mapToInt(slot -> slot.open.size()).sum();
    }

    private List<Connection> removeOldestIdle() {
        Connection oldest = null;
        for (Slot slot : slots.values()) {
            for (Connection connection : slot.open) {
                if (connection.channels == 0 && (oldest == null || connection.idleSince - oldest.idleSince < 0)) {
                    oldest = connection;
                }
            }
        }
        if (oldest == null) {
            return List.of();
        }
        retireAndCount(oldest);
        return List.of(oldest);
    }

    private void retireAndCount(Connection connection) {
        if (connection.channels == 0) {
            idle--;
        }
        retire(connection);
    }

    private void retire(Connection connection) {
        connection.retired = true;
        connection.slot.open.remove(connection);
        forgetIfUnused(connection.slot);
    }

    /** Closes all of them. */
    @Override
    public void close() {
        List<Connection> all = new ArrayList<>();
        synchronized (this) {
            slots.values().forEach(slot -> all.addAll(slot.open));
            all.forEach(this::retireAndCount);
        }
        all.forEach(connection -> connection.session.close(true));
    }
}
