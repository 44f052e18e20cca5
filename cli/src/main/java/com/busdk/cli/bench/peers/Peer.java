package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.suite.Bench;
import java.io.IOException;
import java.nio.file.Path;

/** A system that is measured, in one of the ways in which it can be set up. Used on the thread of the command. */
interface Peer {
    /** A word for files and options. */
    String id();

    /** Its name as people read it. */
    String title();

    /** What an acknowledged event survives, a few words. */
    String promise();

    /** Which version it is, or nothing where that cannot be said. */
    String version() throws IOException, InterruptedException;

    /** Why it cannot be measured on this machine, or nothing where it can. */
    String missing() throws IOException, InterruptedException;

    /** Whether it can do that work, and does it in another way than a system beside it. */
    default boolean takesPart(Work work) {
        return true;
    }

    /**
     * Starts a server on a free port of the loopback address.
     *
     * @param folder for its files; not there yet
     * @param history events that it has to keep at most
     */
    PeerServer start(Bench bench, Path folder, long history) throws IOException, InterruptedException;
}
