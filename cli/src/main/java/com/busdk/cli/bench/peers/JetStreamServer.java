package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.Bytes;
import com.busdk.cli.bench.LoadClient;
import com.busdk.cli.bench.Requests;
import com.busdk.cli.bench.Trouble;
import com.busdk.cli.bench.suite.Bench;
import com.busdk.cli.bench.suite.ServerProcess;
import com.busdk.client.text.Echo;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A server of NATS. A topic is a stream whose subjects are the names. Listeners are push consumers that acknowledge
 * nothing and say when they are behind, as the ordered consumers of its clients are; a group is a durable pull consumer.
 */
final class JetStreamServer extends PeerServer {
    private static final String API = "$JS.API.";
    private static final String GROUP = "bench";
    private static final long ANSWER_WITHIN = TimeUnit.SECONDS.toNanos(30);
    private static final long ALL_DONE_WITHIN = TimeUnit.SECONDS.toNanos(10);
    private static final int POLL_MILLIS = 2;
    private static final long HEARTBEAT_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long ACK_WAIT_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** Deliveries that are out in a group at most: what all its consumers may have. */
    private static final int MOST_OUT = 65_536;

    private static final byte[] ERROR = Requests.ascii("\"error\":");
    private static final int MAX_ERROR_TEXT = 300;

    private final LoadClient client;
    private final boolean plain;

    JetStreamServer(LoadClient client, ServerProcess process, boolean plain) {
        super(process);
        this.client = client;
        this.plain = plain;
    }

