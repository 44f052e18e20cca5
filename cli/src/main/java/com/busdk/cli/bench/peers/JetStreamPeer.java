package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.suite.Bench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * NATS with JetStream on files.
 *
 * @param id a word for files and options
 * @param title its name as people read it
 * @param promise what an acknowledged event survives
 * @param flushed whether each write is flushed, {@code sync_interval: always}
 * @param plain whether listeners are plain subscriptions, which get what is published without the stream
 */
record JetStreamPeer(String id, String title, String promise, boolean flushed, boolean plain) implements Peer {
    private static final String PROGRAM = "nats-server";

    /** As it comes. */
    static final JetStreamPeer AS_IT_COMES = new JetStreamPeer(
            "jetstream",
            "NATS JetStream",
            "handed to the system, flushed every two minutes: survives a crash of the process",
            false,
            false);

    /** Each write flushed, where the version can do that. */
    static final JetStreamPeer FLUSHED = new JetStreamPeer(
            "jetstream-sync", "NATS JetStream, sync always", "on disk, survives a power cut", true, false);

    /** The same server with listeners that know nothing of the stream, which is less work for it. */
    static final JetStreamPeer PLAIN = new JetStreamPeer(
            "nats-plain",
            "NATS, plain subscriptions",
            "as JetStream; but a listener that is away misses what it would get",
            false,
            true);

    @Override
    public String version() throws IOException, InterruptedException {
        return Programs.version(PROGRAM, "--version");
    }

    @Override
    public String missing() throws IOException, InterruptedException {
        Optional<Path> program = Programs.find(PROGRAM);
        if (program.isEmpty()) {
            return "not installed (package nats-server)";
        }
        if (!flushed) {
            return "";
        }
        // Asked by a file and not by its version, which may be patched.
        Path folder = Files.createTempDirectory("bus-bench-nats");
        try {
            Path file = Files.writeString(folder.resolve("nats.conf"), configuration(folder, 0));
            Programs.Ended checked = Programs.run(program.get().toString(), "-t", "-c", file.toString());
            return checked.code() == 0 ? "" : "this version (" + version() + ") has no sync_interval";
        } finally {
            Bench.delete(folder);
        }
    }

    /** Plain subscriptions are all that tells one of them from the other. */
    @Override
    public boolean takesPart(Work work) {
        return !plain || work.stage() == Work.Stage.LISTEN;
    }

    /** The file that a server is started with. */
    String configuration(Path folder, int port) {
        return """
            listen: "127.0.0.1:%d"
            jetstream {
              store_dir: "%s"
              max_mem: 64MB
              max_file: 1TB%s
            }
            """.formatted(port, folder.resolve("streams"), flushed ? "\n  sync_interval: always" : "");
    }

    @Override
    public PeerServer start(Bench bench, Path folder, long history) throws IOException, InterruptedException {
        return JetStreamServer.start(bench, this, Programs.find(PROGRAM).orElseThrow(), folder);
    }
}
