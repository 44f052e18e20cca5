package com.busdk.broker.backend.nats;

import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.client.http.ApiException;
import java.nio.ByteBuffer;

/**
 * What two processes tell each other about a stream whose group lives in the one (its host) and whose connection ends in
 * the other (its edge). All of them may be lost, and all of them may be repeated. Buffers are read by their holder alone.
 */
sealed interface Message {
    /** The stream's number, which its edge has chosen. */
    long stream();

    /** From the edge to the host. */
    sealed interface ToHost extends Message {}

    /** From the host to the edge. */
    sealed interface ToEdge extends Message {}

    /** Comes after the one before it, without a hole; the first is 1. */
    sealed interface Numbered extends ToEdge {
        long number();
    }

    /** The edge wants to be a consumer; the request is what the caller of {@link RemoteStreams#open} gave. */
    record Join(long stream, ByteBuffer request) implements ToHost {}

    /**
     * Where the edge stands; each says all, so that the last one makes up for those that were lost.
     *
     * @param asks whether the host is to answer with its own
     * @param taken number of the last message of which this and all before it are taken by the peer's connection
     * @param begun whether events may come
     * @param ended whether the stream is to come to an end
     */
    record EdgeState(long stream, boolean asks, long taken, boolean begun, boolean ended) implements ToHost {}

    /**
     * The edge has no such stream, or no longer.
     *
     * @param taken as in {@link EdgeState}; 0 where it is not known any more
     */
    record Close(long stream, long taken) implements ToHost {}

    /** The consumer is there. */
    record Joined(long stream, boolean truncated) implements ToEdge {}

    /** The consumer could not be made. */
    record Refused(long stream, ApiException why) implements ToEdge {}

    /** A write, or a part of it. */
    record Chunk(long stream, long number, int events, boolean whole, ByteBuffer bytes) implements Numbered {}

    record Notice(long stream, long number, String kind) implements Numbered {}

    record Finish(long stream, long number, EndReason reason) implements Numbered {}

    /**
     * Where the host stands.
     *
     * @param asks whether the edge is to answer with its own
     * @param last number of the last message that was sent
     * @param begun whether it knows that events may come
     * @param ended whether it knows that the stream is to come to an end
     */
    record HostState(long stream, boolean asks, long last, boolean begun, boolean ended) implements ToEdge {}

    /** The host has no such stream, or no longer. */
    record HostGone(long stream) implements ToEdge {}
}
