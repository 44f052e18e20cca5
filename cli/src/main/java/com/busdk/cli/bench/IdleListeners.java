package com.busdk.cli.bench;

import com.busdk.cli.command.CliException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Listeners of a name that nobody publishes. Made and closed on the command's thread. */
public final class IdleListeners implements AutoCloseable {
    private static final long OPEN_WITHIN_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final LoadClient client;
    private final List<HttpConnection> open;

    private IdleListeners(LoadClient client, List<HttpConnection> open) {
        this.client = client;
        this.open = open;
    }

    /** Opens that many streams, and returns when the service has accepted all of them. */
    public static IdleListeners open(LoadClient client, Target target, String name, int count)
            throws InterruptedException {
        List<HttpConnection> open = client.connect(target, count);
        var opened = new Completion(count);
        LoadClient.onEach(
                open,
                i -> open.get(i)
                        .send(Requests.get(target, "/stream?name=" + name, Requests.NDJSON), new Opened(opened)));
        Waiting.on(opened.future(), OPEN_WITHIN_NANOS, "for the service to accept all listeners");
        return new IdleListeners(client, open);
    }

    @Override
    public void close() {
        try {
            client.close(open);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private record Opened(Completion completion) implements Answer {
        @Override
        public void begun() {
            completion.partDone();
        }

        @Override
        public void done() {
            completion.fail(Trouble.wrong("the service ended a stream that should go on"));
        }

        @Override
        public void failed(CliException failure) {
            completion.fail(failure);
        }
    }
}
