package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.Trouble;
import com.busdk.client.text.Echo;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * RESP 2, the protocol of Redis: replies that come in the order of the commands, each a value or an array of values. Short
 * texts are handed out with their place in the arrays around them, long ones are passed over. An error is a failure.
 */
abstract class RespConversation extends Conversation {
    /** What is handed out: ids of entries, and nothing that is an event. */
    static final int MAX_KEPT_BYTES = 64;

    /** A reply about a stream nests five deep. */
    private static final int MAX_DEPTH = 8;

    /** Errors are the longest lines. */
    private static final int MAX_LINE_BYTES = 4 * 1024;

    private static final int MAX_ERROR_TEXT = 300;
    private static final int LINE_END_BYTES = 2;

    private final byte[] line = new byte[MAX_LINE_BYTES];
    private int lineLength;
    private final byte[] kept = new byte[MAX_KEPT_BYTES];
    private int bulkLength;
    private int left;

    /** For each array around what is read: how many values it has, and how many of them are still to come. */
    private final long[] size = new long[MAX_DEPTH];

    private final long[] open = new long[MAX_DEPTH];
    private int depth;

    /** A number that is a reply of its own. */
    void number(long value) {}

    /**
     * A short text.
     *
     * @param nesting arrays around it
     * @param index its place in the innermost of them, from 0 on
     * @param bytes the caller's
     */
    void text(int nesting, long index, byte[] bytes, int length) {}

    /** A reply is complete. */
    abstract void replied();

    /** All that had arrived is handed out. */
    void paused() {}

    @Override
    final void read(ByteBuf buffer) {
        while (buffer.isReadable()) {
            if (left > 0) {
                readBulk(buffer);
            } else {
                readLine(buffer);
            }
        }
        paused();
    }

    private void readLine(ByteBuf buffer) {
        int count = buffer.bytesBefore((byte) '\n');
        int taken = count < 0 ? buffer.readableBytes() : count + 1;
        if (lineLength + taken > line.length) {
            throw Trouble.wrong("the server sent a line of more than " + MAX_LINE_BYTES + " bytes");
        }
        buffer.readBytes(line, lineLength, taken);
        lineLength += taken;
        if (count >= 0) {
            int length = lineLength - LINE_END_BYTES;
            lineLength = 0;
            if (length < 1 || line[length] != '\r') {
                throw Trouble.wrong("the server does not speak RESP");
            }
            take(length);
        }
    }

    private void take(int length) {
        switch (line[0]) {
            case '+' -> valueIsComplete();
            case ':' -> {
                if (depth == 0) {
                    number(value(length));
                }
                valueIsComplete();
            }
            case '$' -> {
                bulkLength = (int) Math.min(Integer.MAX_VALUE - LINE_END_BYTES, value(length));
                if (bulkLength < 0) {
                    valueIsComplete();
                } else {
                    left = bulkLength + LINE_END_BYTES;
                }
            }
            case '*' -> {
                long count = value(length);
                if (count <= 0) {
                    valueIsComplete();
                } else if (depth == MAX_DEPTH) {
                    throw Trouble.wrong("the server sent a reply that nests too deep");
                } else {
                    size[depth] = count;
                    open[depth++] = count;
                }
            }
            case '-' -> throw Trouble.wrong("the server refused: " + printable(1, length));
            default -> throw Trouble.wrong("the server does not speak RESP: " + printable(0, length));
        }
    }

    private String printable(int from, int to) {
        return Echo.clean(new String(line, from, to - from, StandardCharsets.UTF_8), MAX_ERROR_TEXT);
    }

    private long value(int length) {
        boolean negative = line[1] == '-';
        long value = 0;
        for (int i = negative ? 2 : 1; i < length; i++) {
            int digit = line[i] - '0';
            if (digit < 0 || digit > 9) {
                throw Trouble.wrong("the server does not speak RESP: " + printable(0, length));
            }
            value = value * 10 + digit;
        }
        return negative ? -value : value;
    }

    private void readBulk(ByteBuf buffer) {
        int taken = Math.min(left, buffer.readableBytes());
        if (bulkLength <= MAX_KEPT_BYTES) {
            int done = bulkLength + LINE_END_BYTES - left;
            int wanted = Math.clamp(bulkLength - done, 0, taken);
            buffer.getBytes(buffer.readerIndex(), kept, wanted == 0 ? 0 : done, wanted);
        }
        buffer.skipBytes(taken);
        left -= taken;
        if (left == 0) {
            if (bulkLength <= MAX_KEPT_BYTES) {
                text(depth, depth == 0 ? 0 : size[depth - 1] - open[depth - 1], kept, bulkLength);
            }
            valueIsComplete();
        }
    }

    private void valueIsComplete() {
        while (depth > 0 && --open[depth - 1] == 0) {
            depth--;
        }
        if (depth == 0) {
            replied();
        }
    }

    /** The bytes of a command. */
    static byte[] command(Object... words) {
        var bytes = new ByteArrayOutputStream(64);
        bytes.writeBytes(ascii("*" + words.length + "\r\n"));
        for (Object word : words) {
            byte[] value = word instanceof byte[] raw ? raw : ascii(String.valueOf(word));
            bytes.writeBytes(ascii("$" + value.length + "\r\n"));
            bytes.writeBytes(value);
            bytes.writeBytes(ascii("\r\n"));
        }
        return bytes.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
