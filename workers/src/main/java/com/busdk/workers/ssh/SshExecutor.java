package com.busdk.workers.ssh;

import com.busdk.client.http.ApiException;
import com.busdk.workers.ssh.Connections.Place;
import com.busdk.workers.ssh.NotBegunException.Cause;
import com.busdk.workers.ssh.RemoteRun.End;
import com.busdk.workers.ssh.RemoteRun.Start;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs scripts on machines that are reached over SSH. See {@link RemotePrograms} and the shell programs beside it for what
 * happens there.
 *
 * <p>A run is known to its machine by the id of its request. Whoever comes with the same id again, such as a worker that
 * got the event after another one died, first ends what is still running of it there, and then begins anew: of one
 * request, no two scripts run on a machine at the same time. A script that had ended before its answer was published is
 * run again; scripts that must not be have to see to that themselves. The machine ends a script by itself soon after its
 * time, should nobody be left to do it.
 *
 * <p>{@link #run} blocks and is for virtual threads; any number of them, and any thread for the rest.
 */
public final class SshExecutor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SshExecutor.class);

    /** So much longer than the runner does the machine wait before it ends a script: the runner's word comes first. */
    private static final Duration WATCH_GRACE = Duration.ofSeconds(15);

    /**
     * How long ending a job may take on a connection: its processes have two seconds for TERM, and three more are for KILL
     * (jobs.sh), with two for a job that has just been begun.
     */
    private static final Duration ENDING = Duration.ofSeconds(10);

    /** How long {@link #close} waits for runs that it has ended: one {@link #ENDING} on each of two connections. */
    private static final Duration LAST_RUNS = Duration.ofSeconds(25);

    /** A run that waits for its turn looks so often whether it is still wanted. */
    private static final Duration TURN_CHECK = Duration.ofMillis(250);

    private static final int MAX_REASONS = 4;

    private final SshRunnerOptions options;
    private final String netplanFolder;
    private final SshConnector connector;
    private final Connections connections;
    private final Semaphore sessions;
    private final ScheduledExecutorService housekeeping;
    private final Set<StopWish> running = new HashSet<>(); // guarded by itself
    private boolean closing; // guarded by running

    private SshExecutor(SshRunnerOptions options, String netplanFolder) {
        this.options = options;
        this.netplanFolder = netplanFolder;
        this.connector = new SshConnector(options);
        this.connections = new Connections(connector, options.idleTimeout(), options.maxSessions());
        this.sessions = new Semaphore(options.maxSessions(), true);
        this.housekeeping = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("ssh-idle").factory());
        long pause = Math.max(1, options.idleTimeout().toMillis() / 2);
        var _ = housekeeping.scheduleWithFixedDelay(connections::closeIdle, pause, pause, TimeUnit.MILLISECONDS);
    }

    /**
     * An executor. Reads the private key, so it blocks.
     *
     * @param options how it works
     * @return the executor, to be closed
     * @throws com.busdk.client.config.ConfigException if the key cannot be used
     */
    public static SshExecutor create(SshRunnerOptions options) {
        return new SshExecutor(options, Netplan.FOLDER);
    }

    /** For tests, which have no netplan to write to. */
    static SshExecutor create(SshRunnerOptions options, String netplanFolder) {
        return new SshExecutor(options, netplanFolder);
    }

    /**
     * Runs a script to its end.
     *
     * @param request what, and where
     * @param requestId the same for each attempt at a request
     * @param stop ends it before its time
     * @return how it ended
     * @throws ApiException if it could not be begun or did not come to its end; {@link SshErrors} has the words
     * @throws SupersededException if another attempt at the request has ended this one
     */
    ScriptResult run(ScriptRequest request, String requestId, StopWish stop)
            throws SupersededException, InterruptedException {
        Optional<String> netplan =
                Optional.ofNullable(request.networkBootstrap()).flatMap(Netplan::render);
        Duration limit = options.timeoutOf(request);
        Deadline deadline = Deadline.in(limit);
        Job job = new Job(
                request,
                Attempt.at(requestId),
                netplan.map(yaml -> new RemotePrograms.Setup(netplanFolder, yaml)),
                limit,
                deadline,
                stop);
        enter(stop);
        try {
            takeTurn(job);
            try {
                return EventRoom.fit(firstCandidate(job), options.maxEventBytes());
            } finally {
                sessions.release();
            }
        } finally {
            leave(stop);
        }
    }

    /** Everything that stays the same while candidates are tried. */
    private record Job(
            ScriptRequest request,
            Attempt attempt,
            Optional<RemotePrograms.Setup> setup,
            Duration limit,
            Deadline deadline,
            StopWish stop) {}

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

    private void takeTurn(Job job) throws InterruptedException {
        while (!sessions.tryAcquire(job.deadline().within(TURN_CHECK).leftNanos(), TimeUnit.NANOSECONDS)) {
            if (job.stop().isAsked()) {
                throw stopped(job, "");
            }
            if (job.deadline().passed()) {
                throw SshErrors.neverBegun(job.limit(), ": the runner had too many others to do");
            }
        }
    }

    private ScriptResult firstCandidate(Job job) throws SupersededException, InterruptedException {
        List<NotBegunException> failures = new ArrayList<>();
        for (ScriptRequest.Target target : job.request().targets()) {
            for (String user : target.users()) {
                Endpoint endpoint = new Endpoint(target.host(), target.sshPort(), user);
                try {
                    return candidate(job, endpoint);
                } catch (NotBegunException e) {
                    LOG.info("run {} cannot begin: {}", job.attempt().run(), e.message());
                    failures.add(e);
                    if (e.kind().isOfTheHost()) {
                        break;
                    }
                } catch (EndedEarlyException e) {
                    throw job.stop().isAsked()
                            ? stopped(job, "")
                            : SshErrors.neverBegun(job.limit(), failures.isEmpty() ? "" : ": " + reasons(failures));
                }
            }
        }
        Cause gravest = failures.stream()
                .map(NotBegunException::kind)
                .min(Comparator.naturalOrder())
                .orElse(Cause.UNREACHABLE);
        throw SshErrors.of(gravest.errorType(), reasons(failures));
    }

    private static String reasons(List<NotBegunException> failures) {
        List<String> reasons = failures.stream()
                .sorted(Comparator.comparing(NotBegunException::kind))
                .map(NotBegunException::message)
                .distinct()
                .limit(MAX_REASONS)
                .toList();
        return String.join("; ", reasons);
    }

    /** One user at one machine; a kept connection that turns out to be dead is replaced once. */
    private ScriptResult candidate(Job job, Endpoint endpoint)
            throws NotBegunException, EndedEarlyException, SupersededException, InterruptedException {
        while (true) {
            Place place = connections.take(endpoint, job.deadline(), job.stop());
            boolean useless = true;
            try (RemoteRun run =
                    new RemoteRun(place.connection().session(), job.attempt(), options.outputLimitOf(job.request()))) {
                Start start = run.start(program(job), options.connectTimeout(), job.deadline(), job.stop());
                switch (start) {
                    case Start.Ready() -> {
                        End end = run.finish(stdin(job), job.deadline(), job.stop());
                        useless = end instanceof End.Silent;
                        return concluded(job, endpoint, run, end, place);
                    }
                    case Start.Refused(String why) -> {
                        useless = false;
                        throw new NotBegunException(Cause.TARGET, endpoint.address() + ' ' + refusal(why));
                    }
                    case Start.Nothing(boolean lost) -> {
                        useless = lost;
                        if (!lost) {
                            throw new NotBegunException(
                                    Cause.TARGET, endpoint.address() + " gives " + endpoint.user() + " no shell");
                        }
                        if (!place.used()) {
                            throw new NotBegunException(
                                    Cause.UNREACHABLE, endpoint.address() + " does not answer after the login");
                        }
                    }
                }
            } finally {
                if (useless) {
                    connections.giveUp(place.connection());
                } else {
                    connections.giveBack(place.connection());
                }
            }
        }
    }

    private static byte[] program(Job job) {
        long seconds = TimeUnit.NANOSECONDS.toSeconds(job.deadline().leftNanos()) + WATCH_GRACE.toSeconds();
        return RemotePrograms.run(job.attempt(), job.request(), job.setup(), seconds);
    }

    private static byte[] stdin(Job job) {
        return job.request().stdin().getBytes(StandardCharsets.UTF_8);
    }

    private static String refusal(String why) {
        return switch (why) {
            case "unsupported" -> "cannot run scripts: it has to be Linux with setsid (util-linux or busybox)";
            case "folder" -> "has no room for the run: neither /run nor /tmp takes a folder of the user";
            case "orphan" -> "still runs an earlier attempt at this request, which cannot be ended";
            default -> "cannot run scripts";
        };
    }

    // --- after the script has begun there is no other candidate ---

    private ScriptResult concluded(Job job, Endpoint endpoint, RemoteRun run, End end, Place place)
            throws SupersededException, InterruptedException {
        return switch (end) {
            case End.Told(int code, String how) -> told(job, endpoint, run, code, how);
            case End.TimeUp() -> throw SshErrors.timeout(job.limit(), ended(job, endpoint, place));
            case End.Stopped() -> throw stopped(job, ended(job, endpoint, place));
            case End.Silent(boolean lost) -> {
                String left = ended(job, endpoint, place);
                throw lost
                        ? SshErrors.of(
                                SshErrors.CONNECTION_LOST,
                                "the connection to " + endpoint.address() + " was lost while the script ran" + left)
                        : SshErrors.of(
                                SshErrors.FAILED,
                                "the shell that watches over the script on " + endpoint.address() + " was ended"
                                        + left);
            }
        };
    }

    private ScriptResult told(Job job, Endpoint endpoint, RemoteRun run, int code, String how)
            throws SupersededException {
        switch (how) {
            case "superseded" -> throw new SupersededException();
            case "bootstrap" ->
                throw SshErrors.of(
                        SshErrors.BOOTSTRAP_FAILED,
                        "netplan did not take the network's new setting on " + endpoint.address()
                                + ": it needs netplan, and a user who is root or may use sudo without a password");
            case "notbegun" ->
                throw SshErrors.of(
                        SshErrors.FAILED,
                        "the script could not be begun on " + endpoint.address() + ": is its disk full?");
            default -> {}
        }
        LOG.info(
                "run {} ended on {} with {} ({}) after {} ms",
                job.attempt().run(),
                endpoint.address(),
                code,
                how,
                run.millisSinceBegin());
        return new ScriptResult(
                new ScriptResult.Place(endpoint.host(), endpoint.user()),
                code,
                how.startsWith("signal-") ? how.substring("signal-".length()) : null,
                run.stdout().text(),
                run.stderr().text(),
                run.stdout().truncated(),
                run.stderr().truncated(),
                run.millisSinceBegin());
    }

    private static ApiException stopped(Job job, String whatIsLeft) {
        return job.stop().reason() == StopWish.Reason.STOPPING ? SshErrors.stopping() : SshErrors.cancelled(whatIsLeft);
    }

    /**
     * Ends the job, over its own connection if that still answers, else over a new one; says what a reader of an error has
     * to know about that.
     */
    private String ended(Job job, Endpoint endpoint, Place place) throws InterruptedException {
        byte[] program = RemotePrograms.end(job.attempt());
        if (place.connection().session().isOpen()) {
            try (RemoteRun end = new RemoteRun(place.connection().session(), job.attempt(), 1)) {
                if (end.runToItsEnd(program, Deadline.in(ENDING))) {
                    return "; it was ended";
                }
            }
        }
        StopWish nobody = new StopWish();
        Deadline deadline = Deadline.in(ENDING.plus(options.connectTimeout()));
        try {
            var fresh = connector.connect(endpoint, deadline, nobody);
            try (RemoteRun end = new RemoteRun(fresh, job.attempt(), 1)) {
                if (end.runToItsEnd(program, deadline)) {
                    return "; it was ended";
                }
            } finally {
                fresh.close(true);
            }
        } catch (NotBegunException | EndedEarlyException e) {
            LOG.warn("run {} on {} cannot be ended from here", job.attempt().run(), endpoint.address());
        }
        return "; the machine could not be asked to end it, and does so by itself soon after its time";
    }

    /** Connections that are open, for health and tests. */
    int openConnections() {
        return connections.size();
    }

    /** Ends every run, also at its machine, then every connection. Blocks for up to half a minute. */
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
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            housekeeping.shutdownNow();
            connections.close();
            connector.close();
        }
    }
}
