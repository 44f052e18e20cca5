package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.suite.ServerProcess;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A server that is measured, and the conversations that there are with it. Made, used and closed on the thread of the
 * command; a conversation lives on its loop from when it is connected.
 */
abstract class PeerServer implements AutoCloseable {
    /** Events that a publisher has out where each of them is acknowledged. */
    static final int WINDOW = 4_096;

    /** Events in one write of a publisher that does not wait for each. */
    static final int BATCH = 256;

    /** Events that a consumer asks for at once, and acknowledges at once where the protocol can. */
    static final int FETCH = 1_024;

    private final ServerProcess process;

    PeerServer(ServerProcess process) {
        this.process = process;
    }

    final ServerProcess process() {
        return process;
    }

    /** Where it is connected to. */
    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), process.port());
    }

    /** Whether processes that the server has started hold memory of their own, and not just a copy of its. */
    boolean hasWorkers() {
        return false;
    }

    /** Makes what events are published to. */
    void prepare(Topic topic) throws InterruptedException {}

    /** Drops the events of a topic, where the system can, so that the next run does not carry them. */
    void forget(Topic topic) throws InterruptedException {}

    /**
     * A publisher.
     *
     * @param single the publisher waits for the acknowledgement of each event
     */
    abstract Publishing publishing(Topic topic, boolean single);

    /** A listener that gets each event of the first name from now on. */
    abstract Conversation listening(Topic topic);

    /** A listener that gets the history of one name, given by its number from 0 on, of which there are so many events. */
    abstract Conversation replaying(Topic topic, int name, long events);

    /** Makes a group of consumers that begins with the oldest event of the topic's one name. */
    abstract void openGroup(Topic topic) throws InterruptedException;

    /** A consumer of that group, which acknowledges each event. */
    abstract Conversation consuming(Topic topic, int number);

    /** Waits until the system has nothing open in the group; where acknowledgements are confirmed that is so already. */
    void awaitDone(Topic topic) throws InterruptedException {}

    @Override
    public void close() {
        process.close();
    }
}
