package com.busdk.cli.bench;

import com.busdk.cli.command.CliException;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Finds the status and the parts of the body in the bytes of HTTP/1.1 answers (RFC 9112), and reads nothing else of
 * them. Lives on one event loop.
 */
public final class AnswerParser {
    /** More than any head of ours has. */
    private static final int MAX_HEAD_BYTES = 16 * 1024;

    /** Digits of a chunk's size: more than fit in an int are an error. */
    private static final int MAX_SIZE_DIGITS = 7;

    private static final int STATUS_AT = 9;
    private static final int STATUS_DIGITS = 3;
    private static final int NO_CONTENT = 204;
    private static final int FIRST_FINAL_STATUS = 200;
    private static final byte[] CONTENT_LENGTH = Requests.ascii("content-length:");
    private static final byte[] TRANSFER_ENCODING = Requests.ascii("transfer-encoding:");

    private final Parts parts;
    private final byte[] head = new byte[MAX_HEAD_BYTES];
    private State state = State.HEAD;
    private int headLength;
    private long left;
    private boolean chunked;
    private int digits;
    private int trailerColumn;

    /** A parser at the beginning of an answer, which tells {@code parts} what it finds. */
    public AnswerParser(Parts parts) {
        this.parts = parts;
    }

    /** Is told what was found. */
    public interface Parts {
        /** The head of an answer is there. */
        void head(int status);

        /** Some of the body; the buffer is the caller's. */
        void body(ByteBuf buffer, int from, int length);

        /** The answer is complete. */
        void end();
    }

    private enum State {
        HEAD,
        BODY,
        CHUNK_SIZE,
        CHUNK_REST_OF_LINE,
        CHUNK_DATA,
        CHUNK_END,
        TRAILERS
    }

    /**
     * Takes all readable bytes of the buffer.
     *
     * @throws CliException failed, when they are no answer
     */
    public void parse(ByteBuf buffer) {
        while (buffer.isReadable()) {
            switch (state) {
                case HEAD -> readHead(buffer);
                case BODY, CHUNK_DATA -> readBody(buffer);
                case CHUNK_SIZE -> readSize(buffer.readByte());
                case CHUNK_REST_OF_LINE -> {
                    if (buffer.readByte() == '\n') {
                        sizeIsKnown();
                    }
                }
                case CHUNK_END -> {
                    if (buffer.readByte() == '\n') {
                        startOfChunk();
                    }
                }
                case TRAILERS -> readTrailer(buffer.readByte());
            }
        }
    }

    private void readHead(ByteBuf buffer) {
        int start = headLength;
        int taken = Math.min(buffer.readableBytes(), MAX_HEAD_BYTES - start);
        if (taken == 0) {
            throw Trouble.wrong("the service sent a head of more than " + MAX_HEAD_BYTES + " bytes");
        }
        buffer.getBytes(buffer.readerIndex(), head, start, taken);
        int end = endOfHead(Math.max(0, start - 3), start + taken);
        if (end < 0) {
            headLength = start + taken;
            buffer.skipBytes(taken);
            return;
        }
        buffer.skipBytes(end - start);
        headLength = 0;
        headIsKnown(end);
    }

    /** Index behind the empty line, or -1. */
    private int endOfHead(int from, int to) {
        for (int i = from; i + 3 < to; i++) {
            if (head[i] == '\r' && head[i + 1] == '\n' && head[i + 2] == '\r' && head[i + 3] == '\n') {
                return i + 4;
            }
        }
        return -1;
    }

    private void headIsKnown(int end) {
        int status = 0;
        for (int i = STATUS_AT; i < STATUS_AT + STATUS_DIGITS; i++) {
            int digit = head[i] - '0';
            if (digit < 0 || digit > 9) {
                throw Trouble.wrong("the service does not answer with HTTP/1.1");
            }
            status = status * 10 + digit;
        }
        if (status < FIRST_FINAL_STATUS) {
            // 100 Continue: the answer itself is still to come.
            return;
        }
        left = -1;
        chunked = false;
        int line = STATUS_AT;
        while (line < end) {
            readField(line);
            line = nextLine(line, end);
        }
        parts.head(status);
        if (chunked) {
            startOfChunk();
        } else if (left > 0) {
            state = State.BODY;
        } else if (left == 0 || status == NO_CONTENT) {
            parts.end();
        } else {
            throw Trouble.wrong("the service does not say how long its answer is");
        }
    }

    private int nextLine(int from, int end) {
        int i = from;
        while (i < end && head[i] != '\n') {
            i++;
        }
        return i + 1;
    }

    private void readField(int line) {
        if (startsWith(CONTENT_LENGTH, line)) {
            long length = 0;
            for (int i = line + CONTENT_LENGTH.length; head[i] != '\r'; i++) {
                if (head[i] != ' ') {
                    length = length * 10 + (head[i] - '0');
                }
            }
            left = length;
        } else if (startsWith(TRANSFER_ENCODING, line)) {
            String value = new String(head, line, nextLine(line, head.length) - line, StandardCharsets.ISO_8859_1);
            chunked = value.stripTrailing().endsWith("chunked");
        }
    }

    private boolean startsWith(byte[] name, int at) {
        for (int i = 0; i < name.length; i++) {
            if ((head[at + i] | 0x20) != (name[i] | 0x20)) {
                return false;
            }
        }
        return true;
    }

    private void readBody(ByteBuf buffer) {
        int length = (int) Math.min(left, buffer.readableBytes());
        parts.body(buffer, buffer.readerIndex(), length);
        buffer.skipBytes(length);
        left -= length;
        if (left == 0) {
            if (state == State.BODY) {
                state = State.HEAD;
                parts.end();
            } else {
                state = State.CHUNK_END;
            }
        }
    }

    private void startOfChunk() {
        state = State.CHUNK_SIZE;
        left = 0;
        digits = 0;
    }

    private void readSize(byte b) {
        int digit = Character.digit(b, 16);
        if (digit >= 0) {
            digits++;
            left = left * 16 + digit;
        } else if (digits == 0) {
            throw Trouble.wrong("the service sent a chunk without a size");
        } else if (b == '\n') {
            sizeIsKnown();
        } else {
            state = State.CHUNK_REST_OF_LINE;
        }
        if (digits > MAX_SIZE_DIGITS) {
            throw Trouble.wrong("the service sent a chunk that is too large");
        }
    }

    private void sizeIsKnown() {
        if (left == 0) {
            state = State.TRAILERS;
            trailerColumn = 0;
        } else {
            state = State.CHUNK_DATA;
        }
    }

    private void readTrailer(byte b) {
        if (b == '\n') {
            if (trailerColumn == 0) {
                state = State.HEAD;
                parts.end();
            }
            trailerColumn = 0;
        } else if (b != '\r') {
            trailerColumn++;
        }
    }
}
