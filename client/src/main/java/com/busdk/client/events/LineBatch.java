package com.busdk.client.events;

import com.busdk.client.event.Envelope;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Some whole lines of a stream, each an envelope with the line break behind it. The bytes are those of the reader's own
 * buffer: read them until the handler's future completes, and do not write them.
 *
 * <p>Example: {@code batch -> { out.write(batch.array(), batch.offset(), batch.length()); return done; }}.
 */
public final class LineBatch {
    private final byte[] array;
    private final int offset;
    private final int length;
    private final int size;

    LineBatch(byte[] array, int offset, int length, int size) {
        this.array = array;
        this.offset = offset;
        this.length = length;
        this.size = size;
    }

    /**
     * The array that holds the lines, and other bytes around them.
     *
     * @return not a copy
     */
    public byte[] array() {
        return array;
    }

    /**
     * Where the first line begins.
     *
     * @return index in the array
     */
    public int offset() {
        return offset;
    }

    /**
     * Bytes of all lines with their line breaks.
     *
     * @return at least 1
     */
    public int length() {
        return length;
    }

    /**
     * How many lines there are.
     *
     * @return at least 1
     */
    public int size() {
        return size;
    }

    /**
     * A copy of the lines.
     *
     * @return a buffer of its own
     */
    public Buffer copy() {
        return Buffer.buffer(length).setBytes(0, array, offset, length);
    }

    /**
     * Goes through the lines.
     *
     * @param visitor gets each line without its line break
     */
    public void forEach(LineVisitor visitor) {
        int start = offset;
        int end = offset + length;
        for (int at = offset; at < end; at++) {
            if (array[at] == '\n') {
                visitor.line(array, start, at - start);
                start = at + 1;
            }
        }
    }

    /**
     * The lease tokens of the lines, in order: what to acknowledge.
     *
     * @return the tokens of those lines that have one
     */
    public List<String> tokens() {
        List<String> tokens = new ArrayList<>(size);
        forEach((bytes, from, count) -> {
            String token = LineScan.token(bytes, from, from + count);
            if (token != null) {
                tokens.add(token);
            }
        });
        return tokens;
    }

    /**
     * The id of the last line.
     *
     * @return the id, or null if it has none
     */
    public @Nullable String lastId() {
        return LineScan.id(array, lastLine(), offset + length - 1);
    }

    /**
     * The position of the last line in the log.
     *
     * @return its sequence, or -1 if it has none
     */
    public long lastSequence() {
        return LineScan.sequence(array, lastLine(), offset + length - 1);
    }

    /**
     * Reads the lines of some event names, in order. The others cost a look at their name.
     *
     * @param names of the events that are wanted
     * @param reader gets each of them
     * @throws IllegalArgumentException if the line of such an event is no envelope
     */
    public void forEachNamed(Set<String> names, Consumer<Envelope> reader) {
        forEach((bytes, from, count) -> {
            String name = LineScan.name(bytes, from, from + count);
            if (name != null && names.contains(name)) {
                reader.accept(Envelope.parse(bytes, from, count));
            }
        });
    }

    private int lastLine() {
        int start = offset + length - 1;
        while (start > offset && array[start - 1] != '\n') {
            start--;
        }
        return start;
    }

    /** Gets one line. */
    @FunctionalInterface
    public interface LineVisitor {
        /**
         * Takes a line.
         *
         * @param bytes the array that holds it
         * @param from its first byte
         * @param count its bytes, without the line break
         */
        void line(byte[] bytes, int from, int count);
    }
}