    static JetStreamServer start(Bench bench, JetStreamPeer peer, Path program, Path folder)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        int port = ServerProcess.freePort();
        Path file = Files.writeString(folder.resolve("nats.conf"), peer.configuration(folder, port));
        ServerProcess process = ServerProcess.start(
                List.of(program.toString(), "-c", file.toString()),
                Map.of(),
                port,
                new ServerProcess.Greeting("", "INFO "),
                folder.resolve("server.log"));
        return new JetStreamServer(bench.client(), process, peer.plain());
    }

    @Override
    void prepare(Topic topic) throws InterruptedException {
        ask(
                "STREAM.CREATE." + topic.id(),
                Map.of(
                        "name",
                        topic.id(),
                        "subjects",
                        topic.names().size() == 1 ? topic.names() : List.of(wildcard(topic)),
                        "storage",
                        "file",
                        "retention",
                        "limits",
                        "discard",
                        "old",
                        "num_replicas",
                        1));
    }

    /** All names of a topic that has several: they differ in their last word. */
    private static String wildcard(Topic topic) {
        String first = topic.names().getFirst();
        return first.substring(0, first.lastIndexOf('.')) + ".*";
    }

    @Override
    void forget(Topic topic) throws InterruptedException {
        ask("STREAM.DELETE." + topic.id(), Map.of());
    }

    @Override
    void openGroup(Topic topic) throws InterruptedException {
        ask(
                "CONSUMER.DURABLE.CREATE." + topic.id() + "." + GROUP,
                Map.of(
                        "stream_name", topic.id(),
                        "config",
                                Map.of(
                                        "durable_name", GROUP,
                                        "deliver_policy", "all",
                                        "ack_policy", "explicit",
                                        "ack_wait", ACK_WAIT_NANOS,
                                        "max_ack_pending", MOST_OUT)));
    }

    /** Acknowledgements are not confirmed, so that only the consumer itself can say when it has seen all of them. */
    @Override
    void awaitDone(Topic topic) throws InterruptedException {
        long end = System.nanoTime() + ALL_DONE_WITHIN;
        while (System.nanoTime() - end < 0) {
            JsonObject consumer = ask("CONSUMER.INFO." + topic.id() + "." + GROUP, Map.of());
            if (consumer.getLong("num_pending", -1L) == 0 && consumer.getLong("num_ack_pending", -1L) == 0) {
                return;
            }
            Thread.sleep(POLL_MILLIS);
        }
        throw Trouble.wrong("JetStream still waits for acknowledgements that were sent");
    }

    private JsonObject ask(String what, Map<String, Object> body) throws InterruptedException {
        try (var connections = new Connections(client, address())) {
            var question = new Question(API + what, body.isEmpty() ? "" : new JsonObject(body).encode());
            connections.open(List.of(question));
            connections.begin(List.of(question));
            return new JsonObject(connections.await(question.answer, ANSWER_WITHIN, "for JetStream to do " + what));
        }
    }

    @Override
    Publishing publishing(Topic topic, boolean single) {
        return new Publisher(topic, single ? 1 : BATCH);
    }

    @Override
    Conversation listening(Topic topic) {
        return plain
                ? new Subscription(topic.names().getFirst())
                : new PushConsumer(topic.id(), topic.names().getFirst(), "new");
    }

    @Override
    Conversation replaying(Topic topic, int name, long events) {
        return new PushConsumer(topic.id(), topic.names().get(name), "all");
    }

    @Override
    Conversation consuming(Topic topic, int number) {
        return new PullConsumer(topic.id());
    }

    private static void refuseErrors(byte[] bytes, int length) {
        if (Bytes.indexOf(bytes, 0, length, ERROR) >= 0) {
            throw Trouble.wrong("JetStream refused: "
                    + Echo.clean(new String(bytes, 0, length, StandardCharsets.UTF_8), MAX_ERROR_TEXT));
        }
    }

    /** One request of the API, and its answer. */
    private static final class Question extends NatsConversation {
        private final String subject;
        private final String text;
        private final CompletableFuture<String> answer = new CompletableFuture<>();

        Question(String subject, String text) {
            this.subject = subject;
            this.text = text;
        }

        @Override
        void begin() {
            write(Unpooled.wrappedBuffer(subscribe("_INBOX.question", ANSWERS)));
            send(Unpooled.wrappedBuffer(publish(subject, "_INBOX.question", text)));
            accept();
        }

        @Override
        void answered(byte[] bytes, int length) {
            refuseErrors(bytes, length);
            answer.complete(new String(bytes, 0, length, StandardCharsets.UTF_8));
        }
    }

    /** Publishes, and has the stream acknowledge each event. */
    private static final class Publisher extends NatsConversation implements Publishing {
        private final String inbox = inbox();
        private final Messages messages;
        private int taken;

        Publisher(Topic topic, int batch) {
            messages = new Messages(topic.lines(), batch, name -> message(topic, name));
        }

        private byte[] message(Topic topic, int name) {
            byte[] event = topic.event(name);
            var bytes = new ByteArrayOutputStream();
            bytes.writeBytes(
                    Requests.ascii("PUB " + topic.names().get(name) + " " + inbox + " " + event.length + "\r\n"));
            bytes.writeBytes(event);
            bytes.writeBytes(Requests.ascii("\r\n"));
            return bytes.toByteArray();
        }

        @Override
        void begin() {
            send(Unpooled.wrappedBuffer(subscribe(inbox, ANSWERS)));
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
        void answered(byte[] bytes, int length) {
            refuseErrors(bytes, length);
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

    /** A plain subscription. */
    private static final class Subscription extends NatsConversation {
        private final String subject;
        private int arrived;

        Subscription(String subject) {
            this.subject = subject;
        }

        @Override
        void begin() {
            write(Unpooled.wrappedBuffer(subscribe(subject, EVENTS)));
            send(Unpooled.wrappedBuffer(Requests.ascii("PING\r\n")));
        }

        @Override
        void ponged() {
            accept();
        }

        @Override
        void event(byte[] control, int fromReply, int toReplyExclusive) {
            arrived++;
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

    /** A consumer that the server pushes to, and that tells it when it is behind. */
    private static final class PushConsumer extends NatsConversation {
        private static final String STALLED = "Nats-Consumer-Stalled:";
        private static final int CONTROL = 100;

        private final String stream;
        private final String subject;
        private final String policy;
        private final String inbox = inbox();
        private int arrived;

        PushConsumer(String stream, String subject, String policy) {
            this.stream = stream;
            this.subject = subject;
            this.policy = policy;
        }

        @Override
        void begin() {
            String config = new JsonObject()
                    .put("stream_name", stream)
                    .put(
                            "config",
                            new JsonObject()
                                    .put("deliver_subject", inbox + ".events")
                                    .put("deliver_policy", policy)
                                    .put("ack_policy", "none")
                                    .put("filter_subject", subject)
                                    .put("flow_control", true)
                                    .put("idle_heartbeat", HEARTBEAT_NANOS)
                                    .put("max_deliver", 1)
                                    .put("mem_storage", true))
                    .encode();
            write(Unpooled.wrappedBuffer(subscribe(inbox + ".events", EVENTS)));
            write(Unpooled.wrappedBuffer(subscribe(inbox, ANSWERS)));
            send(Unpooled.wrappedBuffer(publish(API + "CONSUMER.CREATE." + stream, inbox, config)));
        }

        @Override
        void answered(byte[] bytes, int length) {
            refuseErrors(bytes, length);
            accept();
        }

        @Override
        void event(byte[] control, int fromReply, int toReplyExclusive) {
            arrived++;
        }

        /** A heartbeat, which may say that the server waits for an answer; or a question that wants an empty one. */
        @Override
        void status(int code, String text, String reply) {
            if (code != CONTROL) {
                super.status(code, text, reply);
                return;
            }
            String to = reply;
            int stalled = text.indexOf(STALLED);
            if (to.isEmpty() && stalled >= 0) {
                to = text.substring(stalled + STALLED.length()).strip().split("\\s", 2)[0];
            }
            if (!to.isEmpty()) {
                send(Unpooled.wrappedBuffer(publish(to, "", "")));
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

    /** A consumer that asks for more when half of what it asked for has come, and acknowledges each event. */
    private static final class PullConsumer extends NatsConversation {
        /** The request is over: nothing more to come for it, or it has waited long enough. */
        private static final List<Integer> ASK_AGAIN = List.of(404, 408);

        private static final byte[] ACK = Requests.ascii(" 4\r\n+ACK\r\n");
        private static final byte[] PUB = Requests.ascii("PUB ");

        private final String stream;
        private final String inbox = inbox();
        private final ByteArrayOutputStream acks = new ByteArrayOutputStream();
        private int coming;
        private int arrived;

        PullConsumer(String stream) {
            this.stream = stream;
        }

        @Override
        void begin() {
            write(Unpooled.wrappedBuffer(subscribe(inbox, EVENTS)));
            ask();
            flush();
            accept();
        }

        private void ask() {
            String wanted = "{\"batch\":" + FETCH + ",\"expires\":" + ANSWER_WITHIN + "}";
            write(Unpooled.wrappedBuffer(publish(API + "CONSUMER.MSG.NEXT." + stream + "." + GROUP, inbox, wanted)));
            coming += FETCH;
        }

        @Override
        void event(byte[] control, int fromReply, int toReplyExclusive) {
            acks.writeBytes(PUB);
            acks.write(control, fromReply, toReplyExclusive - fromReply);
            acks.writeBytes(ACK);
            arrived++;
        }

        @Override
        void status(int code, String text, String reply) {
            if (!ASK_AGAIN.contains(code)) {
                super.status(code, text, reply);
                return;
            }
            coming = 0;
            ask();
            flush();
        }

        @Override
        void paused() {
            if (arrived == 0) {
                return;
            }
            int count = arrived;
            arrived = 0;
            coming -= count;
            write(Unpooled.wrappedBuffer(acks.toByteArray()));
            acks.reset();
            while (coming <= FETCH / 2) {
                ask();
            }
            flush();
            follower().delivered(count, 0);
        }
    }

    /** A subject for answers, no longer than clients make it. */
    private static String inbox() {
        return "_INBOX." + Long.toUnsignedString(UUID.randomUUID().getMostSignificantBits(), Character.MAX_RADIX);
    }
}
