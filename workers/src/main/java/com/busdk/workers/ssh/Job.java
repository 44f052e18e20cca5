package com.busdk.workers.ssh;

import com.busdk.client.worker.Lease;
import com.busdk.client.worker.LeaseLostException;
import com.busdk.workers.ssh.StopWish.Wait;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A request in hand: everything that stays the same, whichever machine and connection it comes to. Immutable, but for its
 * end being asked for.
 *
 * @param request what to run
 * @param attempt this worker's attempt at it
 * @param earlier whether an earlier attempt may have begun the script
 * @param lease tells whether the request still is this worker's
 * @param setup the network to set up first
 * @param limit how long it may take
 * @param deadline until when
 * @param outputLimit bytes that are kept of each output
 * @param stop ends it before its time
 * @param pause after which a machine that could not be asked, or reached, is tried again
 */
record Job(
        ScriptRequest request,
        Attempt attempt,
        Earlier earlier,
        Lease lease,
        Optional<RemotePrograms.Setup> setup,
        Duration limit,
        Deadline deadline,
        int outputLimit,
        StopWish stop,
        Duration pause) {
    /** So much longer than the runner does the machine wait before it ends a script: the runner's word comes first. */
    private static final Duration KEEPER_GRACE = Duration.ofSeconds(15);

    /** The usual {@link #pause}. */
    static final Duration PAUSE = Duration.ofSeconds(1);

    /** Longest wait for a word about the lease: longer than that lasts, after which there is one. */
    private static final Duration LEASE_WORD = Duration.ofMinutes(1);

    /**
     * The program that begins or follows it, from now on.
     *
     * @param anew whether it may be begun where nothing is kept of it
     */
    byte[] program(boolean anew) {
        long seconds = TimeUnit.NANOSECONDS.toSeconds(deadline.leftNanos()) + KEEPER_GRACE.toSeconds();
        return RemotePrograms.run(attempt, request, setup, new RemotePrograms.Limits(seconds, outputLimit), anew);
    }

    /** What the script reads. */
    byte[] stdin() {
        return request.stdin().getBytes(StandardCharsets.UTF_8);
    }

    boolean isStopping() {
        return stop.isAsked() && stop.reason() == StopWish.Reason.STOPPING;
    }

    /**
     * Makes sure that the request still is this worker's; to be called right before the script may be begun.
     *
     * @throws LeaseLostException if it is somebody else's
     * @throws EndedEarlyException if time is up or the end is asked for
     */
    void confirmLease() throws EndedEarlyException, InterruptedException {
        CompletableFuture<Boolean> held = lease.isHeld().toCompletionStage().toCompletableFuture();
        if (stop.await(held, deadline) != Wait.HAPPENED) {
            throw new EndedEarlyException();
        }
        if (!held.join()) {
            throw new LeaseLostException();
        }
    }

    /** Whether the request still is this worker's; also where time is up or the end was asked for. */
    boolean isHeld() throws InterruptedException {
        CompletableFuture<Boolean> held = lease.isHeld().toCompletionStage().toCompletableFuture();
        return new StopWish().await(held, Deadline.in(LEASE_WORD)) == Wait.HAPPENED && held.join();
    }

    /**
     * Waits a little before a machine is tried again.
     *
     * @throws EndedEarlyException if time is up or the end is asked for
     */
    void waitAWhile() throws EndedEarlyException, InterruptedException {
        Wait wait = stop.await(new CompletableFuture<>(), deadline.within(pause));
        if (wait == Wait.STOPPED || deadline.passed()) {
            throw new EndedEarlyException();
        }
    }
}
