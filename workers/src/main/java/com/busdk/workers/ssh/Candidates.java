package com.busdk.workers.ssh;

import com.busdk.client.http.ApiException;
import com.busdk.workers.ssh.NotBegunException.Cause;
import com.busdk.workers.ssh.RemotePrograms.Reason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All machines and users that may run a request's script, of which one does. Belongs to the request's virtual thread,
 * which its methods block.
 *
 * <p>Where the request was delivered before, an earlier attempt may have begun the script at any of them. Then nothing is
 * begun before each was asked; one that cannot be reached is asked until time is up. So is one that has another host key:
 * the earlier attempt's runner may know that one. That a machine does not let a user in, or gives it no shell, counts as
 * an answer where another user of it has given one; else the earlier attempt's runner may have had another key. Where all
 * candidates are on one machine, which refuses the runner, nothing can be begun elsewhere, and there is nothing to wait
 * for: the answer says at once that it is not known. A shell that was ended before it could answer is no answer, and is
 * asked again.
 *
 * <p>Where the request has come and the script is not begun yet, an earlier attempt may be about to begin it: nobody else
 * gets it for as long as that may be so, also where that machine cannot be reached any more. A machine that was started
 * anew meanwhile has forgotten whether it was begun.
 *
 * <p>A request that is only old is looked for once, or a few times where its shell is ended, and then tried like a new one,
 * last of all where nobody answered.
 */
final class Candidates {
    private static final Logger LOG = LoggerFactory.getLogger(Candidates.class);

    private static final int MAX_REASONS = 4;

    /**
     * How often, a second apart, a shell that is ended each time is asked about a request that is only old, and the only
     * machine is looked at that gives no shell: longer than it is short of memory, or starts, for a moment, and short for
     * who waits for what was most likely never begun, or cannot be found out.
     */
    private static final int MAX_LOOKS = 10;

    private final Job job;
    private final List<Candidate> all;

    /** Why candidates could not be asked, or did not let the script begin; the last of each. */
    private final Map<Endpoint, NotBegunException> failures = new LinkedHashMap<>();

    Candidates(Job job, Channels channels) {
        this.job = job;
        this.all = job.request().targets().stream()
                .flatMap(target ->
                        target.users().stream().map(user -> new Endpoint(target.host(), target.sshPort(), user)))
                .distinct()
                .map(endpoint -> new Candidate(job, endpoint, channels))
                .toList();
    }

    /** Where something of the request may be kept. */
    List<Endpoint> touched() {
        return all.stream()
                .filter(Candidate::isTouched)
                .map(Candidate::endpoint)
                .toList();
    }

    /** Whether this attempt has begun or followed the script. */
    boolean isBegun() {
        return all.stream().anyMatch(Candidate::isBegun);
    }

    /**
     * Runs the script at the first candidate that lets it begin, or follows it where it was begun before.
     *
     * @throws ApiException if it could not be begun, did not come to its end, or that is not known
     */
    ScriptResult run() throws InterruptedException {
        List<Candidate> order = all;
        List<Candidate> came = new ArrayList<>();
        if (job.earlier() != Earlier.NONE) {
            List<Candidate> unknown = new ArrayList<>(all);
            try {
                Optional<Candidate> begun = findBegun(came, unknown);
                if (begun.isPresent()) {
                    LOG.info(
                            "run {} was begun on {} before: it is followed",
                            job.attempt().run(),
                            begun.get().endpoint().address());
                    return begun.get().follow();
                }
            } catch (EndedEarlyException e) {
                if (job.stop().isAsked()) {
                    return stopped();
                }
                boolean maybe = job.earlier() == Earlier.LIKELY
                        || !came.isEmpty()
                        || unknown.stream().anyMatch(this::isEnded);
                throw maybe ? unknown() : neverBegun();
            }
            order = ordered(came, unknown);
        }
        failures.clear();
        try {
            return first(order, came);
        } catch (EndedEarlyException e) {
            if (job.stop().isAsked()) {
                return stopped();
            }
            throw came.isEmpty() ? neverBegun() : unknown();
        }
    }

    private ApiException neverBegun() {
        return SshErrors.neverBegun(job.limit(), failures.isEmpty() ? "" : ": " + reasons());
    }

    /**
     * What a request is answered with whose end was asked for before this attempt began it. If an earlier attempt may have
     * begun it, it is ended wherever that may be.
     *
     * @return what the script did, where it had come to its end by itself before
     * @throws ApiException otherwise
     * @throws EndedScript the same, where it is known how long it ran
     */
    ScriptResult stopped() throws InterruptedException {
        if (job.isStopping()) {
            throw SshErrors.stopping();
        }
        if (job.earlier() == Earlier.NONE) {
            throw SshErrors.cancelled("");
        }
        return endedEverywhere();
    }

