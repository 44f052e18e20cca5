package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.suite.Bench;
import java.io.IOException;
import java.nio.file.Path;

/**
 * This hub.
 *
 * @param flush when events are flushed, as {@code --fsync} takes it
 */
record HubPeer(String flush) implements Peer {
    /** The hub as it comes, beside which the others are put. */
    static final HubPeer ALWAYS = new HubPeer("always");

    /** The hub that leaves it to the system when events are written, as most others do unless they are told otherwise. */
    static final HubPeer NEVER = new HubPeer("never");

    @Override
    public String id() {
        return "bus-" + flush;
    }

    @Override
    public String title() {
        return "Bus, flush " + flush;
    }

    @Override
    public String promise() {
        return "always".equals(flush)
                ? "on disk, survives a power cut"
                : "handed to the system, survives a crash of the process";
    }

    @Override
    public String version() {
        return "of this checkout";
    }

    @Override
    public String missing() {
        return "";
    }

    @Override
    public PeerServer start(Bench bench, Path folder, long history) throws IOException, InterruptedException {
        return HubServer.start(bench, folder, flush);
    }
}
