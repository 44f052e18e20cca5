package com.busdk.broker.http.exchange;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;

/**
 * The memory for what has come of bodies and lines whose end has not, events and questions alike: of each that is at most
 * the size of an event, of all together at most this. So many large bodies that come slowly cannot take a service's memory; whoever comes when
 * there is no room is told to come again, while small events, which come as one piece, need none.
 *
 * <p>Thread: its event loop.
 */
public final class BodyRoom {
    /** A piece that is shorter does not count: it is within what a connection costs anyway. */
    public static final int SMALL_BYTES = 4 << 10;

    /** Of the heap, all event loops together: the rest is for the log, and for what is on its way to it. */
    private static final int PART_OF_HEAP = 4;

    /** One event of the largest usual size has room on any machine. */
    private static final long LEAST_BYTES = 4L << 20;

    private final long most;
    private long taken;

    /** The share of one event loop. */
    public BodyRoom() {
        this(Math.max(
                LEAST_BYTES,
                Runtime.getRuntime().maxMemory()
                        / PART_OF_HEAP
                        / Runtime.getRuntime().availableProcessors()));
    }

    /** @param most bytes that may be taken at once */
    public BodyRoom(long most) {
        this.most = most;
    }

    /**
     * Takes room.
     *
     * @throws ApiException if there is not so much; then nothing is taken
     */
    public void take(long bytes) {
        if (taken + bytes > most) {
            throw ApiException.of(
                            ErrorType.UNAVAILABLE,
                            "too many large bodies are on their way to this service at once; send it again in a moment")
                    .withRetryAfter(1);
        }
        taken += bytes;
    }

    /** Gives room back. */
    public void give(long bytes) {
        taken -= bytes;
    }
}
