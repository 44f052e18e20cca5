package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.LoadClient;
import com.busdk.cli.bench.Trouble;
import com.busdk.cli.bench.peers.KafkaConversation.Api;
import com.busdk.cli.bench.suite.Bench;
import com.busdk.cli.bench.suite.ServerProcess;
import com.busdk.cli.command.CliException;
import com.busdk.client.text.Echo;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;

/**
 * A server of Kafka. Each name is a topic of its own with one partition, since a partition cannot be read by names; a
 * listener fetches from its beginning on, one request at a time.
 */
final class KafkaServer extends PeerServer {
    private static final String CLUSTER = "YnVzLWJlbmNoLWthZmthLQ";
    private static final int MAX_ERROR_TEXT = 300;

    /** A thousand topics are made in a few seconds. */
    private static final long DONE_WITHIN = TimeUnit.SECONDS.toNanos(60);

    private static final int POLL_MILLIS = 5;

    /** Asks which requests it knows, in version 0: without a body. */
    private static final String KNOWN_REQUESTS = "\0\0\0\12" + "\0\22" + "\0\0" + "\0\0\0\1" + "\0\0";

    /** The answer is shorter than what two bytes can say: so its length of four begins. */
    private static final String SHORT_ANSWER = "\0\0";

    /**
     * Errors of a server that is not as far yet: it does not know the topic, has no leader for it, is not the leader, was
     * not in time, has no node that could take a replica, has no controller.
     */
    private static final Set<Integer> NOT_YET = Set.of(3, 5, 6, 7, 38, 41);

    private final LoadClient client;

    KafkaServer(LoadClient client, ServerProcess process) {
        super(process);
        this.client = client;
    }

