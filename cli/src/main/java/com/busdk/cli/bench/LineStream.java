package com.busdk.cli.bench;

import com.busdk.cli.command.CliException;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;

/**
 * Publishes events as lines of one request's body, as many as the connection takes and {@code allowed} lets through.
 * Lives on the loop of its connection.
 */
final class LineStream implements Answer {
    private static final byte[] COUNT_MARK = Requests.ascii("\"count\":");
    private static final long TICK_MICROS = 500;

    /** Lines that are made once; where a cycle has more, each is made when it is sent. */
    private static final long MAX_PREPARED_LINES = 100_000;

    /** An answer to a stream of lines is this short. */
    private static final int MAX_ANSWER = 4_096;

    private final HttpConnection connection;
    private final Target target;
    private final EventLines lines;
    private final int batch;
    private final boolean numbered;
    private final LongUnaryOperator allowed;
    private final List<ByteBuf> prepared = new ArrayList<>();
    private final CompletableFuture<Long> accepted = new CompletableFuture<>();
    private final StringBuilder answer = new StringBuilder();
    private final byte[] room;
    private long sent;
    private boolean asking;
    private boolean ended;

    /**
     * A stream that has not begun.
     *
     * @param batch lines in a write at most
     * @param numbered whether each line gets its number
     * @param allowed how many lines may have been sent by now, from how many were; asked on the loop, and again every half a millisecond
     *     after it has held the stream back; negative ends the stream
     */
    LineStream(
            HttpConnection connection,
            Target target,
            EventLines lines,
            int batch,
            boolean numbered,
            LongUnaryOperator allowed) {
        this.connection = connection;
        this.target = target;
        this.lines = lines;
        this.batch = batch;
        this.numbered = numbered;
        this.allowed = allowed;
        this.room = new byte[batch * lines.lineBytes()];
    }

    /** How many lines the service says that it has taken; completes when the answer is there. */
    CompletableFuture<Long> accepted() {
        return accepted;
    }

    /** Lines that were written. */
    long sent() {
        return sent;
    }

    /** Sends the head and begins. */
    void begin() {
        connection.send(Requests.postInChunks(target, "", Requests.NDJSON), this);
        pump();
    }

    @Override
    public void writable() {
        pump();
    }

    private void pump() {
        boolean wrote = false;
        while (!ended && connection.isWritable()) {
            long may = allowed.applyAsLong(sent);
            if (may < 0) {
                ended = true;
                connection.write(Requests.lastChunk());
                wrote = true;
            } else if (may > sent) {
                writeSome((int) Math.min(batch, may - sent));
                wrote = true;
            } else {
                askAgainSoon();
                break;
            }
        }
        if (wrote) {
            connection.flush();
        }
    }

    private void askAgainSoon() {
        if (!asking) {
            asking = true;
            var _ = connection
                    .loop()
                    .schedule(
                            () -> {
                                asking = false;
                                pump();
                            },
                            TICK_MICROS,
                            TimeUnit.MICROSECONDS);
        }
    }

    private void writeSome(int count) {
        if (!numbered && count == batch && sent % batch == 0 && cycle() * batch <= MAX_PREPARED_LINES) {
            connection.write(prepared().retainedDuplicate());
        } else {
            connection.write(made(sent, count));
        }
        sent += count;
    }

    /** The next of the chunks that are made once; all of them together are a cycle through the names. */
    private ByteBuf prepared() {
        if (prepared.isEmpty()) {
            for (int i = 0; i < cycle(); i++) {
                prepared.add(made((long) i * batch, batch));
            }
        }
        return prepared.get((int) (sent / batch % prepared.size()));
    }

    /** Chunks after which the names are where they were at the first one. */
    private long cycle() {
        return lines.variety() / gcd(lines.variety(), batch);
    }

    private ByteBuf made(long from, int count) {
        int length = 0;
        for (long n = from; n < from + count; n++) {
            int i = (int) (n % lines.variety());
            lines.write(i, numbered ? n : 0, room, length);
            length += lines.line(i).length;
        }
        return Requests.chunk(room, length);
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    @Override
    public void data(ByteBuf buffer, int from, int length) {
        if (answer.length() + length <= MAX_ANSWER) {
            answer.append(buffer.toString(from, length, StandardCharsets.US_ASCII));
        }
    }

    @Override
    public void done() {
        prepared.forEach(ByteBuf::release);
        byte[] bytes = Requests.ascii(answer.toString());
        int at = Bytes.indexOf(bytes, 0, bytes.length, COUNT_MARK);
        accepted.complete(at < 0 ? -1 : Bytes.digits(bytes, at + COUNT_MARK.length, bytes.length));
    }

    @Override
    public void failed(CliException failure) {
        ended = true;
        prepared.forEach(ByteBuf::release);
        accepted.completeExceptionally(failure);
    }
}
