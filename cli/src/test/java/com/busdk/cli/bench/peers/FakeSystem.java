package com.busdk.cli.bench.peers;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.parsetools.RecordParser;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A system of one letter a line: {@code E} is an event and answered with {@code A}, {@code L} listens and is answered with
 * {@code L}, {@code R} asks for all that was published; events are delivered as {@code D}. {@code Q} is answered by the end
 * of the connection. Its server lives on one event loop.
 */
final class FakeSystem extends PeerServer {
    private final NetServer server;
    private final List<NetSocket> listeners = new ArrayList<>();
    private int published;
    private boolean deaf;

    FakeSystem(Vertx vertx) {
        super(null);
        server = vertx.createNetServer()
                .connectHandler(socket -> socket.handler(RecordParser.newDelimited("\n", line -> take(socket, line))))
                .listen(0, "127.0.0.1")
                .await();
    }

    private void take(NetSocket socket, Buffer line) {
        switch (line.toString()) {
            case "E" -> {
                published++;
                socket.write("A\n");
                if (!deaf) {
                    listeners.forEach(listener -> listener.write("D\n"));
                }
            }
            case "L" -> {
                listeners.add(socket);
                socket.write("L\n");
            }
            case "R" -> socket.write("D\n".repeat(published));
            default -> socket.close();
        }
    }

    /** From now on it keeps to itself what it should deliver. */
    void loseAll() {
        deaf = true;
    }

    int published() {
        return published;
    }

    @Override
    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.actualPort());
    }

    @Override
    Publishing publishing(Topic topic, boolean single) {
        return new Publisher(topic);
    }

    @Override
    Conversation listening(Topic topic) {
        return new Listener("L\n");
    }

    @Override
    Conversation replaying(Topic topic, int name, long events) {
        return new Listener("R\n");
    }

    /** A listener that the system throws out. */
    static Conversation thrownOut() {
        return new Listener("Q\n");
    }

    @Override
    void openGroup(Topic topic) {}

    @Override
    Conversation consuming(Topic topic, int number) {
        return new Listener(number == 0 ? "R\n" : "L\n");
    }

    @Override
    public void close() {
        server.close().await();
    }

    private static final class Publisher extends Conversation implements Publishing {
        private final Messages messages;

        Publisher(Topic topic) {
            messages = new Messages(topic.lines(), BATCH, _ -> new byte[] {'E', '\n'});
        }

        @Override
        void begin() {
            accept();
        }

        @Override
        void read(ByteBuf buffer) {
            follower().acknowledged(buffer.readableBytes() / 2);
        }

        @Override
        public Conversation conversation() {
            return this;
        }

        @Override
        public ByteBuf events(long from, int count) {
            return messages.of(from, count);
        }
    }

    private static final class Listener extends Conversation {
        private final String question;

        Listener(String question) {
            this.question = question;
        }

        @Override
        void begin() {
            send(Unpooled.copiedBuffer(question, StandardCharsets.US_ASCII));
            if (!question.startsWith("L")) {
                accept();
            }
        }

        @Override
        void read(ByteBuf buffer) {
            int events = 0;
            while (buffer.isReadable()) {
                byte letter = buffer.readByte();
                if (letter == 'L') {
                    accept();
                }
                events += letter == 'D' ? 1 : 0;
            }
            follower().delivered(events, 0);
        }
    }
}