    /** What a request is answered with whose time is up before its turn came. */
    ApiException outOfTurn() {
        String why = "the runner had too many others to do";
        return job.earlier() == Earlier.LIKELY ? unknown(why) : SshErrors.neverBegun(job.limit(), ": " + why);
    }

    private ApiException unknown() {
        return unknown(failures.isEmpty() ? "there was no time to ask" : reasons());
    }

    private static ApiException unknown(String why) {
        return SshErrors.of(
                SshErrors.OUTCOME_UNKNOWN,
                "an earlier attempt may have begun the script, and that could not be found out, so it was not begun"
                        + " again: " + why);
    }

    /**
     * Runs the script at the first that lets it begin.
     *
     * @param came where it may be begun by an earlier attempt at any moment; taken away when that is not so any more
     */
    private ScriptResult first(List<Candidate> order, List<Candidate> came)
            throws EndedEarlyException, InterruptedException {
        Set<String> given = new HashSet<>(); // hosts that are given up
        for (Candidate candidate : order) {
            String address = candidate.endpoint().address();
            if (came.contains(candidate)) {
                Optional<ScriptResult> result = insist(candidate);
                if (result.isPresent()) {
                    return result.get();
                }
                came.remove(candidate);
            }
            if (given.contains(address)) {
                continue;
            }
            try {
                return candidate.run();
            } catch (NotBegunException e) {
                note(candidate, e);
                if (e.kind().isOfTheHost()) {
                    given.add(address);
                }
            }
        }
        Cause gravest = failures.values().stream()
                .map(NotBegunException::kind)
                .min(Comparator.naturalOrder())
                .orElse(Cause.UNREACHABLE);
        throw SshErrors.of(gravest.errorType(), reasons());
    }

    /** Runs the script here, however long it takes until it can; empty if its request is not here any more. */
    private Optional<ScriptResult> insist(Candidate candidate) throws EndedEarlyException, InterruptedException {
        int shut = 0; // looks in a row that the machine did not let happen
        while (true) {
            boolean looked = false;
            try {
                // Right before: while others were asked, or it was out of reach, it may have been begun and forgotten.
                Candidate.Found found = candidate.look();
                looked = true;
                if (candidate.isRestarted() && found != Candidate.Found.BEGUN) {
                    throw unknown(candidate.endpoint().address() + " was started anew since the request came there");
                }
                if (found == Candidate.Found.NONE) {
                    return Optional.empty();
                }
                return Optional.of(candidate.run());
            } catch (NotBegunException e) {
                note(candidate, e);
            }
            shut = !looked && isTurnedAway(candidate) ? shut + 1 : 0; // a folder that is full may pass
            if (shut >= MAX_LOOKS && all.size() == 1 || isOnOneHost() && isRefused(candidate)) {
                throw unknown();
            }
            job.waitAWhile();
        }
    }

    private void note(Candidate candidate, NotBegunException failure) {
        LOG.info("run {} cannot begin: {}", job.attempt().run(), failure.message());
        failures.put(candidate.endpoint(), failure);
    }

    private String reasons() {
        List<String> reasons = failures.values().stream()
                .sorted(Comparator.comparing(NotBegunException::kind))
                .map(NotBegunException::message)
                .distinct()
                .limit(MAX_REASONS)
                .toList();
        return String.join("; ", reasons);
    }

    // --- requests that were delivered before ---

    /** A question to a candidate; true if it needs no other. */
    private interface Question {
        boolean ask(Candidate candidate) throws NotBegunException, EndedEarlyException, InterruptedException;
    }

    /**
     * Where the script was begun.
     *
     * @param came takes those to which the request has come, the last of them first
     * @param unknown those to ask; who has answered is taken away. Where an earlier attempt is likely none are left, unless
     *     it was found
     * @throws ApiException if it cannot be found out, however long it is tried
     */
    private Optional<Candidate> findBegun(List<Candidate> came, List<Candidate> unknown)
            throws EndedEarlyException, InterruptedException {
        List<Candidate> begun = new ArrayList<>();
        Set<String> answered = new HashSet<>();
        int shut = 0; // looks in a row for which the only machine turned everybody away
        for (int looks = 1; ; looks++) {
            List<Candidate> asked = new ArrayList<>(unknown);
            if (looks > 1 && job.earlier() == Earlier.UNLIKELY) {
                asked.removeIf(candidate -> !isEnded(candidate));
            }
            List<Candidate> silent = new ArrayList<>(asked);
            askEach(silent, answered, candidate -> {
                switch (candidate.look()) {
                    case BEGUN -> begun.add(candidate);
                    case FOLDER -> came.addFirst(candidate);
                    case NONE -> {}
                }
                return true;
            });
            asked.removeAll(silent);
            unknown.removeAll(asked);
            boolean enough = job.earlier() == Earlier.UNLIKELY
                    && (looks >= MAX_LOOKS || unknown.stream().noneMatch(this::isEnded));
            if (!begun.isEmpty() || unknown.isEmpty() || enough) {
                return begun.stream().findFirst();
            }
            shut = isOnOneHost() && unknown.stream().allMatch(this::isTurnedAway) ? shut + 1 : 0;
            if (shut > 0 && unknown.stream().anyMatch(this::isRefused)) {
                throw unknown();
            }
            if (shut >= MAX_LOOKS) {
                return Optional.empty(); // it has no shell for anybody, nor had it one for an earlier attempt
            }
            job.waitAWhile();
        }
    }

