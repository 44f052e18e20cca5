package com.busdk.cli.bench;

import com.busdk.cli.bench.Timing.Span;
import com.busdk.cli.command.CliException;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * A consumer of a group: takes deliveries from one connection and acknowledges them over another, all that have come
 * since the last acknowledgement was answered in one request. Lives on the loop that both connections share.
 */
final class Consumer implements Answer {
    private static final byte[] TOKEN_MARK = Requests.ascii("\"token\":\"");
    private static final byte[] ACK_MARK = Requests.ascii("\"ack\":");

    private final HttpConnection acks;
    private final Target target;
    private final String group;
    private final int mostInRequest;
    private final boolean explicit;
    private final Tally tally;
    private final Completion opened;
    private final LineAssembler lines = new LineAssembler(this::line);
    private final ByteArrayOutputStream tokens = new ByteArrayOutputStream();
    private final Acknowledgement acknowledgement = new Acknowledgement();
    private volatile Pace pace = new Pace(0, 0);
    private volatile Span span = new Span(0, 0, 0);
    private int waiting;
    private long lineCount;
    private long byteCount;

    /**
     * A consumer whose stream is sent for with it as the answer.
     *
     * @param acks for acknowledgements; not used where they are not explicit
     * @param mostInRequest tokens in an acknowledgement at most
     * @param tally counts what is done with: acknowledged, or delivered where that is all there is
     */
    Consumer(
            HttpConnection acks,
            Target target,
            String group,
            int mostInRequest,
            boolean explicit,
            Tally tally,
            Completion opened) {
        this.acks = acks;
        this.target = target;
        this.group = group;
        this.mostInRequest = mostInRequest;
        this.explicit = explicit;
        this.tally = tally;
        this.opened = opened;
    }

    /** Tells when events are due, so that their latency is known; before the first one is published. Any thread. */
    void expect(Pace expected, Span measured) {
        pace = expected;
        span = measured;
    }

    @Override
    public void begun() {
        opened.partDone();
    }

    @Override
    public void data(ByteBuf buffer, int from, int length) {
        lines.add(buffer, from, length);
        byteCount += length;
    }

    private void line(byte[] bytes, int from, int to) {
        lineCount++;
        if (pace.isPaced()) {
            long due = pace.due(EventLines.number(bytes, from, to));
            if (span.measures(due)) {
                tally.late(System.nanoTime() - due);
            }
        }
        if (explicit) {
            int at = Bytes.lastIndexOf(bytes, from, to, TOKEN_MARK);
            if (at < 0) {
                throw Trouble.wrong("the service delivered an event without a token");
            }
            int start = at + TOKEN_MARK.length;
            tokens.write(waiting == 0 ? '"' : ',');
            if (waiting > 0) {
                tokens.write('"');
            }
            tokens.write(bytes, start, Bytes.indexOf(bytes, start, to, '"') - start + 1);
            waiting++;
            if (waiting >= mostInRequest) {
                acknowledge();
            }
        }
    }

    @Override
    public void pause() {
        if (explicit) {
            acknowledge();
        } else {
            tally.add(lineCount, byteCount);
            lineCount = 0;
            byteCount = 0;
        }
    }

    private void acknowledge() {
        if (waiting == 0 || acknowledgement.sent > 0) {
            return;
        }
        var body = new ByteArrayOutputStream(tokens.size() + 64);
        body.writeBytes(Requests.ascii("{\"group\":\"" + group + "\",\"ack\":["));
        body.writeBytes(tokens.toByteArray());
        body.writeBytes(Requests.ascii("]}"));
        acknowledgement.sent = waiting;
        waiting = 0;
        tokens.reset();
        acks.send(Requests.post(target, "/ack", Requests.JSON, body.toByteArray()), acknowledgement);
    }

    @Override
    public void done() {
        opened.fail(Trouble.wrong("the service ended a stream that should go on"));
    }

    @Override
    public void failed(CliException failure) {
        opened.fail(failure);
    }

    /** The answer to an acknowledgement. */
    private final class Acknowledgement implements Answer {
        private final StringBuilder text = new StringBuilder();
        private int sent;

        @Override
        public void data(ByteBuf buffer, int from, int length) {
            text.append(buffer.toString(from, length, StandardCharsets.US_ASCII));
        }

        @Override
        public void done() {
            byte[] bytes = Requests.ascii(text.toString());
            text.setLength(0);
            int at = Bytes.indexOf(bytes, 0, bytes.length, ACK_MARK);
            long done = at < 0 ? 0 : Bytes.digits(bytes, at + ACK_MARK.length, bytes.length);
            sent = 0;
            tally.add(done, byteCount);
            byteCount = 0;
            acknowledge();
        }

        @Override
        public void failed(CliException failure) {
            opened.fail(failure);
        }
    }
}
