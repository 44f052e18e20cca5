package com.busdk.cli.events;

import com.busdk.client.events.LineBatch;
import java.io.IOException;

/** Does with the lines of a stream what the user asked for. Lives on the command's thread, which it may block. */
interface LineTaker {
    /**
     * Takes lines; when it returns they are dealt with, or never will be.
     *
     * @throws IOException when the command cannot go on
     * @throws InterruptedException when the command is interrupted
     */
    void take(LineBatch batch) throws IOException, InterruptedException;

    /**
     * Nothing came for a moment: it may look whether anybody still wants what comes next.
     *
     * @throws com.busdk.cli.term.BrokenPipeException when nobody does
     */
    default void idle() {}

    /**
     * Nothing follows.
     *
     * @return how many events could not be done
     * @throws InterruptedException when the command is interrupted
     */
    long end() throws InterruptedException;
}
