package com.busdk.client.events;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the chunks of a stream into lines, and tells envelopes from control lines. Each byte is copied once into one
 * buffer that grows by doubling, and looked at once, however the chunks fall. Lives on one context; memory is bounded by
 * the longest line and one chunk.
 *
 * <p>Lines are taken by {@link #next} until it answers null; then comes the next chunk.
 */
final class LineSplitter {
    private static final byte[] NOTICE = "{\"notice\":".getBytes(StandardCharsets.US_ASCII);

    /** A larger buffer is given back once it is empty, so that idle listeners are cheap. */
    private static final int KEEP_BYTES = 4 * 1024;

    private static final byte[] NOTHING = new byte[0];

    private final int maxLineBytes;
    private byte[] bytes = NOTHING;
    /** First byte that was not given out. */
    private int start;
    /** Up to here there is no line break behind {@code start}. */
    private int scanned;

    private int end;
    /** The buffer was given out in a batch and may still be read. */
    private boolean lent;

    LineSplitter(int maxLineBytes) {
        this.maxLineBytes = maxLineBytes;
    }

    /** Appends a chunk. */
    void feed(Buffer chunk) {
        int length = chunk.length();
        reserve(length);
        chunk.getBytes(0, length, bytes, end);
        end += length;
    }

    /** What was lent in batches is no longer read. */
    void giveBack() {
        lent = false;
        if (start == end && bytes.length > KEEP_BYTES) {
            bytes = NOTHING;
            start = 0;
            scanned = 0;
            end = 0;
        }
    }

    /**
     * The next line as it is, without its line break; empty lines (heartbeats) are skipped.
     *
     * @return the line, or null if there is no whole one
     * @throws LineTooLongException if there will never be one within the limit
     */
    @Nullable
    Line next() {
        while (true) {
            int lineBreak = lineBreak();
            if (lineBreak < 0) {
                return null;
            }
            int from = start;
            start = lineBreak + 1;
            scanned = start;
            int length = length(from, lineBreak);
            if (length > 0) {
                return new Line(bytes, from, length, isNotice(from, length));
            }
        }
    }

    /**
     * As many whole lines of envelopes as lie side by side. Stops before a control line, which {@link #next} then gives.
     *
     * @return the lines, or null if the next line is a control line or not whole
     * @throws LineTooLongException if there will never be one within the limit
     */
    @Nullable
    LineBatch nextBatch() {
        int lineBreak = lineBreak();
        while (lineBreak >= 0 && length(start, lineBreak) == 0) {
            start = lineBreak + 1;
            scanned = start;
            lineBreak = lineBreak();
        }
        int from = start;
        int count = 0;
        while (lineBreak >= 0) {
            int length = length(start, lineBreak);
            if (length == 0 || isNotice(start, length)) {
                break;
            }
            count++;
            start = lineBreak + 1;
            scanned = start;
            lineBreak = lineBreak();
        }
        if (count == 0) {
            return null;
        }
        lent = true;
        return new LineBatch(bytes, from, start - from, count);
    }

    private int lineBreak() {
        for (int at = scanned; at < end; at++) {
            if (bytes[at] == '\n') {
                checkLength(at);
                scanned = at;
                return at;
            }
        }
        checkLength(end);
        scanned = end;
        return -1;
    }

    private void checkLength(int to) {
        if (to - start > maxLineBytes) {
            throw new LineTooLongException(maxLineBytes);
        }
    }

    private int length(int from, int lineBreak) {
        return lineBreak > from && bytes[lineBreak - 1] == '\r' ? lineBreak - 1 - from : lineBreak - from;
    }

    private boolean isNotice(int from, int length) {
        if (length < NOTICE.length) {
            return false;
        }
        for (int i = 0; i < NOTICE.length; i++) {
            if (bytes[from + i] != NOTICE[i]) {
                return false;
            }
        }
        return true;
    }

    private void reserve(int more) {
        int held = end - start;
        if (!lent && start == end) {
            start = 0;
            scanned = 0;
            end = 0;
        }
        if (end + more <= bytes.length && !lent) {
            return;
        }
        byte[] target = bytes;
        if (lent || held + more > bytes.length) {
            target = new byte[Math.max(held + more, Math.min(2 * held, maxLineBytes))];
            lent = false;
        }
        System.arraycopy(bytes, start, target, 0, held);
        scanned -= start;
        end = held;
        start = 0;
        bytes = target;
    }

    /** A line: valid until the next chunk is fed. */
    static final class Line {
        private final byte[] bytes;
        private final int from;
        private final int length;
        private final boolean notice;

        Line(byte[] bytes, int from, int length, boolean notice) {
            this.bytes = bytes;
            this.from = from;
            this.length = length;
            this.notice = notice;
        }

        byte[] bytes() {
            return bytes;
        }

        int from() {
            return from;
        }

        int length() {
            return length;
        }

        /** Whether it is a control line, not an envelope. */
        boolean notice() {
            return notice;
        }
    }

    /** A line is longer than the client takes. */
    static final class LineTooLongException extends RuntimeException {
        LineTooLongException(int maxLineBytes) {
            super(
                    "a line of the stream is longer than " + maxLineBytes
                            + " bytes: set the client's line limit above the service's --max-event-bytes",
                    null,
                    false,
                    false);
        }
    }
}
