package com.busdk.workers.ssh;

import com.busdk.workers.ssh.Connections.Place;
import com.busdk.workers.ssh.NotBegunException.Cause;
import com.busdk.workers.ssh.RemoteRun.Answer;
import com.busdk.workers.ssh.RemoteRun.Silence;
import java.time.Duration;
import org.apache.sshd.client.session.ClientSession;

/**
 * The way to machines: small programs are asked over it, scripts are begun and followed on its connections. Its methods
 * block, on virtual threads; any number of them.
 *
 * @param connections that are kept open
 * @param connector opens one beside those
 * @param connectTimeout longest wait for each of: a TCP connection, a login, a shell that is ready
 */
record Channels(Connections connections, SshConnector connector, Duration connectTimeout) {
    /**
     * How long a small program may take on a connection. The longest is the one that ends a job: its processes have two
     * seconds for TERM, and three more are for KILL (jobs.sh), with two for a job that has just been begun, and two for its
     * keeper to say how long it ran.
     */
    static final Duration ASKING = Duration.ofSeconds(12);

    /**
     * What a small program says, on a connection that is kept; one that turns out to be dead is replaced once.
     *
     * @throws NotBegunException if it could not be asked
     * @throws EndedEarlyException if time is up or the end is asked for
     */
    String ask(Endpoint endpoint, Attempt attempt, byte[] program, Deadline deadline, StopWish stop)
            throws NotBegunException, EndedEarlyException, InterruptedException {
        while (true) {
            Place place = connections.take(endpoint, deadline, stop);
            boolean useless = true;
            try (RemoteRun run = new RemoteRun(place.connection().session(), attempt, 1)) {
                Answer answer = run.ask(program, deadline.within(ASKING), stop);
                if (answer instanceof Answer.Said(String words)) {
                    useless = false;
                    return words;
                }
                if (stop.isAsked() || deadline.passed()) {
                    throw new EndedEarlyException();
                }
                Silence why = answer instanceof Answer.Nothing(Silence silence) ? silence : Silence.CONNECTION;
                useless = why == Silence.CONNECTION;
                if (!useless) {
                    throw silent(endpoint, why);
                }
                if (!place.used()) {
                    throw silent(endpoint);
                }
            } finally {
                giveBack(place, useless);
            }
        }
    }

    /** Takes away what is kept of a request; see {@link Forgetting.Remover}. */
    boolean remove(Endpoint endpoint, Attempt attempt, Deadline deadline, StopWish stop)
            throws NotBegunException, EndedEarlyException, InterruptedException {
        return ask(endpoint, attempt, RemotePrograms.forget(attempt), deadline, stop)
                .equals("forgotten:0");
    }

    /** What a small program says on this connection, however many channels it has; empty text if it says nothing. */
    String askOn(Place place, Attempt attempt, byte[] program) throws InterruptedException {
        ClientSession session = place.connection().session();
        return session.isOpen() ? askOn(session, attempt, program, Deadline.in(ASKING)) : "";
    }

    /**
     * What a small program says on a connection of its own, which is closed afterwards.
     *
     * @return empty text if it says nothing
     * @throws NotBegunException if there is no connection to be had
     * @throws EndedEarlyException if that takes too long
     */
    String askAfresh(Endpoint endpoint, Attempt attempt, byte[] program)
            throws NotBegunException, EndedEarlyException, InterruptedException {
        Deadline deadline = Deadline.in(ASKING.plus(connectTimeout));
        ClientSession session = connector.connect(endpoint, deadline, new StopWish());
        try {
            return askOn(session, attempt, program, deadline);
        } finally {
            session.close(true);
        }
    }

    private static String askOn(ClientSession session, Attempt attempt, byte[] program, Deadline deadline)
            throws InterruptedException {
        try (RemoteRun run = new RemoteRun(session, attempt, 1)) {
            return run.ask(program, deadline, new StopWish()) instanceof Answer.Said(String words) ? words : "";
        }
    }

    /** Gives a place back, and the connection up where it turned out to be of no use. */
    void giveBack(Place place, boolean useless) {
        if (useless) {
            connections.giveUp(place.connection());
        } else {
            connections.giveBack(place.connection());
        }
    }

    /** The failure of a machine that lets the user in and then has nothing to say. */
    static NotBegunException silent(Endpoint endpoint, Silence why) {
        return why == Silence.ENDED
                ? new NotBegunException(
                        Cause.ENDED,
                        "the shell of " + endpoint.user() + " at " + endpoint.address()
                                + " was ended before it could answer: is the machine short of memory?")
                : new NotBegunException(Cause.TARGET, endpoint.address() + " gives " + endpoint.user() + " no shell");
    }

    /** The failure of a connection that is new and already dead. */
    static NotBegunException silent(Endpoint endpoint) {
        return new NotBegunException(Cause.UNREACHABLE, endpoint.address() + " does not answer after the login");
    }
}
