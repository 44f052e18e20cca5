package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.LoadClient;
import com.busdk.cli.bench.suite.Bench;
import com.busdk.cli.bench.suite.ServerProcess;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A server of Redis. Each name is a stream of its own, since a stream cannot be read by names. */
final class RedisServer extends PeerServer {
    private static final String GROUP = "bench";
    private static final long ANSWER_WITHIN = TimeUnit.SECONDS.toNanos(60);

    /** Entries of one reply of a replay: as many as make the way there and back not matter. */
    private static final int REPLAY_COUNT = 10_000;

    /** What is handed out of a reply is no longer. */
    private static final int MAX_ID_BYTES = RespConversation.MAX_KEPT_BYTES;

    private final LoadClient client;

    RedisServer(LoadClient client, ServerProcess process) {
        super(process);
        this.client = client;
    }

    static RedisServer start(Bench bench, String flush, Path program, Path folder)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        int port = ServerProcess.freePort();
        ServerProcess process = ServerProcess.start(
                List.of(
                        program.toString(),
                        "--bind",
                        "127.0.0.1",
                        "--port",
                        Integer.toString(port),
                        "--dir",
                        folder.toString(),
                        "--save",
                        "",
                        "--appendonly",
                        "yes",
                        "--appendfsync",
                        flush,
                        "--daemonize",
                        "no"),
                Map.of(),
                port,
                new ServerProcess.Greeting("PING\r\n", "+PONG"),
                folder.resolve("server.log"));
        return new RedisServer(bench.client(), process);
    }

    @Override
    void forget(Topic topic) throws InterruptedException {
        List<Object> words = new ArrayList<>(List.of("UNLINK"));
        words.addAll(topic.names());
        ask(RespConversation.command(words.toArray()));
    }

    @Override
    void openGroup(Topic topic) throws InterruptedException {
        ask(RespConversation.command("XGROUP", "CREATE", topic.names().getFirst(), GROUP, "0", "MKSTREAM"));
    }

    private void ask(byte[] command) throws InterruptedException {
        try (var connections = new Connections(client, address())) {
            var question = new Question(command);
            connections.open(List.of(question));
            connections.begin(List.of(question));
            connections.await(question.answered, ANSWER_WITHIN, "for Redis to answer");
        }
    }

    @Override
    Publishing publishing(Topic topic, boolean single) {
        return new Publisher(topic, single ? 1 : BATCH);
    }

    /** From the beginning of a stream that is empty yet: so there is no moment from which on it counts. */
    @Override
    Conversation listening(Topic topic) {
        return new Reader(topic.names().getFirst(), FETCH, true, Long.MAX_VALUE);
    }

    @Override
    Conversation replaying(Topic topic, int name, long events) {
        return new Reader(topic.names().get(name), REPLAY_COUNT, false, events);
    }

    @Override
    Conversation consuming(Topic topic, int number) {
        return new Consumer(topic.names().getFirst(), "c" + number);
    }

    /** One command. */
    private static final class Question extends RespConversation {
        private final byte[] command;
        private final CompletableFuture<Void> answered = new CompletableFuture<>();

        Question(byte[] command) {
            this.command = command;
        }

        @Override
        void begin() {
            send(Unpooled.wrappedBuffer(command));
            accept();
        }

        @Override
        void replied() {
            answered.complete(null);
        }
    }

    /** Adds entries of one field. */
    private static final class Publisher extends RespConversation implements Publishing {
        private final Messages messages;
        private int taken;

        Publisher(Topic topic, int batch) {
            messages = new Messages(
                    topic.lines(),
                    batch,
                    name -> command("XADD", topic.names().get(name), "*", "e", topic.event(name)));
        }

        @Override
        void begin() {
            accept();
        }

        @Override
        public Conversation conversation() {
            return this;
        }

        @Override
        public ByteBuf events(long from, int count) {
            return messages.of(from, count);
        }

        @Override
        void replied() {
            taken++;
        }

        @Override
        void paused() {
            if (taken > 0) {
                int count = taken;
                taken = 0;
                follower().acknowledged(count);
            }
        }
    }

    /** Reads on behind the last entry that it has got, again and again. */
    private static final class Reader extends RespConversation {
        /** Where ids are in a reply: entries within a stream within the streams that were asked for. */
        private static final int ID_NESTING = 4;

        private final String stream;
        private final int fetch;
        private final boolean waits;
        private final long most;
        private final byte[] last = new byte[MAX_ID_BYTES];
        private int lastLength;
        private long total;
        private int arrived;

        /**
         * A reader.
         *
         * @param fetch entries of a reply at most
         * @param waits whether it waits for entries that are still to come
         * @param most entries after which it reads no further
         */
        Reader(String stream, int fetch, boolean waits, long most) {
            this.stream = stream;
            this.fetch = fetch;
            this.waits = waits;
            this.most = most;
            last[0] = '0';
            lastLength = 1;
        }

        @Override
        void begin() {
            ask();
            accept();
        }

        private void ask() {
            byte[] behind = Arrays.copyOf(last, lastLength);
            send(Unpooled.wrappedBuffer(
                    waits
                            ? command("XREAD", "COUNT", fetch, "BLOCK", 0, "STREAMS", stream, behind)
                            : command("XREAD", "COUNT", fetch, "STREAMS", stream, behind)));
        }

        @Override
        void text(int nesting, long index, byte[] bytes, int length) {
            if (nesting == ID_NESTING && index == 0) {
                arrived++;
                total++;
                System.arraycopy(bytes, 0, last, 0, length);
                lastLength = length;
            }
        }

        @Override
        void replied() {
            if (total < most) {
                ask();
            }
        }

        @Override
        void paused() {
            if (arrived > 0) {
                int count = arrived;
                arrived = 0;
                follower().delivered(count, 0);
            }
        }
    }

    /** Reads what no other consumer of the group has got, and acknowledges all of a reply in one command. */
    private static final class Consumer extends RespConversation {
        private static final int ID_NESTING = 4;

        private final String stream;
        private final String name;
        private final List<Object> ids = new ArrayList<>();

        Consumer(String stream, String name) {
            this.stream = stream;
            this.name = name;
        }

        @Override
        void begin() {
            write(Unpooled.wrappedBuffer(more()));
            flush();
            accept();
        }

        private byte[] more() {
            return command("XREADGROUP", "GROUP", GROUP, name, "COUNT", FETCH, "BLOCK", 0, "STREAMS", stream, ">");
        }

        @Override
        void text(int nesting, long index, byte[] bytes, int length) {
            if (nesting == ID_NESTING && index == 0) {
                ids.add(Arrays.copyOf(bytes, length));
            }
        }

        @Override
        void number(long value) {
            follower().delivered((int) value, 0);
        }

        @Override
        void replied() {
            if (ids.isEmpty()) {
                return;
            }
            List<Object> words = new ArrayList<>(List.of("XACK", stream, GROUP));
            words.addAll(ids);
            ids.clear();
            write(Unpooled.wrappedBuffer(command(words.toArray())));
            write(Unpooled.wrappedBuffer(more()));
            flush();
        }
    }
}
