package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.suite.Bench;
import java.nio.file.Path;

/**
 * A system that a reader looks for and does not find.
 *
 * @param id a word for files
 * @param title its name as people read it
 * @param missing why it is not measured
 */
record AbsentPeer(String id, String title, String missing) implements Peer {
    /** What a client of it takes is more than all others here have together. */
    static final AbsentPeer KAFKA = new AbsentPeer(
            "kafka",
            "Apache Kafka, KRaft",
            "left out: its server is no package of the system, and its protocol is not one that a load generator speaks"
                    + " in a few lines, as it does the others'");

    @Override
    public String promise() {
        return "";
    }

    @Override
    public String version() {
        return "";
    }

    @Override
    public PeerServer start(Bench bench, Path folder, long history) {
        throw new UnsupportedOperationException(title + " cannot be started");
    }
}
