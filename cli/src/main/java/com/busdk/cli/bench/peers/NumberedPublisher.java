package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.EventLines;
import com.busdk.cli.bench.Pace;
import com.busdk.cli.bench.Requests;
import com.busdk.cli.bench.Target;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;

/**
 * One of several publishers, which publishes an event after the other, each with the number that {@link Numbers} expects.
 * Lives on its loop.
 */
final class NumberedPublisher extends HttpConversation implements Publishing {
    private final EventLines lines;
    private final byte[] request;
    private final int bodyAt;
    private final int index;
    private final int publishers;
    private final Latencies latencies;
    private volatile Pace pace = new Pace(0, 0);
    private long due;

    /**
     * A publisher.
     *
     * @param lines events of one name
     * @param index of this one, from 0 on
     * @param publishers how many there are
     * @param latencies takes the time from when each event was due to its acknowledgement; where there is no pace, from
     *     when it was sent
     */
    NumberedPublisher(Target target, EventLines lines, int index, int publishers, Latencies latencies) {
        this.lines = lines;
        this.index = index;
        this.publishers = publishers;
        this.latencies = latencies;
        byte[] event = lines.line(0);
        int length = lines.lineBytes() - 1;
        ByteBuf made = Requests.post(target, "", Requests.JSON, Arrays.copyOf(event, length));
        bodyAt = made.readableBytes() - length;
        request = new byte[made.readableBytes()];
        made.readBytes(request).release();
    }

    /** Tells when the events of all publishers are due; before the first one. Any thread. */
    void expect(Pace expected) {
        pace = expected;
    }

    @Override
    void begin() {
        accept();
    }

    @Override
    public Conversation conversation() {
        return this;
    }

    @Override
    public ByteBuf events(long from, int count) {
        if (count != 1) {
            throw new IllegalArgumentException("one event in a request");
        }
        long number = from * publishers + index;
        Pace known = pace;
        due = known.isPaced() ? known.due(number) : System.nanoTime();
        // The line is written with its end, which is not sent.
        byte[] bytes = Arrays.copyOf(request, request.length + 1);
        lines.write(0, number, bytes, bodyAt);
        return Unpooled.wrappedBuffer(bytes, 0, request.length);
    }

    @Override
    void answered() {
        latencies.late(System.nanoTime() - due);
        follower().acknowledged(1);
    }
}
