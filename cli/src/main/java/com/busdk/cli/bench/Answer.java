package com.busdk.cli.bench;

import com.busdk.cli.command.CliException;
import io.netty.buffer.ByteBuf;

/** Takes the answer to one request. Called on the event loop of its connection. */
interface Answer {
    /** The head of a good answer (below 300) is there. */
    default void begun() {}

    /** Some of the body of a good answer; the buffer is the caller's. */
    default void data(ByteBuf buffer, int from, int length) {}

    /** What had arrived is handed out; more may come. */
    default void pause() {}

    /** The answer is complete. */
    void done();

    /**
     * There is no good answer: the service refused, or the connection was lost. Nothing else is called afterwards.
     *
     * @param failure says what happened in words for the user
     */
    void failed(CliException failure);

    /** More can be written again after the connection was full. */
    default void writable() {}
}
