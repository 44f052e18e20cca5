package com.busdk.broker.contract.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A service in this JVM, on a port of its own choice. Where it is several processes, each has its port; whole requests and
 * streams go to each of them in turn, and sockets to the first one. Used by the test's thread.
 */
public final class RunningService implements AutoCloseable {
    private final ServicePlan plan;

    /** Counts requests; that of all callers, since tests make one for each request as well. */
    private final AtomicInteger turn = new AtomicInteger();

    private List<Launched> launched;

    private RunningService(ServicePlan plan) {
        this.plan = plan;
        this.launched = launch(plan);
    }

    private static List<Launched> launch(ServicePlan plan) {
        List<Launched> all = new ArrayList<>();
        boolean complete = false;
        try {
            for (int process = 0; process < plan.store().processes(); process++) {
                all.add(Launched.start(plan.allFlags(process)));
            }
            complete = true;
            return all;
        } finally {
            if (!complete) {
                stopping(all).run();
            }
        }
    }

    /** Begins to stop all of them; running the result waits for the end of each. */
    private static Runnable stopping(List<Launched> all) {
        List<Runnable> ends = all.stream().map(Launched::beginStop).toList();
        return () -> ends.forEach(Runnable::run);
    }

    static RunningService start(ServicePlan plan) {
        return new RunningService(plan);
    }

    /** Its root, without a trailing slash; that of the first process. */
    public URI root() {
        return root(launched.getFirst());
    }

    private static URI root(Launched one) {
        return URI.create("http://127.0.0.1:" + one.port());
    }

    private Caller caller(@Nullable String token) {
        return new Caller(launched.stream().map(RunningService::root).toList(), turn, token);
    }

    /** That of the first process. */
    public int port() {
        return launched.getFirst().port();
    }

    /** A caller with that token. */
    public Caller as(String token) {
        return caller(token);
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
        return caller(null);
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
        return stopping(launched);
    }

    /** Stops it as SIGTERM does, and starts it again on the same data (and another port). */
    public void restart() {
        stopping(launched).run();
        launched = launch(plan);
    }

    /**
     * Another service on a copy of what the disk has at this moment: what would be found after a kill without warning.
     * Only where that {@linkplain Store#isItsFolder is all there is}.
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

    /** Harmless when repeated; what a cluster has of it goes with it. */
    @Override
    public void close() {
        stopping(launched).run();
        plan.store().forget(plan.folder());
    }
}
