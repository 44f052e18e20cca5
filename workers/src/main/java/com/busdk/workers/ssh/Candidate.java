package com.busdk.workers.ssh;

import com.busdk.client.http.ApiException;
import com.busdk.client.worker.LeaseLostException;
import com.busdk.workers.ssh.Connections.Place;
import com.busdk.workers.ssh.NotBegunException.Cause;
import com.busdk.workers.ssh.RemotePrograms.Reason;
import com.busdk.workers.ssh.RemoteRun.End;
import com.busdk.workers.ssh.RemoteRun.Silence;
import com.busdk.workers.ssh.RemoteRun.Start;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.sshd.client.session.ClientSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One user at one machine, where a request's script may run. Belongs to the request's virtual thread, which its methods
 * block.
 */
final class Candidate {
    private static final Logger LOG = LoggerFactory.getLogger(Candidate.class);

    /**
     * How long a machine is asked to end a script that was cancelled: as long as a network may well be away. The answer
     * waits for it.
     */
    static final Duration ENDING = Duration.ofMinutes(1);

    /**
     * How long it is tried again to fetch a result that was out of reach: shorter than the 15 s for which whoever ends a
     * script waits for its answer. Without one nobody learns how long it ran.
     */
    private static final Duration FETCHING_AGAIN = Duration.ofSeconds(5);

    private static final String ENDED = "; it was ended";

    private final Job job;
    private final Endpoint endpoint;
    private final Channels channels;
    private boolean touched;
    private boolean begun;
    private @Nullable String boot; // of the machine, when the request had come to it
    private boolean restarted;

    Candidate(Job job, Endpoint endpoint, Channels channels) {
        this.job = job;
        this.endpoint = endpoint;
        this.channels = channels;
    }

    /** What a machine knows of a request. */
    enum Found {
        /** Its script was begun there. */
        BEGUN,
        /** It has come, and nothing was begun yet. */
        FOLDER,
        /** It has not come. */
        NONE
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** Whether something of the request may be kept there. */
    boolean isTouched() {
        return touched;
    }

    /** Whether this attempt has begun or followed the script here, or may have done so. */
    boolean isBegun() {
        return begun;
    }

    /** Whether the machine was started anew after the request had come to it: it may have been begun in between. */
    boolean isRestarted() {
        return restarted;
    }

    /**
     * Begins the script here, or follows it if it has been begun here, to its end.
     *
     * @throws NotBegunException if it cannot begin here; another candidate may get it
     * @throws EndedEarlyException if time is up or the end is asked for; this attempt has begun nothing
     * @throws ApiException if it did not come to its end, or that is not known
     * @throws EndedScript the same, where it is known how long it ran
     * @throws LeaseLostException if the request is somebody else's; this attempt has begun nothing
     */
    ScriptResult run() throws NotBegunException, EndedEarlyException, InterruptedException {
        Optional<ScriptResult> result = attempt(true);
        return result.isPresent() ? result.get() : follow();
    }

    /**
     * Follows the script, which was begun here, to its end: over as many connections as it takes. Where nothing is kept of
     * it any more, it is not begun again.
     *
     * @throws ApiException if it did not come to its end, or that is not known
     * @throws EndedScript the same, where it is known how long it ran
     */
    ScriptResult follow() throws InterruptedException {
        begun = true;
        try {
            while (true) {
                try {
                    Optional<ScriptResult> result = attempt(false);
                    if (result.isPresent()) {
                        return result.get();
                    }
                } catch (NotBegunException e) {
                    LOG.info("run {} cannot be followed now: {}", job.attempt().run(), e.message());
                }
                job.waitAWhile();
            }
        } catch (EndedEarlyException e) {
            if (job.stop().isAsked()) {
                return stopped(null);
            }
            Ending ending = ended(Reason.TIMEOUT, null);
            Optional<ScriptResult> result = resultOf(ending);
            if (result.isPresent()) {
                return result.get();
            }
            throw SshErrors.of(
                    SshErrors.CONNECTION_LOST,
                    "the connection to " + endpoint.address() + " was lost while the script ran" + left(ending));
        }
    }

