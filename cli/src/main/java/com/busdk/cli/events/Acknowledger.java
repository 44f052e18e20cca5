package com.busdk.cli.events;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Invocation;
import com.busdk.client.events.AckReceipt;
import com.busdk.client.events.AckRequest;
import com.busdk.client.events.AckRequest.Nack;
import com.busdk.client.events.UnreachableException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Settles leases of one group, one request at a time: the next one is sent when the last one has its answer, so that a
 * slow service slows the command down instead of piling up requests. Lives on the command's thread.
 */
final class Acknowledger {
    /** First wait of an event that was given back; it doubles with each attempt. */
    private static final Duration FIRST_DELAY = Duration.ofSeconds(1);

    private static final Duration LONGEST_DELAY = Duration.ofMinutes(1);

    /** Doubling more often than this exceeds the longest delay. */
    private static final int MAX_DOUBLINGS = 6;

    private final EventsSession session;
    private final Invocation invocation;
    private final String group;
    private @Nullable Future<AckReceipt> underWay;

    Acknowledger(EventsSession session, Invocation invocation, String group) {
        this.session = session;
        this.invocation = invocation;
        this.group = group;
    }

    /** Acknowledges; does not wait for the answer. */
    void ack(List<String> tokens) throws InterruptedException {
        if (!tokens.isEmpty()) {
            settle(AckRequest.ack(group, tokens));
        }
    }

    /** Gives an event back, to be delivered again a little later. */
    void giveBack(String token, int attempt, String reason) throws InterruptedException {
        Duration delay = delay(attempt);
        settle(new AckRequest(group, List.of(), List.of(new Nack(token, delay, reason)), List.of(), List.of()));
    }

    /** Keeps a lease; may be called on any thread, and its failure shows when the event is settled. */
    void extend(String token) {
        session.client()
                .settle(new AckRequest(group, List.of(), List.of(), List.of(), List.of(token)))
                .onFailure(cause -> invocation.detail("cannot extend a lease: " + cause.getMessage()));
    }

    /** Waits for the answer that is still out. */
    void finish() throws InterruptedException {
        Future<AckReceipt> last = underWay;
        underWay = null;
        if (last == null) {
            return;
        }
        try {
            AckReceipt receipt = session.await(last);
            int lost = receipt.stale().size() + receipt.unknown().size();
            if (lost > 0) {
                invocation.note(lost
                        + " events were not acknowledged in time, or had been before: the group may deliver"
                        + " them again");
            }
        } catch (CliException e) {
            if (e.exitCode() != ExitCode.UNREACHABLE && e.exitCode() != ExitCode.TIMED_OUT) {
                throw e;
            }
            boolean unreachable = e.getCause() instanceof UnreachableException;
            invocation.note("could not acknowledge"
                    + (unreachable ? ", the service is out of reach" : ": " + e.text())
                    + "; the group delivers the events again");
        }
    }

    private void settle(AckRequest request) throws InterruptedException {
        finish();
        underWay = session.client().settle(request);
    }

    static Duration delay(int attempt) {
        int doublings = Math.clamp(attempt - 1L, 0, MAX_DOUBLINGS);
        Duration delay = FIRST_DELAY.multipliedBy(1L << doublings);
        return delay.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : delay;
    }
}
