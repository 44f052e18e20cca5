package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.suite.Bench;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Redis Streams.
 *
 * @param flush when the append-only file is flushed, as {@code appendfsync} takes it
 */
record RedisPeer(String flush) implements Peer {
    private static final String PROGRAM = "redis-server";

    /** Flushed before the answer. */
    static final RedisPeer ALWAYS = new RedisPeer("always");

    /** Flushed once a second, which is how it comes where it keeps such a file. */
    static final RedisPeer EVERY_SECOND = new RedisPeer("everysec");

    @Override
    public String id() {
        return "redis-" + flush;
    }

    @Override
    public String title() {
        return "Redis Streams, " + flush;
    }

    @Override
    public String promise() {
        return "always".equals(flush)
                ? "on disk, survives a power cut; all events are in memory as well"
                : "handed to the system, flushed every second: survives a crash of the process; all events are in"
                        + " memory as well";
    }

    @Override
    public String version() throws IOException, InterruptedException {
        return Programs.version(PROGRAM, "--version");
    }

    @Override
    public String missing() {
        return Programs.find(PROGRAM).isPresent() ? "" : "not installed (package redis-server)";
    }

    @Override
    public PeerServer start(Bench bench, Path folder, long history) throws IOException, InterruptedException {
        return RedisServer.start(bench, flush, Programs.find(PROGRAM).orElseThrow(), folder);
    }
}