    /**
     * Asks whether the request has come here before.
     *
     * @throws NotBegunException if the machine cannot be asked
     * @throws EndedEarlyException if time is up or the end is asked for
     */
    Found look() throws NotBegunException, EndedEarlyException, InterruptedException {
        String said =
                channels.ask(endpoint, job.attempt(), RemotePrograms.find(job.attempt()), job.deadline(), job.stop());
        String[] words = said.split(":", 3);
        if (words.length < 3 || !words[0].equals("found")) {
            throw Channels.silent(endpoint, Silence.ENDED); // words of another version
        }
        Found found = switch (words[1]) {
            case "begun" -> Found.BEGUN;
            case "folder" -> Found.FOLDER;
            default -> Found.NONE;
        };
        touched |= !words[1].equals("none");
        restarted = boot != null && !boot.equals(words[2]);
        if (boot == null && found == Found.FOLDER) {
            boot = words[2];
        }
        return found;
    }

    /**
     * Ends what runs of the request here, and keeps it from being begun, whoever wants that.
     *
     * @return what became of it
     * @throws NotBegunException if the machine cannot be asked
     * @throws EndedEarlyException if that takes too long
     */
    Ending end(Reason why, Deadline deadline) throws NotBegunException, EndedEarlyException, InterruptedException {
        byte[] program = RemotePrograms.end(job.attempt(), why);
        String said = channels.ask(endpoint, job.attempt(), program, deadline, new StopWish());
        touched = true;
        return Ending.of(said);
    }

    /**
     * One attempt over one connection; one that was kept and turns out to be dead is replaced. Empty if the connection, or
     * the shell that followed the script, came to an end without a word after the script was let begin.
     *
     * @param anew whether the script may be begun where nothing is kept of it
     */
    private Optional<ScriptResult> attempt(boolean anew)
            throws NotBegunException, EndedEarlyException, InterruptedException {
        while (true) {
            Place place = channels.connections().take(endpoint, job.deadline(), job.stop());
            boolean useless = true;
            try (RemoteRun run = new RemoteRun(place.connection().session(), job.attempt(), job.outputLimit())) {
                Start start = run.start(job.program(anew), channels.connectTimeout(), job.deadline(), job.stop());
                switch (start) {
                    case Start.Ready() -> {
                        touched = true;
                        if (anew) {
                            try {
                                // Behind what shows those who come later that the request is here, before it is begun.
                                job.confirmLease();
                            } catch (LeaseLostException | EndedEarlyException e) {
                                useless = !run.leave();
                                throw e;
                            }
                        }
                        begun = true;
                        End end = run.finish(job.stdin(), job.deadline(), job.stop());
                        useless = end instanceof End.Silent;
                        return concluded(run, end, place);
                    }
                    case Start.Refused(String why) -> {
                        useless = false;
                        throw new NotBegunException(Cause.TARGET, endpoint.address() + ' ' + refusal(why));
                    }
                    case Start.Nothing(Silence why) -> {
                        useless = why == Silence.CONNECTION;
                        if (!useless) {
                            throw Channels.silent(endpoint, why);
                        }
                        if (!place.used()) {
                            throw Channels.silent(endpoint);
                        }
                    }
                }
            } finally {
                channels.giveBack(place, useless);
            }
        }
    }

    private static String refusal(String why) {
        return switch (why) {
            case "unsupported" -> "cannot run scripts: it has to be Linux with setsid (util-linux or busybox)";
            case "folder" -> "has no room for the run: neither /run nor /tmp takes a folder of the user";
            default -> "cannot run scripts";
        };
    }

    // --- after the script has begun there is no other candidate ---

    private Optional<ScriptResult> concluded(RemoteRun run, End end, Place place) throws InterruptedException {
        return switch (end) {
            case End.Told(int code, String how, long millis) -> Optional.of(told(run, code, how, millis));
            case End.TimeUp() -> {
                Ending ending = ended(Reason.TIMEOUT, place);
                Optional<ScriptResult> result = resultOf(ending);
                if (result.isEmpty()) {
                    throw ending.because(SshErrors.timeout(job.limit(), left(ending)));
                }
                yield result;
            }
            case End.Stopped() -> Optional.of(stopped(place));
            case End.Silent(boolean lost) -> {
                LOG.info(
                        "run {} on {} goes on: {}",
                        job.attempt().run(),
                        endpoint.address(),
                        lost ? "the connection was lost" : "the shell that followed it was ended");
                yield Optional.empty();
            }
        };
    }

