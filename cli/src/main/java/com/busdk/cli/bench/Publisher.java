package com.busdk.cli.bench;

import com.busdk.cli.bench.Timing.Span;
import com.busdk.cli.command.CliException;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Sends requests over one connection, the next one when the last one is answered and its time has come. A request that
 * is due while another is under way waits, and is as late as it is. Lives on the loop of its connection; results are to
 * be read when it is done.
 */
final class Publisher implements Answer {
    /** How long a publisher that is behind goes on after the end, to send what was due before it. */
    private static final long MOST_LATE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final HttpConnection connection;
    private final ByteBuf[] requests;
    private final Pace pace;
    private final Span span;
    private final long most;
    private final Completion completion;
    private final Histogram latency = LoadResult.histogram();
    private long sent;
    private long measured;
    private long due;
    private long unsent;

    /**
     * A publisher.
     *
     * @param requests sent in turn; the publisher's, which releases them
     * @param most sent at most
     * @param completion is told when the last answer is there
     */
    Publisher(HttpConnection connection, ByteBuf[] requests, Pace pace, Span span, long most, Completion completion) {
        this.connection = connection;
        this.requests = requests;
        this.pace = pace;
        this.span = span;
        this.most = most;
        this.completion = completion;
    }

    /** Sends the next request now, or when it is due; ends when there is none. On the loop. */
    void next() {
        long now = System.nanoTime();
        due = pace.isPaced() ? pace.due(sent) : Math.max(now, pace.start());
        if (sent >= most || due - span.to() >= 0 || now - span.to() >= MOST_LATE_NANOS) {
            end(now);
        } else if (due - now > 0) {
            var _ = connection.loop().schedule(this::send, due - now, TimeUnit.NANOSECONDS);
        } else {
            send();
        }
    }

    private void end(long now) {
        for (; pace.isPaced() && sent + unsent < most && pace.due(sent + unsent) - span.to() < 0; unsent++) {
            // At least that late, and counted: else a service that stands still would look fast.
            latency.recordValue(now - pace.due(sent + unsent));
        }
        for (ByteBuf request : requests) {
            request.release();
        }
        completion.partDone();
    }

    private void send() {
        ByteBuf request = requests[(int) (sent % requests.length)];
        sent++;
        connection.send(request.retainedDuplicate(), this);
    }

    @Override
    public void done() {
        if (span.measures(due)) {
            measured++;
            latency.recordValue(System.nanoTime() - due);
        }
        next();
    }

    @Override
    public void failed(CliException failure) {
        completion.fail(failure);
    }

    /** Requests that were answered and belong to the measured time. */
    long measured() {
        return measured;
    }

    /** Requests that were due and never sent, since the answers to those before them took too long. */
    long unsent() {
        return unsent;
    }

    /** Requests that were sent. */
    long sent() {
        return sent;
    }

    Histogram latency() {
        return latency;
    }
}
