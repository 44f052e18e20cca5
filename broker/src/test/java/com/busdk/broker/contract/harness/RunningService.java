package com.busdk.broker.contract.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A service in this JVM, on a port of its own choice. Used by the test's thread. */
public final class RunningService implements AutoCloseable {
    private final ServicePlan plan;
    private Launched launched;

    private RunningService(ServicePlan plan) {
        this.plan = plan;
        this.launched = Launched.start(plan.allFlags());
    }

    static RunningService start(ServicePlan plan) {
        return new RunningService(plan);
    }

    /** Its root, without a trailing slash. */
    public URI root() {
        return URI.create("http://127.0.0.1:" + launched.port());
    }

    public int port() {
        return launched.port();
    }

    /** A caller with that token. */
    public Caller as(String token) {
        return new Caller(root(), token);
    }

    /** A user with these scopes. */
    public Caller user(String subject, String scope) {
        return as(Tokens.user(subject, scope));
    }

    /** A service that may send and listen to every name that has no scope of its own. */
    public Caller service() {
        return as(Tokens.service("tester", "events:send events:listen"));
    }

    /** A caller without a token. */
    public Caller nobody() {
        return new Caller(root(), null);
    }

    /** A socket. */
    public RawConnection raw() {
        return RawConnection.open(port(), 0);
    }

    /** A socket that takes little: behind so many bytes the sender has to wait for its reader. */
    public RawConnection rawWithSmallBuffer(int bytes) {
        return RawConnection.open(port(), bytes);
    }

    /** Asks it to stop, as SIGTERM does; the returned handle waits for the end. */
    public Runnable beginStop() {
        return launched.beginStop();
    }

    /** Stops it as SIGTERM does, and starts it again on the same data (and another port). */
    public void restart() {
        launched.beginStop().run();
        launched = Launched.start(plan.allFlags());
    }

    /**
     * Another service on a copy of what the disk has at this moment: what would be found after a kill without warning.
     */
    public RunningService afterKill(Path copy) {
        try (Stream<Path> files = Files.walk(plan.folder())) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path to = copy.resolve(plan.folder().relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(to);
                } else {
                    Files.copy(file, to);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return plan.in(copy).start();
    }

    @Override
    public void close() {
        launched.beginStop().run();
    }
}
