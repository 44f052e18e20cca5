package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.LoadClient;
import com.busdk.cli.bench.Waiting;
import com.busdk.cli.command.CliException;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The conversations of one run. Made, used and closed on the thread of the command. */
final class Connections implements AutoCloseable {
    /** Connections that are made at once: fewer than any listen queue holds. */
    private static final int CONNECTING = 100;

    /** A thousand listeners are accepted in less on any machine that is worth measuring. */
    private static final long ACCEPTED_WITHIN = TimeUnit.SECONDS.toNanos(60);

    private final LoadClient client;
    private final InetSocketAddress address;
    private final List<Conversation> open = new ArrayList<>();
    private final CompletableFuture<Void> failure = new CompletableFuture<>();

    Connections(LoadClient client, InetSocketAddress address) {
        this.client = client;
        this.address = address;
    }

    /** Connects all of them, spread over the loops, and waits until they are greeted. */
    void open(List<? extends Conversation> conversations) throws InterruptedException {
        for (int from = 0; from < conversations.size(); from += CONNECTING) {
            List<CompletableFuture<Void>> greeted = new ArrayList<>();
            for (Conversation one : conversations.subList(from, Math.min(conversations.size(), from + CONNECTING))) {
                EventLoop loop = client.nextLoop();
                greeted.add(connect(loop, one));
                one.companions().forEach(companion -> greeted.add(connect(loop, companion)));
            }
            await(all(greeted), ACCEPTED_WITHIN, "for connections to be accepted");
        }
    }

    private CompletableFuture<Void> connect(EventLoop loop, Conversation one) {
        open.add(one);
        var _ = one.failure().whenComplete((_, why) -> failure.completeExceptionally(why));
        return client.connect(loop, address, "the system that is measured", one).thenCompose(_ -> one.greeted());
    }

    /** Has them begin, and waits until what they ask for is accepted. */
    void begin(List<? extends Conversation> conversations) throws InterruptedException {
        conversations.forEach(one -> one.loop().execute(one::begin));
        await(
                all(conversations.stream().map(Conversation::ready).toList()),
                ACCEPTED_WITHIN,
                "for all that was asked for to be accepted");
    }

    /**
     * Waits for something that conversations bring about.
     *
     * @param what completes the sentence "waited in vain …"
     * @throws CliException as soon as one of the conversations fails, or that it took too long
     */
    <T> T await(CompletableFuture<T> future, long nanos, String what) throws InterruptedException {
        Waiting.on(CompletableFuture.anyOf(future, failure), nanos, what);
        return future.join();
    }

    /** Throws what went wrong, if anything did. */
    void check() throws InterruptedException {
        if (failure.isDone()) {
            Waiting.on(failure, 0, "");
        }
    }

    private static CompletableFuture<Void> all(List<CompletableFuture<Void>> futures) {
        return CompletableFuture.allOf(futures.toArray(CompletableFuture<?>[]::new));
    }

    /** Closes all of them, and waits until they are. */
    @Override
    public void close() {
        List<CompletableFuture<Void>> closed = new ArrayList<>();
        for (Conversation one : open) {
            if (one.isConnected()) {
                closed.add(CompletableFuture.runAsync(one::close, one.loop()));
            }
        }
        all(closed).join();
    }
}
