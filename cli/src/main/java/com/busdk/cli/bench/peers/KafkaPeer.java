package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.suite.Bench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Apache Kafka without ZooKeeper: one process that is broker and controller, with one replica of everything. There is no
 * package of it; its jars are found by an environment variable.
 *
 * @param jars the folder of its jars, or null where nobody has named one
 * @param flushed whether each batch is flushed before it is acknowledged, {@code log.flush.interval.messages=1}
 */
record KafkaPeer(@Nullable Path jars, boolean flushed) implements Peer {
    /** Names the folder of the jars. */
    static final String VARIABLE = "BUS_BENCH_KAFKA";

    private static final String SERVER_JAR = "kafka_*.jar";

    /** As it comes. */
    static KafkaPeer asItComes(Map<String, String> environment) {
        return new KafkaPeer(folder(environment), false);
    }

    /** Each batch flushed, which its makers advise against: they count on replicas. */
    static KafkaPeer flushed(Map<String, String> environment) {
        return new KafkaPeer(folder(environment), true);
    }

    private static @Nullable Path folder(Map<String, String> environment) {
        String folder = environment.getOrDefault(VARIABLE, "");
        return folder.isEmpty() ? null : Path.of(folder).toAbsolutePath();
    }

    @Override
    public String id() {
        return flushed ? "kafka-sync" : "kafka";
    }

    @Override
    public String title() {
        return flushed ? "Apache Kafka, flush each" : "Apache Kafka";
    }

    @Override
    public String promise() {
        return flushed
                ? "on disk, survives a power cut"
                : "handed to the system, which flushes when it likes: survives a crash of the process";
    }

    /** The version that is in the name of its jar. */
    @Override
    public String version() throws IOException {
        if (jars == null || !Files.isDirectory(jars)) {
            return "";
        }
        try (var found = Files.newDirectoryStream(jars, SERVER_JAR)) {
            for (Path jar : found) {
                String name = String.valueOf(jar.getFileName());
                return Programs.versionIn(name.substring(name.indexOf('-') + 1));
            }
        }
        return "";
    }

    @Override
    public String missing() throws IOException {
        if (jars == null) {
            return VARIABLE + " names no folder of its jars (scripts/bench --kafka-jars DIR fills one)";
        }
        return version().isEmpty() ? "no " + SERVER_JAR + " in " + VARIABLE : "";
    }

    /**
     * Its groups share out partitions and keep how far each was read; no event is acknowledged by itself. What is read
     * does not depend on how it was flushed.
     */
    @Override
    public boolean takesPart(Work work) {
        return work.stage() != Work.Stage.GROUP && !(flushed && work.stage() == Work.Stage.HISTORY);
    }

    /** The file that a server is started with; what it does not say is as it comes. */
    String configuration(Path folder, int port, int controllerPort) {
        return """
            process.roles=broker,controller
            node.id=1
            controller.quorum.voters=1@127.0.0.1:%2$d
            controller.listener.names=CONTROLLER
            listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
            advertised.listeners=PLAINTEXT://127.0.0.1:%1$d
            log.dirs=%3$s
            auto.create.topics.enable=false
            offsets.topic.replication.factor=1
            transaction.state.log.replication.factor=1
            transaction.state.log.min.isr=1
            # Listeners come a hundred at a time.
            socket.listen.backlog.size=1024
            # What a run has left is gone before the disk is full.
            log.segment.delete.delay.ms=1000
            %4$s\
            """.formatted(
                        port, controllerPort, folder.resolve("data"), flushed ? "log.flush.interval.messages=1\n" : "");
    }

    /** Only what goes wrong. */
    static String logging() {
        return """
            log4j.rootLogger=WARN, out
            log4j.appender.out=org.apache.log4j.ConsoleAppender
            log4j.appender.out.layout=org.apache.log4j.PatternLayout
            log4j.appender.out.layout.ConversionPattern=%d %p %m (%c)%n
            """;
    }

    @Override
    public PeerServer start(Bench bench, Path folder, long history) throws IOException, InterruptedException {
        if (jars == null) {
            throw new IllegalStateException(missing());
        }
        return KafkaServer.start(bench, this, jars, folder);
    }
}
