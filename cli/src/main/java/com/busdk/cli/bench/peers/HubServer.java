package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.Bytes;
import com.busdk.cli.bench.LineAssembler;
import com.busdk.cli.bench.Lines;
import com.busdk.cli.bench.Requests;
import com.busdk.cli.bench.Target;
import com.busdk.cli.bench.Trouble;
import com.busdk.cli.bench.suite.Bench;
import com.busdk.cli.bench.suite.ServerProcess;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A server of this hub, started by the launcher as users start it. */
final class HubServer extends PeerServer {
    /** Deliveries that are out at a consumer at most: four times what it acknowledges at once. */
    private static final int IN_FLIGHT = 4 * FETCH;

    /** The group of all consumers that are given by their number. */
    static final String GROUP = "bench";

    private static final byte[] LINE_END = Requests.ascii("\r\n");

    private final Target target;

    HubServer(ServerProcess process, Target target) {
        super(process);
        this.target = target;
    }

    static HubServer start(Bench bench, Path folder, String flush) throws IOException, InterruptedException {
        ServerProcess process = bench.service(folder, flush);
        return new HubServer(process, bench.target(process));
    }

    @Override
    InetSocketAddress address() {
        return new InetSocketAddress(target.host(), target.port());
    }

    /** The server as the loads for the hub alone see it. */
    Target target() {
        return target;
    }

    @Override
    Publishing publishing(Topic topic, boolean single) {
        return single ? new OneByOne(target, topic) : new AsLines(target, topic);
    }

    @Override
    Conversation listening(Topic topic) {
        return new Stream(target, "?name=" + topic.names().getFirst());
    }

    @Override
    Conversation replaying(Topic topic, int name, long events) {
        return new Stream(target, "?name=" + topic.names().get(name) + "&follow=false");
    }

    /** A listener that is the only consumer of a group of that number. */
    Conversation alone(Topic topic, int group) {
        return new Stream(target, "?name=" + topic.names().getFirst() + "&delivery=unicast&group=g" + group);
    }

    @Override
    void openGroup(Topic topic) {
        // Its first consumer makes it.
    }

    @Override
    Conversation consuming(Topic topic, int number) {
        return new Consumer(
                target,
                "?name=" + topic.names().getFirst() + "&delivery=unicast&replay=true&ack=explicit&max_in_flight="
                        + IN_FLIGHT + "&group=" + GROUP + "&consumer=c" + number);
    }

    /** A request for each event. */
    private static final class OneByOne extends HttpConversation implements Publishing {
        private final Messages messages;

        OneByOne(Target target, Topic topic) {
            messages = new Messages(
                    topic.lines(), 1, name -> bytes(Requests.post(target, "", Requests.JSON, topic.event(name))));
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
            follower().acknowledged(1);
        }
    }

    /** Lines of one request, all of which are acknowledged at its end. */
    private static final class AsLines extends HttpConversation implements Publishing {
        private static final byte[] COUNT = Requests.ascii("\"count\":");

        /** An answer is this short. */
        private static final int MAX_ANSWER_BYTES = 4_096;

        private final Target target;
        private final Messages messages;
        private final StringBuilder answer = new StringBuilder();

        AsLines(Target target, Topic topic) {
            this.target = target;
            messages = new Messages(topic.lines(), BATCH, topic.lines()::line);
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
        public boolean acknowledgesEach() {
            return false;
        }

        @Override
        public void start() {
            answer.setLength(0);
            write(Requests.postInChunks(target, "", Requests.NDJSON));
        }

        @Override
        public ByteBuf events(long from, int count) {
            ByteBuf lines = messages.of(from, count);
            byte[] size = Requests.ascii(Integer.toHexString(lines.readableBytes()) + "\r\n");
            return Unpooled.wrappedBuffer(Unpooled.wrappedBuffer(size), lines, Unpooled.wrappedBuffer(LINE_END));
        }

        @Override
        public void end() {
            write(Requests.lastChunk());
        }

        @Override
        void body(ByteBuf buffer, int from, int length) {
            if (answer.length() + length <= MAX_ANSWER_BYTES) {
                answer.append(buffer.toString(from, length, StandardCharsets.US_ASCII));
            }
        }

        @Override
        void answered() {
            byte[] bytes = Requests.ascii(answer.toString());
            int at = Bytes.indexOf(bytes, 0, bytes.length, COUNT);
            if (at < 0) {
                throw Trouble.wrong("the service does not say how many lines it took");
            }
            follower().acknowledged((int) Bytes.digits(bytes, at + COUNT.length, bytes.length));
        }
    }