    private ScriptResult told(RemoteRun run, int code, String how, long millis) {
        switch (how) {
            case "cancelled" -> throw ended(millis).because(SshErrors.cancelled(ENDED));
            case "timeout" -> throw ended(millis).because(SshErrors.timeout(job.limit(), ENDED));
            case "bootstrap" ->
                throw SshErrors.of(
                        SshErrors.BOOTSTRAP_FAILED,
                        "netplan did not take the network's new setting on " + endpoint.address()
                                + ": it needs netplan, and a user who is root or may use sudo without a password");
            case "notbegun" ->
                throw SshErrors.of(
                        SshErrors.FAILED,
                        "the script could not be begun on " + endpoint.address() + ": is its disk full?");
            case "lost", "gone" ->
                throw SshErrors.of(
                        SshErrors.OUTCOME_UNKNOWN,
                        "the script was begun on " + endpoint.address() + " before, and its end is not known, since "
                                + (how.equals("lost") ? "what watched over it" : "what was kept of it")
                                + " there is gone; it was not begun again");
            default -> {}
        }
        LOG.info(
                "run {} ended on {} with {} ({}) after {} ms",
                job.attempt().run(),
                endpoint.address(),
                code,
                how,
                millis);
        return new ScriptResult(
                new ScriptResult.Place(endpoint.host(), endpoint.user()),
                code,
                how.startsWith("signal-") ? how.substring("signal-".length()) : null,
                run.stdout().text(),
                run.stderr().text(),
                run.stdout().truncated(),
                run.stderr().truncated(),
                millis);
    }

    private static Ending ended(long millis) {
        return new Ending(true, Ending.ran(millis / 10), false);
    }

    /** A runner that stops leaves the script to the next one, which gets the request and follows it. */
    private ScriptResult stopped(@Nullable Place place) throws InterruptedException {
        if (job.isStopping()) {
            throw SshErrors.stopping();
        }
        Ending ending = ended(Reason.CANCELLED, place);
        Optional<ScriptResult> result = resultOf(ending);
        if (result.isEmpty()) {
            throw ending.because(SshErrors.cancelled(left(ending)));
        }
        return result.get();
    }

    /**
     * What a script did that had come to its end by itself before it was to be ended; empty if it had not, or its machine
     * does not tell any more.
     */
    Optional<ScriptResult> resultOf(Ending ending) throws InterruptedException {
        if (!ending.byItself()) {
            return Optional.empty();
        }
        Deadline again = Deadline.in(FETCHING_AGAIN);
        Deadline deadline = Deadline.in(Channels.ASKING.plus(channels.connectTimeout())); // of the first try
        StopWish nobody = new StopWish();
        do {
            try {
                ClientSession session = channels.connector().connect(endpoint, deadline, nobody);
                try (RemoteRun run = new RemoteRun(session, job.attempt(), job.outputLimit())) {
                    Start start = run.start(job.program(false), channels.connectTimeout(), deadline, nobody);
                    if (start instanceof Start.Ready
                            && run.finish(job.stdin(), deadline, nobody)
                                    instanceof End.Told(int code, String how, long millis)) {
                        return Ending.isByItself(how) ? Optional.of(told(run, code, how, millis)) : Optional.empty();
                    }
                } finally {
                    session.close(true);
                }
            } catch (NotBegunException | EndedEarlyException e) {
                LOG.debug(
                        "the result of run {} on {} is out of reach",
                        job.attempt().run(),
                        endpoint.address());
            }
            nobody.await(new CompletableFuture<>(), again.within(job.pause()));
            deadline = again;
        } while (!again.passed());
        return Optional.empty();
    }

    /** What a reader of an error has to know about the script's end. */
    private static String left(Ending ending) {
        return ending.over()
                ? ENDED
                : "; the machine could not be asked to end it, and does so by itself soon after its time";
    }

    /**
     * Ends the script, over its own connection if that still answers, else over a new one. One whose time is up is ended by
     * its machine soon, too; one that was cancelled may have a day left, so its machine is asked again.
     */
    private Ending ended(Reason why, @Nullable Place place) throws InterruptedException {
        byte[] program = RemotePrograms.end(job.attempt(), why);
        if (place != null) {
            Ending ending = Ending.of(channels.askOn(place, job.attempt(), program));
            if (ending.over()) {
                return ending;
            }
        }
        Deadline deadline = Deadline.in(why == Reason.CANCELLED ? ENDING : Duration.ZERO);
        StopWish nobody = new StopWish();
        do {
            try {
                Ending ending = Ending.of(channels.askAfresh(endpoint, job.attempt(), program));
                if (ending.over()) {
                    return ending;
                }
            } catch (NotBegunException | EndedEarlyException e) {
                LOG.debug("run {} on {} cannot be ended now", job.attempt().run(), endpoint.address());
            }
            nobody.await(new CompletableFuture<>(), deadline.within(job.pause()));
        } while (!deadline.passed());
        LOG.warn("run {} on {} cannot be ended from here", job.attempt().run(), endpoint.address());
        return Ending.UNKNOWN;
    }
}
