package com.busdk.workers.ssh;

import com.busdk.workers.ssh.StopWish.Wait;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.future.OpenFuture;
import org.apache.sshd.client.session.ClientSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One program on one channel, from its first byte to its end. Belongs to the virtual thread of its user; what arrives
 * completes its futures on the SSH library's threads, and what is sent is written by a second virtual thread, since the
 * other side need not read it.
 */
final class RemoteRun implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteRun.class);

    /** How long the rest of a script's output may stay away after its end, over a slow connection or on a busy machine. */
    private static final Duration LAST_OUTPUT = Duration.ofMinutes(1);

    /** How long a program may take to leave that has begun nothing; its connection is given up after that. */
    private static final Duration LEAVING = Duration.ofSeconds(3);

    /**
     * What a shell ends with whose program was killed by HUP, KILL or TERM. No others: 142 is what machines in the cloud end
     * a root's session with, after it was told to log in as another user.
     */
    private static final Set<Integer> KILLED = Set.of(129, 137, 143);

    private final ClientSession session;
    private final Attempt attempt;
    private final MarkedOutput stdout;
    private final MarkedOutput stderr;
    private final CompletableFuture<String> ready = new CompletableFuture<>();
    private final CompletableFuture<String> over = new CompletableFuture<>();
    private final CompletableFuture<Void> outputEnd = new CompletableFuture<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private @Nullable ChannelExec channel;
    private volatile boolean spoken; // by the library's thread

    RemoteRun(ClientSession session, Attempt attempt, int outputLimit) {
        this.session = session;
        this.attempt = attempt;
        this.stdout = new MarkedOutput(attempt, outputLimit, this::saidOnOutput);
        this.stderr = new MarkedOutput(attempt, outputLimit, this::said);
    }

    /** How a program ended, as far as its channel tells. */
    sealed interface End {
        /** It says so itself: the exit code of the script's shell, a word about it, and how long it ran. */
        record Told(int code, String how, long millis) implements End {}

        /** The channel ended without a word; whether the connection did so too. */
        record Silent(boolean connectionLost) implements End {}

        /** Time is up. */
        record TimeUp() implements End {}

        /** Somebody wants it to end. */
        record Stopped() implements End {}
    }

    /** Why a program has said nothing that makes sense. */
    enum Silence {
        /** The connection is dead, or takes no more channels, or takes too long. */
        CONNECTION,
        /** There is a shell, or was: it was ended, or had no room for its program. */
        ENDED,
        /** There is no shell for this user. */
        NO_SHELL
    }

    /** What a program said that needs no {@code go}. */
    sealed interface Answer {
        /** Its words. */
        record Said(String words) implements Answer {}

        /** None. */
        record Nothing(Silence why) implements Answer {}
    }

    /** What a program said when it should have been ready. */
    sealed interface Start {
        /** It waits for {@code go}. */
        record Ready() implements Start {}

        /** It cannot run scripts; why, in a word of {@code run.sh}. */
        record Refused(String why) implements Start {}

        /** It said nothing that makes sense. */
        record Nothing(Silence why) implements Start {}
    }

    /**
     * Sends the program and waits until it is ready.
     *
     * @throws EndedEarlyException if time is up or the end is asked for; nothing was begun
     */
    Start start(byte[] program, Duration patience, Deadline deadline, StopWish stop)
            throws EndedEarlyException, InterruptedException {
        Deadline step = deadline.within(patience);
        CompletableFuture<Boolean> opened = open(stdout, stderr);
        if (!happened(opened, step, deadline, stop) || !opened.join()) {
            return new Start.Nothing(Silence.CONNECTION); // dead, or it takes no more channels
        }
        send(false, program);
        CompletableFuture<Object> either = CompletableFuture.anyOf(ready, closed);
        if (!happened(either, step, deadline, stop)) {
            return new Start.Nothing(Silence.CONNECTION);
        }
        if (!ready.isDone()) {
            return new Start.Nothing(silence());
        }
        String said = ready.join();
        return said.equals("ready") ? new Start.Ready() : new Start.Refused(said);
    }

    /** Has a program that is ready leave again without having begun anything; whether it has done so. */
    boolean leave() throws InterruptedException {
        send(true);
        return new StopWish().await(closed, Deadline.in(LEAVING)) == Wait.HAPPENED;
    }

    /** Lets the program begin, with the script's standard input, and waits for its end. */
    End finish(byte[] stdin, Deadline deadline, StopWish stop) throws InterruptedException {
        send(true, RemotePrograms.go(attempt), stdin);
        Wait wait = stop.await(CompletableFuture.anyOf(over, closed), deadline);
        if (wait == Wait.TIME_UP) {
            return new End.TimeUp();
        }
        if (wait == Wait.STOPPED) {
            return new End.Stopped();
        }
        if (!over.isDone()) {
            return new End.Silent(!session.isOpen());
        }
        String[] said = over.join().split(":", -1);
        int code = said.length == 3 ? parse(said[0]) : -1;
        int hundredths = said.length == 3 ? parse(said[2]) : -1;
        if (code < 0 || hundredths < 0) {
            return new End.Silent(false); // a script that knows the word plays tricks
        }
        // Nobody's wish shortens this: the script is over, and its output is on the way.
        CompletableFuture<Object> whole = CompletableFuture.anyOf(outputEnd, closed);
        long before;
        do {
            before = stdout.received();
            new StopWish().await(whole, Deadline.in(LAST_OUTPUT));
        } while (!whole.isDone() && stdout.received() > before);
        if (!outputEnd.isDone()) {
            return new End.Silent(true); // part of an output is none
        }
        return new End.Told(code, said[1], hundredths * 10L);
    }

    /** Sends a whole program that needs no {@code go} and waits for what it says, or until somebody wants it to end. */
    Answer ask(byte[] program, Deadline deadline, StopWish stop) throws InterruptedException {
        CompletableFuture<String> said = new CompletableFuture<>();
        CompletableFuture<Boolean> opened =
                open(new MarkedOutput(attempt, 1, mark -> answered(said, mark)), OutputStream.nullOutputStream());
        if (stop.await(opened, deadline) != Wait.HAPPENED || !opened.join()) {
            return new Answer.Nothing(Silence.CONNECTION);
        }
        send(true, program);
        Wait wait = stop.await(CompletableFuture.anyOf(said, closed), deadline);
        if (said.isDone()) {
            return new Answer.Said(said.join());
        }
        return new Answer.Nothing(wait == Wait.HAPPENED ? silence() : Silence.CONNECTION);
    }

    /** Why the channel has ended without a word. A user without a shell has a program there that ends by itself. */
    private Silence silence() {
        ChannelExec ended = channel;
        if (ended == null || !session.isOpen()) {
            return Silence.CONNECTION;
        }
        Integer status = ended.getExitStatus();
        boolean killed = ended.getExitSignal() != null || status != null && KILLED.contains(status);
        return spoken || killed ? Silence.ENDED : Silence.NO_SHELL;
    }

    /** Opens the channel; completes with whether there is one. */
    private CompletableFuture<Boolean> open(OutputStream out, OutputStream err) {
        CompletableFuture<Boolean> opened = new CompletableFuture<>();
        try {
            ChannelExec exec = session.createExecChannel(RemotePrograms.COMMAND);
            channel = exec;
            exec.setOut(out);
            exec.setErr(err);
            exec.addCloseFutureListener(ignored -> closed.complete(null));
            OpenFuture opening = exec.open();
            opening.addListener(ignored -> opened.complete(opening.isOpened()));
        } catch (IOException | RuntimeException e) {
            LOG.debug("no channel for {}", attempt.run(), e);
            opened.complete(false);
        }
        return opened;
    }

    MarkedOutput stdout() {
        return stdout;
    }

    MarkedOutput stderr() {
        return stderr;
    }

    /** Closes the channel without waiting for the other side. */
    @Override
    public void close() {
        ChannelExec open = channel;
        if (open != null) {
            open.close(true);
        }
    }

    private boolean happened(CompletableFuture<?> event, Deadline step, Deadline deadline, StopWish stop)
            throws EndedEarlyException, InterruptedException {
        Wait wait = stop.await(event, step);
        if (wait == Wait.STOPPED || wait == Wait.TIME_UP && deadline.passed()) {
            throw new EndedEarlyException();
        }
        return wait == Wait.HAPPENED;
    }

    /** On a thread of the SSH library. */
    private void answered(CompletableFuture<String> said, String mark) {
        if (mark.equals(RemotePrograms.HERE)) {
            spoken = true;
        } else {
            said.complete(mark);
        }
    }

    /** On a thread of the SSH library. */
    private void saidOnOutput(String mark) {
        if (mark.equals("out")) {
            outputEnd.complete(null);
        }
    }

    /** On a thread of the SSH library. */
    private void said(String mark) {
        if (mark.equals("ready")) {
            ready.complete(mark);
        } else if (mark.startsWith("refused:")) {
            ready.complete(mark.substring("refused:".length()));
        } else if (mark.startsWith("end:")) {
            over.complete(mark.substring("end:".length()));
        }
    }

    private void send(boolean last, byte[]... parts) {
        ChannelExec to = channel;
        if (to == null) {
            throw new IllegalStateException("nothing was started");
        }
        OutputStream in = to.getInvertedIn();
        Thread.ofVirtual().name("ssh-send-" + attempt.run()).start(() -> {
            try {
                for (byte[] part : parts) {
                    in.write(part);
                }
                in.flush();
                if (last) {
                    in.close();
                }
            } catch (IOException e) {
                LOG.debug("{} does not read its input to the end", attempt.run()); // a script need not
            }
        });
    }

    private static int parse(String number) {
        try {
            return Integer.parseInt(number);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