    /** A stream of events. */
    private static final class Stream extends HttpConversation {
        private final Target target;
        private final String query;

        Stream(Target target, String query) {
            this.target = target;
            this.query = query;
        }

        @Override
        void begin() {
            send(Requests.get(target, "/stream" + query, Requests.NDJSON));
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
            // A replay that has come to its end; one that is short of events is seen by its count.
        }
    }

    /** A stream of deliveries, whose tokens go back over a connection beside it: all that have come, in one request. */
    private static final class Consumer extends HttpConversation {
        private static final byte[] TOKEN = Requests.ascii("\"token\":\"");

        private final Target target;
        private final String query;
        private final Acknowledging acknowledging = new Acknowledging();
        private final LineAssembler lines = new LineAssembler(this::line);
        private final ByteArrayOutputStream tokens = new ByteArrayOutputStream();
        private int waiting;
        private int bytes;

        Consumer(Target target, String query) {
            this.target = target;
            this.query = query;
        }

        @Override
        List<Conversation> companions() {
            return List.of(acknowledging);
        }

        @Override
        void begin() {
            send(Requests.get(target, "/stream" + query, Requests.NDJSON));
        }

        @Override
        void answering() {
            accept();
        }

        @Override
        void body(ByteBuf buffer, int from, int length) {
            lines.add(buffer, from, length);
            bytes += length;
        }

        @Override
        void read(ByteBuf buffer) {
            super.read(buffer);
            acknowledge();
        }

        private void line(byte[] line, int from, int to) {
            int at = Bytes.lastIndexOf(line, from, to, TOKEN);
            if (at < 0) {
                throw Trouble.wrong("the service delivered an event without a token");
            }
            int start = at + TOKEN.length;
            tokens.writeBytes(Requests.ascii(waiting == 0 ? "\"" : ",\""));
            tokens.write(line, start, Bytes.indexOf(line, start, to, '"') - start + 1);
            waiting++;
            if (waiting >= FETCH) {
                acknowledge();
            }
        }

        private void acknowledge() {
            if (waiting == 0 || acknowledging.out > 0) {
                return;
            }
            var body = new ByteArrayOutputStream(tokens.size() + 64);
            body.writeBytes(Requests.ascii("{\"group\":\"" + GROUP + "\",\"ack\":["));
            body.writeBytes(tokens.toByteArray());
            body.writeBytes(Requests.ascii("]}"));
            acknowledging.out = waiting;
            waiting = 0;
            tokens.reset();
            acknowledging.send(Requests.post(target, "/ack", Requests.JSON, body.toByteArray()));
        }

        @Override
        void answered() {
            throw Trouble.wrong("the service ended a stream that should go on");
        }

        /** The connection for acknowledgements, with one request at a time. */
        private final class Acknowledging extends HttpConversation {
            private static final byte[] DONE = Requests.ascii("\"ack\":");

            private final StringBuilder answer = new StringBuilder();
            private int out;

            @Override
            void begin() {
                accept();
            }

            @Override
            void body(ByteBuf buffer, int from, int length) {
                answer.append(buffer.toString(from, length, StandardCharsets.US_ASCII));
            }

            @Override
            void answered() {
                byte[] text = Requests.ascii(answer.toString());
                answer.setLength(0);
                int at = Bytes.indexOf(text, 0, text.length, DONE);
                int done = at < 0 ? 0 : (int) Bytes.digits(text, at + DONE.length, text.length);
                out = 0;
                Consumer.this.follower().delivered(done, bytes);
                bytes = 0;
                acknowledge();
            }
        }
    }

    private static byte[] bytes(ByteBuf buffer) {
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.readBytes(bytes);
        buffer.release();
        return bytes;
    }
}
