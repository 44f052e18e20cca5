package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.EventLines;
import com.busdk.cli.bench.LineAssembler;
import com.busdk.cli.bench.Pace;
import com.busdk.cli.bench.Requests;
import com.busdk.cli.bench.Tally;
import com.busdk.cli.bench.Target;
import com.busdk.cli.bench.Trouble;
import io.netty.buffer.ByteBuf;

/**
 * A listener from the first event to the last, which looks at the number of each. Lives on its loop; what it counted may be
 * read anywhere once its {@link #tally} has come to what was published.
 */
final class SteadyListener extends HttpConversation {
    private final Target target;
    private final String name;
    private final Numbers numbers;
    private final Latencies latencies;
    private final Tally tally = new Tally();
    private final LineAssembler lines = new LineAssembler(this::line);
    private volatile Pace pace = new Pace(0, 0);
    private long came;

    /**
     * A listener.
     *
     * @param name what the events are called
     * @param publishers how many publish them
     * @param latencies takes the time from when each event was due to its arrival, where there is a pace
     */
    SteadyListener(Target target, String name, int publishers, Latencies latencies) {
        this.target = target;
        this.name = name;
        this.numbers = new Numbers(publishers);
        this.latencies = latencies;
    }

    /** Tells when the events are due; before the first one. Any thread. */
    void expect(Pace expected) {
        pace = expected;
    }

    /** Counts what came. */
    Tally tally() {
        return tally;
    }

    /** Looked at the numbers of what came. */
    Numbers numbers() {
        return numbers;
    }

    @Override
    void begin() {
        send(Requests.get(target, "/stream?name=" + name, Requests.NDJSON));
    }

    @Override
    void answering() {
        accept();
    }

    @Override
    void body(ByteBuf buffer, int from, int length) {
        came = 0;
        lines.add(buffer, from, length);
        tally.add(came, length);
    }

    private void line(byte[] bytes, int from, int to) {
        long number = EventLines.number(bytes, from, to);
        if (number < 0) {
            throw Trouble.wrong("the service delivered an event without its number");
        }
        came++;
        numbers.take(number);
        Pace known = pace;
        if (known.isPaced()) {
            latencies.late(System.nanoTime() - known.due(number));
        }
    }

    @Override
    void answered() {
        throw Trouble.wrong("the service ended a stream that should go on");
    }
}
