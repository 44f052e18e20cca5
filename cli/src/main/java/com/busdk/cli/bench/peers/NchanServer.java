package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.Lines;
import com.busdk.cli.bench.LoadClient;
import com.busdk.cli.bench.Requests;
import com.busdk.cli.bench.Trouble;
import com.busdk.cli.bench.suite.Bench;
import com.busdk.cli.bench.suite.ServerProcess;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * An nginx with Nchan. Each name is a channel; an event is published with the end of its line, so that events of a stream
 * of chunks can be told apart. It knows no groups.
 */
final class NchanServer extends PeerServer {
    private static final long ANSWERS_WITHIN = TimeUnit.SECONDS.toNanos(60);

    private final LoadClient client;

    NchanServer(LoadClient client, ServerProcess process) {
        super(process);
        this.client = client;
    }

    static NchanServer start(Bench bench, NchanPeer peer, Path program, Path module, Path folder, long history)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        int port = ServerProcess.freePort();
        boolean root = "root".equals(System.getProperty("user.name"));
        Path file = Files.writeString(
                folder.resolve("nginx.conf"), peer.configuration(module, folder, port, history, root));
        Path log = folder.resolve("server.log");
        ServerProcess process = ServerProcess.start(
                List.of(program.toString(), "-p", folder.toString(), "-e", log.toString(), "-c", file.toString()),
                Map.of(),
                port,
                new ServerProcess.Greeting(
                        "GET /ready HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 2"),
                log);
        return new NchanServer(bench.client(), process);
    }

    /** The work is done by processes that the first one starts. */
    @Override
    boolean hasWorkers() {
        return true;
    }

    @Override
    void forget(Topic topic) throws InterruptedException {
        try (var connections = new Connections(client, address())) {
            var deletions = new Deletions(topic);
            connections.open(List.of(deletions));
            connections.begin(List.of(deletions));
            connections.await(deletions.done, ANSWERS_WITHIN, "for Nchan to delete channels");
        }
    }

    @Override
    Publishing publishing(Topic topic, boolean single) {
        return new Publisher(topic, single ? 1 : BATCH);
    }

    @Override
    Conversation listening(Topic topic) {
        return new Listener(topic.names().getFirst());
    }

    @Override
    Conversation replaying(Topic topic, int name, long events) {
        return new Listener(topic.names().get(name));
    }

    @Override
    void openGroup(Topic topic) {
        throw new UnsupportedOperationException("Nchan knows no groups");
    }

    @Override
    Conversation consuming(Topic topic, int number) {
        throw new UnsupportedOperationException("Nchan knows no groups");
    }

    private static byte[] request(String method, String path, String name, String rest) {
        return Requests.ascii(method + " " + path + "?id=" + name + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + rest + "\r\n");
    }

    /** A request for each event, several of them on their way where the publisher does not wait. */
    private static final class Publisher extends HttpConversation implements Publishing {
        private final Messages messages;
        private int taken;

        Publisher(Topic topic, int batch) {
            messages = new Messages(topic.lines(), batch, name -> message(topic, name));
        }

        private static byte[] message(Topic topic, int name) {
            byte[] line = topic.lines().line(name);
            byte[] head = request(
                    "POST",
                    "/pub",
                    topic.names().get(name),
                    "Content-Type: application/json\r\nContent-Length: " + line.length + "\r\n");
            ByteBuf all =
                    Unpooled.buffer(head.length + line.length).writeBytes(head).writeBytes(line);
            return all.array();
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
        void answered() {
            taken++;
        }

        @Override
        void read(ByteBuf buffer) {
            super.read(buffer);
            if (taken > 0) {
                int count = taken;
                taken = 0;
                follower().acknowledged(count);
            }
        }
    }

    /** A stream of chunks, an event each, from the oldest on that the channel has. */
    private static final class Listener extends HttpConversation {
        private final String name;

        Listener(String name) {
            this.name = name;
        }

        @Override
        void begin() {
            send(Unpooled.wrappedBuffer(request("GET", "/sub", name, "TE: chunked\r\n")));
        }

        @Override
        void answering() {
            accept();
        }

        @Override
        void body(ByteBuf buffer, int from, int length) {
            follower().delivered(Lines.count(buffer, from, length), length);
        }

        @Override
        void answered() {
            throw Trouble.wrong("Nchan ended a stream that should go on");
        }
    }

    /** Deletes the channels of a topic. */
    private static final class Deletions extends HttpConversation {
        private final List<byte[]> requests = new ArrayList<>();
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private int answers;

        Deletions(Topic topic) {
            topic.names().forEach(name -> requests.add(request("DELETE", "/pub", name, "")));
        }

        @Override
        void begin() {
            requests.forEach(request -> write(Unpooled.wrappedBuffer(request)));
            flush();
            accept();
        }

        @Override
        void answered() {
            answers++;
            if (answers == requests.size()) {
                done.complete(null);
            }
        }
    }
}
