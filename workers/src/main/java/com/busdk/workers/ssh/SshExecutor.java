package com.busdk.workers.ssh;

import com.busdk.client.http.ApiException;
import com.busdk.client.worker.Lease;
import com.busdk.client.worker.LeaseLostException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Runs scripts on machines that are reached over SSH. See {@link RemotePrograms} and the shell programs beside it for what
 * happens there.
 *
 * <p>A script is begun once at most, whatever happens. A run is known to its machine by the id of its request; who comes
 * with the same id again, such as a worker that got the event after another one died, follows the script that runs there,
 * or gets the result that it has left. If that cannot be found out, because a machine cannot be reached or what watched
 * over the script is gone, the answer is an error that says so, and nothing is begun. Right before a script is begun its
 * lease is confirmed: whoever gets the request later finds what the machine has by then, and whoever had it before begins
 * nothing. The machine keeps a result until
 * {@link #forget} is called, for two days at most, and in memory where it can: one that is started anew forgets it. It
 * ends a script by itself soon after its time, should nobody be left to do it.
 *
 * <p>{@link #run} blocks and is for virtual threads; any number of them, and any thread for the rest.
 */
public final class SshExecutor implements AutoCloseable {
    /** How long {@link #close} waits for runs: those that were cancelled are being ended, on two connections at worst. */
    private static final Duration LAST_RUNS = Duration.ofSeconds(25);

    /** How long {@link #close} waits for what is being forgotten: it is of no harm where it stays behind. */
    private static final Duration LAST_FORGETTING = Duration.ofSeconds(3);

    /** A run that waits for its turn looks so often whether it is still wanted. */
    private static final Duration TURN_CHECK = Duration.ofMillis(250);

    private final SshRunnerOptions options;
    private final String netplanFolder;
    private final Duration pause;
    private final SshConnector connector;
    private final Connections connections;
    private final Channels channels;
    private final Forgetting forgetting;
    private final Semaphore sessions;
    private final ScheduledExecutorService housekeeping;
    private final Set<StopWish> running = new HashSet<>(); // guarded by itself
    private boolean closing; // guarded by running

    private SshExecutor(SshRunnerOptions options, String netplanFolder, Duration pause) {
        this.options = options;
        this.netplanFolder = netplanFolder;
        this.pause = pause;
        this.connector = new SshConnector(options);
        this.connections = new Connections(connector, options.idleTimeout(), options.maxSessions());
        this.channels = new Channels(connections, connector, options.connectTimeout());
        this.forgetting = new Forgetting(channels::remove);
        this.sessions = new Semaphore(options.maxSessions(), true);
        this.housekeeping = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("ssh-idle").factory());
        long period = Math.max(1, options.idleTimeout().toMillis() / 2);
        var _ = housekeeping.scheduleWithFixedDelay(connections::closeIdle, period, period, TimeUnit.MILLISECONDS);
    }

    /**
     * An executor. Reads the private key, so it blocks.
     *
     * @param options how it works
     * @return the executor, to be closed
     * @throws com.busdk.client.config.ConfigException if the key cannot be used
     */
    public static SshExecutor create(SshRunnerOptions options) {
        return new SshExecutor(options, Netplan.FOLDER, Job.PAUSE);
    }

    /** For tests, which have no netplan to write to, and may be in a hurry; {@code pause} as in {@link Job}. */
    static SshExecutor create(SshRunnerOptions options, String netplanFolder, Duration pause) {
        return new SshExecutor(options, netplanFolder, pause);
    }

    /**
     * Runs a script to its end.
     *
     * @param request what, and where
     * @param requestId the same for each attempt at a request
     * @param earlier whether an earlier attempt may have begun the script
     * @param lease tells whether the request still is this worker's
     * @param stop ends it before its time; where the worker is stopping, it goes on without this attempt
     * @return how it ended
     * @throws ApiException if it could not be begun, did not come to its end, or that is not known; {@link SshErrors} has
     *     the words
     * @throws EndedScript the same, where it was ended and it is known how long it had run
     * @throws LeaseLostException if this attempt has begun nothing and the request is somebody else's: then it is not this
     *     one's to answer
     */
    ScriptResult run(ScriptRequest request, String requestId, Earlier earlier, Lease lease, StopWish stop)
            throws InterruptedException {
        Optional<String> netplan =
                Optional.ofNullable(request.networkBootstrap()).flatMap(Netplan::render);
        Duration limit = options.timeoutOf(request);
        Job job = new Job(
                request,
                Attempt.at(requestId),
                earlier,
                lease,
                netplan.map(yaml -> new RemotePrograms.Setup(netplanFolder, yaml)),
                limit,
                Deadline.in(limit),
                options.outputLimitOf(request),
                stop,
                pause);
        Candidates candidates = new Candidates(job, channels);
        enter(stop);
        try {
            if (!takesTurn(job)) {
                if (job.stop().isAsked()) {
                    return EventRoom.fit(candidates.stopped(), options.maxEventBytes());
                }
                throw candidates.outOfTurn();
            }
            try {
                return EventRoom.fit(candidates.run(), options.maxEventBytes());
            } finally {
                sessions.release();
            }
        } catch (ApiException | EndedScript e) {
            // The answer would be taken for the end of a script that runs for somebody else by now: who found that
            // nobody is left where this one had come to has begun it in another place.
            boolean nothingToTell = !candidates.isBegun()
                    || e instanceof ApiException failure && failure.type().equals(SshErrors.OUTCOME_UNKNOWN);
            if (nothingToTell && !job.isStopping() && !job.isHeld()) {
                throw new LeaseLostException();
            }
            throw e;
        } finally {
            forgetting.keep(requestId, candidates.touched());
            leave(stop);
        }
    }

    /** The answer to a request has arrived for good: what its machine has kept of it is taken away. Returns at once. */
    void forget(String requestId) {
        forgetting.forget(requestId);
    }

    private void enter(StopWish stop) {
        synchronized (running) {
            if (closing) {
                throw SshErrors.stopping();
            }
            running.add(stop);
        }
    }

    private void leave(StopWish stop) {
        synchronized (running) {
            running.remove(stop);
            running.notifyAll();
        }
    }

    /** Waits for its turn; false if its time is up, or its end is asked for, before that. */
    private boolean takesTurn(Job job) throws InterruptedException {
        while (!sessions.tryAcquire(job.deadline().within(TURN_CHECK).leftNanos(), TimeUnit.NANOSECONDS)) {
            if (job.stop().isAsked() || job.deadline().passed()) {
                return false;
            }
        }
        return true;
    }

    /** Connections that are open, for health and tests. */
    int openConnections() {
        return connections.size();
    }

    /**
     * Ends every run and every connection. Scripts go on at their machines, for who gets their requests next. Blocks for up
     * to half a minute.
     */
    @Override
    public void close() {
        Deadline deadline = Deadline.in(LAST_RUNS);
        try {
            synchronized (running) {
                closing = true;
                running.forEach(stop -> stop.ask(StopWish.Reason.STOPPING));
                while (!running.isEmpty() && !deadline.passed()) {
                    TimeUnit.NANOSECONDS.timedWait(running, Math.max(1_000_000, deadline.leftNanos()));
                }
            }
            forgetting.close(LAST_FORGETTING);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            housekeeping.shutdownNow();
            connections.close();
            connector.close();
        }
    }
}
