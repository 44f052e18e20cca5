package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.log.LogRecord;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Stored lines taken out of the log for a group, with the spans that the group looks at. Filled by one thread, then
 * read by the group's loop, then filled again.
 */
final class LineChunk {
    private static final int STRIDE = 6;

    private byte[] bytes = new byte[4096];
    private long[] sequences = new long[16];
    private int[] spans = new int[16 * STRIDE];
    private int size;
    private int count;

    void clear() {
        size = 0;
        count = 0;
    }

    int count() {
        return count;
    }

    int size() {
        return size;
    }

    byte[] bytes() {
        return bytes;
    }

    long sequence(int index) {
        return sequences[index];
    }

    int lineStart(int index) {
        return spans[index * STRIDE];
    }

    /** With its line feed. */
    int lineLength(int index) {
        return spans[index * STRIDE + 1];
    }

    int nameStart(int index) {
        return spans[index * STRIDE + 2];
    }

    int nameLength(int index) {
        return spans[index * STRIDE + 3];
    }

    /** The ordering key's bytes, or null. */
    ByteKey key(int index) {
        int start = spans[index * STRIDE + 4];
        return new ByteKey(Arrays.copyOfRange(bytes, start, start + spans[index * STRIDE + 5]));
    }

    boolean hasKey(int index) {
        return spans[index * STRIDE + 5] > 0;
    }

    void add(LogRecord event) {
        int length = event.lineLength();
        if (bytes.length - size < length) {
            bytes = Arrays.copyOf(bytes, Math.max(size + length, bytes.length * 2));
        }
        if (count == sequences.length) {
            sequences = Arrays.copyOf(sequences, count * 2);
            spans = Arrays.copyOf(spans, spans.length * 2);
        }
        ByteBuffer from = event.buffer();
        int shift = size - event.lineStart();
        from.get(event.lineStart(), bytes, size, length);
        sequences[count] = event.sequence();
        int at = count * STRIDE;
        spans[at] = size;
        spans[at + 1] = length;
        spans[at + 2] = event.nameStart() + shift;
        spans[at + 3] = event.nameLength();
        spans[at + 4] = event.keyStart() + shift;
        spans[at + 5] = event.keyLength();
        size += length;
        count++;
    }
}