    /**
     * The last one to which the request has come may be about to begin it for an attempt that is gone; those that have
     * just not answered are tried when there is nothing else left.
     */
    private List<Candidate> ordered(List<Candidate> came, List<Candidate> unknown) {
        Set<Candidate> order = new LinkedHashSet<>(came);
        all.stream().filter(candidate -> !unknown.contains(candidate)).forEach(order::add);
        order.addAll(unknown);
        return List.copyOf(order);
    }

    private ScriptResult endedEverywhere() throws InterruptedException {
        Deadline deadline = Deadline.in(Candidate.ENDING);
        StopWish nobody = new StopWish();
        List<Candidate> left = new ArrayList<>(all);
        Set<String> answered = new HashSet<>();
        Map<Candidate, Ending> begun = new LinkedHashMap<>(); // one at most
        do {
            try {
                askEach(left, answered, candidate -> {
                    Ending ending = candidate.end(Reason.CANCELLED, deadline);
                    if (ending.ran().isPresent()) {
                        begun.put(candidate, ending);
                    }
                    return ending.over();
                });
            } catch (EndedEarlyException e) {
                LOG.debug("run {}: no time is left to end it", job.attempt().run());
            }
            if (left.isEmpty()) {
                return resultOf(begun, "; it was ended");
            }
            nobody.await(new CompletableFuture<>(), deadline.within(job.pause()));
        } while (job.earlier() == Earlier.LIKELY
                && !deadline.passed()
                && !left.stream().allMatch(this::isRefused));
        return resultOf(
                begun,
                "; " + left.getFirst().endpoint().address()
                        + " could not be asked to end it, and does so by itself soon after its time");
    }

    private static ScriptResult resultOf(Map<Candidate, Ending> begun, String whatIsLeft) throws InterruptedException {
        ApiException cancelled = SshErrors.cancelled(whatIsLeft);
        for (Map.Entry<Candidate, Ending> each : begun.entrySet()) {
            Optional<ScriptResult> result = each.getKey().resultOf(each.getValue());
            if (result.isEmpty()) {
                throw each.getValue().because(cancelled);
            }
            return result.get();
        }
        throw cancelled;
    }

    /**
     * Asks those that are left, no host again that cannot be reached; who has answered is left no more.
     *
     * @param answered hosts of which a user has answered so far
     */
    private void askEach(List<Candidate> left, Set<String> answered, Question question)
            throws EndedEarlyException, InterruptedException {
        Set<String> away = new HashSet<>();
        for (Candidate candidate : List.copyOf(left)) {
            String address = candidate.endpoint().address();
            if (away.contains(address)) {
                continue;
            }
            try {
                if (question.ask(candidate)) {
                    left.remove(candidate);
                }
                answered.add(address);
                failures.remove(candidate.endpoint());
            } catch (NotBegunException e) {
                failures.put(candidate.endpoint(), e);
                if (e.kind() == Cause.UNREACHABLE) {
                    away.add(address);
                }
            }
        }
        // A machine that lets in another of its users, as those in the cloud do, would have refused this one before,
        // too.
        left.removeIf(candidate -> {
            NotBegunException failure = failures.get(candidate.endpoint());
            return failure != null
                    && failure.kind().isOfTheUser()
                    && answered.contains(candidate.endpoint().address());
        });
    }

    /** Whether the runner is refused for a reason that does not pass by itself. */
    private boolean isRefused(Candidate candidate) {
        NotBegunException failure = failures.get(candidate.endpoint());
        return failure != null && (failure.kind() == Cause.HOST_KEY || failure.kind() == Cause.AUTH);
    }

    /** Whether it has answered that it does not take the runner, for a reason that does not pass by itself. */
    private boolean isTurnedAway(Candidate candidate) {
        NotBegunException failure = failures.get(candidate.endpoint());
        return failure != null && failure.kind() != Cause.UNREACHABLE && failure.kind() != Cause.ENDED;
    }

    /** Whether it has let the runner in, and its shell was ended before it could answer. */
    private boolean isEnded(Candidate candidate) {
        NotBegunException failure = failures.get(candidate.endpoint());
        return failure != null && failure.kind() == Cause.ENDED;
    }

    private boolean isOnOneHost() {
        return all.stream().map(each -> each.endpoint().address()).distinct().count() == 1;
    }
}