    static KafkaServer start(Bench bench, KafkaPeer peer, Path jars, Path folder)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        int port = ServerProcess.freePort();
        Path file = Files.writeString(
                folder.resolve("server.properties"), peer.configuration(folder, port, ServerProcess.freePort()));
        Path logging = Files.writeString(folder.resolve("log4j.properties"), KafkaPeer.logging());
        List<String> format = new ArrayList<>(java(jars, logging));
        format.addAll(List.of("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", file.toString()));
        Programs.Ended formatted = Programs.run(format.toArray(String[]::new));
        if (formatted.code() != 0) {
            throw CliException.failed(
                    "Kafka cannot prepare its folder; it said: " + Echo.clean(formatted.said(), MAX_ERROR_TEXT));
        }
        List<String> command = new ArrayList<>(java(jars, logging));
        command.addAll(List.of("kafka.Kafka", file.toString()));
        ServerProcess process = ServerProcess.start(
                command,
                Map.of(),
                port,
                new ServerProcess.Greeting(KNOWN_REQUESTS, SHORT_ANSWER),
                folder.resolve("server.log"));
        return new KafkaServer(bench.client(), process);
    }

    /** The Java of this process, with the heap that Kafka's own script gives it. */
    private static List<String> java(Path jars, Path logging) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms1g",
                "-Xmx1g",
                "-XX:+UseG1GC",
                "-Dlog4j.configuration=" + logging.toUri(),
                "-cp",
                jars.resolve("*").toString());
    }

    @Override
    void prepare(Topic topic) throws InterruptedException {
        ask(KafkaTopics.create(topic), KafkaTopics::errorOfCreation);
        // A topic is there before its partition takes anything.
        ask(KafkaTopics.ends(topic), KafkaTopics::errorOfEnds);
    }

    @Override
    void forget(Topic topic) throws InterruptedException {
        ask(KafkaTopics.delete(topic), KafkaTopics::errorOfDeletion);
    }

    @Override
    void openGroup(Topic topic) {
        throw new UnsupportedOperationException("Kafka acknowledges no events one by one");
    }

    @Override
    Conversation consuming(Topic topic, int number) {
        throw new UnsupportedOperationException("Kafka acknowledges no events one by one");
    }

    @Override
    Publishing publishing(Topic topic, boolean single) {
        return new Publisher(topic, single ? 1 : BATCH);
    }

    /** From the beginning of a partition that is empty yet: so there is no moment from which on it counts. */
    @Override
    Conversation listening(Topic topic) {
        return new Reader(topic.names().getFirst(), Long.MAX_VALUE);
    }

    @Override
    Conversation replaying(Topic topic, int name, long events) {
        return new Reader(topic.names().get(name), events);
    }

    /** Asks until the server is as far. */
    private void ask(byte[] request, ToIntFunction<ByteBuffer> errorOf) throws InterruptedException {
        long end = System.nanoTime() + DONE_WITHIN;
        try (var connections = new Connections(client, address())) {
            int error = askOnce(connections, request, errorOf);
            while (error != 0) {
                if (!NOT_YET.contains(error) || System.nanoTime() - end >= 0) {
                    throw KafkaConversation.refused(error);
                }
                Thread.sleep(POLL_MILLIS);
                error = askOnce(connections, request, errorOf);
            }
        }
    }

    private static int askOnce(Connections connections, byte[] request, ToIntFunction<ByteBuffer> errorOf)
            throws InterruptedException {
        var question = new Question(request, errorOf);
        connections.open(List.of(question));
        connections.begin(List.of(question));
        return connections.await(question.error, DONE_WITHIN, "for Kafka to answer");
    }

    /** One request, and the error in its answer. */
    private static final class Question extends KafkaConversation {
        private final byte[] request;
        private final ToIntFunction<ByteBuffer> errorOf;
        private final CompletableFuture<Integer> error = new CompletableFuture<>();

        Question(byte[] request, ToIntFunction<ByteBuffer> errorOf) {
            this.request = request;
            this.errorOf = errorOf;
        }

        @Override
        void begin() {
            send(Unpooled.wrappedBuffer(request));
            accept();
        }

        @Override
        void answering(int number) {
            next(0, left());
        }

        @Override
        void part(ByteBuffer bytes) {
            error.complete(errorOf.applyAsInt(bytes));
        }
    }

    /** Publishes batches; the number of a request is how many events it has. */
    private static final class Publisher extends KafkaConversation implements Publishing {
        private final KafkaMessages messages;
        private int asked;
        private int taken;

        Publisher(Topic topic, int batch) {
            messages = new KafkaMessages(topic, batch);
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
        void answering(int number) {
            asked = number;
            next(0, left());
        }

        @Override
        void part(ByteBuffer bytes) {
            for (int topics = bytes.getInt(); topics > 0; topics--) {
                text(bytes);
                for (int partitions = bytes.getInt(); partitions > 0; partitions--) {
                    bytes.getInt();
                    int error = bytes.getShort();
                    if (error != 0) {
                        throw refused(error);
                    }
                    bytes.getLong();
                    bytes.getLong();
                }
            }
        }

        @Override
        void answered() {
            taken += asked;
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

    /** Fetches on behind the last batch that it has got, again and again. Records are passed over, batches counted. */
    private static final class Reader extends KafkaConversation {
        /** What a client of Kafka asks of a partition at most, as it comes. */
        private static final int MAX_BYTES = 1 << 20;

        /** How long an answer may be empty, as it comes with a client. */
        private static final int MAX_WAIT_MILLIS = 500;

        private static final int CONSUMER = -1;
        private static final int ABORTED_BYTES = 2 * Long.BYTES;

        private final String name;
        private final long most;
        private Part part = Part.TOPIC;
        private long offset;
        private long total;
        private int open;
        private int arrived;

        /** Where it is in an answer; fields in the order of the protocol. */
        private enum Part {
            /** Time of throttling, number of topics, length of the name. */
            TOPIC(10),
            /** Number of partitions, partition, error, high watermark, last stable offset, aborted transactions. */
            PARTITION(30),
            /** The length of all batches. */
            LENGTH(4),
            /** A batch without its records. */
            BATCH(KafkaRecords.HEAD_BYTES);

            private final int size;

            Part(int size) {
                this.size = size;
            }
        }

        /** @param most events after which it reads no further */
        Reader(String name, long most) {
            this.name = name;
            this.most = most;
        }

        @Override
        void begin() {
            ask();
            accept();
        }

        private void ask() {
            ByteBuf request = request(Api.FETCH, 0)
                    .writeInt(CONSUMER)
                    .writeInt(MAX_WAIT_MILLIS)
                    .writeInt(1)
                    .writeInt(MAX_BYTES)
                    .writeByte(0)
                    .writeInt(1);
            text(request, name).writeInt(1).writeInt(0).writeLong(offset).writeInt(MAX_BYTES);
            send(Unpooled.wrappedBuffer(bytes(request)));
        }

        private void next(int pass, Part which) {
            part = which;
            next(pass, which.size);
        }

        @Override
        void answering(int number) {
            next(0, Part.TOPIC);
        }

        @Override
        void part(ByteBuffer bytes) {
            switch (part) {
                case TOPIC -> {
                    bytes.getInt();
                    oneOf(bytes.getInt());
                    next(bytes.getShort(), Part.PARTITION);
                }
                case PARTITION -> {
                    oneOf(bytes.getInt());
                    bytes.getInt();
                    int error = bytes.getShort();
                    if (error != 0) {
                        throw refused(error);
                    }
                    bytes.getLong();
                    bytes.getLong();
                    next(Math.max(0, bytes.getInt()) * ABORTED_BYTES, Part.LENGTH);
                }
                case LENGTH -> behind(0);
                case BATCH -> batch(bytes);
            }
        }

        /** Only one thing was asked for. */
        private static void oneOf(int count) {
            if (count != 1) {
                throw Trouble.wrong("Kafka answers about " + count + " partitions and was asked about one");
            }
        }

        /** Goes on with the next batch, behind so many bytes; what is cut off at the end is fetched again. */
        private void behind(int bytes) {
            if (bytes <= left() - KafkaRecords.HEAD_BYTES) {
                next(bytes, Part.BATCH);
            } else {
                next(left(), 0);
            }
        }

        private void batch(ByteBuffer bytes) {
            count();
            int records = bytes.getInt(KafkaRecords.LENGTH_AT) + KafkaRecords.UNCOUNTED_BYTES - KafkaRecords.HEAD_BYTES;
            if (bytes.get(KafkaRecords.FORMAT_AT) != KafkaRecords.FORMAT || records < 0) {
                throw Trouble.wrong("Kafka sent what is no batch of records");
            }
            if (records <= left()) {
                open = bytes.getInt(KafkaRecords.COUNT_AT);
                offset = bytes.getLong(0) + bytes.getInt(KafkaRecords.LAST_OFFSET_AT) + 1;
            }
            behind(records);
        }

        /** The batch before has come to its end. */
        private void count() {
            arrived += open;
            total += open;
            open = 0;
        }

        @Override
        void answered() {
            count();
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
}
