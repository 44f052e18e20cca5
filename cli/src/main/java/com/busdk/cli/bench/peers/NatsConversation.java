package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.Bytes;
import com.busdk.cli.bench.Requests;
import com.busdk.cli.bench.Trouble;
import com.busdk.client.text.Echo;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The client protocol of NATS: lines of control, some of them followed by a payload. Subscription {@link #ANSWERS} is for
 * answers, whose payload is read; what comes for any other is an event, whose payload is passed over.
 */
abstract class NatsConversation extends Conversation {
    /** The subscription that answers come for. */
    static final int ANSWERS = 1;

    /** The subscription that events come for. */
    static final int EVENTS = 2;

    /** A line of control is shorter, but for the greeting of the server. */
    private static final int MAX_LINE_BYTES = 64 * 1024;

    /** An answer is shorter: one about a stream is less than a kilobyte. */
    private static final int MAX_ANSWER_BYTES = 256 * 1024;

    private static final int LINE_END_BYTES = 2;
    private static final int MAX_WORDS = 6;
    private static final int MAX_ERROR_TEXT = 300;
    private static final byte[] STATUS = Requests.ascii("NATS/1.0 ");

    private byte[] line = new byte[512];
    private int lineLength;
    private final int[] wordFrom = new int[MAX_WORDS];
    private final int[] wordTo = new int[MAX_WORDS];
    private int subscription;
    private int replyFrom;
    private int replyTo;
    private boolean headers;
    private int payloadLength;
    private int left;
    private byte[] payload = new byte[0];

    /** The server has answered a {@code PING}. */
    void ponged() {}

    /** A message for {@link #ANSWERS}; the array is the caller's. */
    void answered(byte[] bytes, int length) {
        throw Trouble.wrong("the server sent an answer that nobody waits for");
    }

    /** An event; the reply subject is part of {@code control} and empty where there is none. The array is the caller's. */
    void event(byte[] control, int fromReply, int toReplyExclusive) {}

    /**
     * A message of the server about a subscription.
     *
     * @param code for example 100 for a heartbeat
     * @param text all of its headers
     * @param reply the reply subject, or empty
     */
    void status(int code, String text, String reply) {
        throw Trouble.wrong("the server sent status " + code + ": " + Echo.clean(text, MAX_ERROR_TEXT));
    }

    /** All that had arrived is handed out. */
    void paused() {}

    @Override
    void connected() {
        // The server speaks first; its greeting is answered when it has come.
    }

    @Override
    final void read(ByteBuf buffer) {
        while (buffer.isReadable()) {
            if (left > 0) {
                readPayload(buffer);
            } else {
                readLine(buffer);
            }
        }
        paused();
    }

    private void readLine(ByteBuf buffer) {
        int count = buffer.bytesBefore((byte) '\n');
        boolean complete = count >= 0;
        int taken = complete ? count + 1 : buffer.readableBytes();
        if (lineLength + taken > line.length) {
            if (lineLength + taken > MAX_LINE_BYTES) {
                throw Trouble.wrong("the server sent a line of more than " + MAX_LINE_BYTES + " bytes");
            }
            line = Arrays.copyOf(line, Math.max(line.length * 2, lineLength + taken));
        }
        buffer.readBytes(line, lineLength, taken);
        lineLength += taken;
        if (complete) {
            int length = lineLength;
            lineLength = 0;
            if (length < LINE_END_BYTES || line[length - LINE_END_BYTES] != '\r') {
                throw Trouble.wrong("the server does not speak the protocol of NATS");
            }
            take(length - LINE_END_BYTES);
        }
    }

    private void take(int length) {
        switch (length == 0 ? 0 : line[0]) {
            case 'M' -> message(length, false);
            case 'H' -> message(length, true);
            case 'P' -> {
                if (length > 1 && line[1] == 'I') {
                    send(Unpooled.wrappedBuffer(Requests.ascii("PONG\r\n")));
                } else if (greeted().isDone()) {
                    ponged();
                } else {
                    greet();
                }
            }
            case 'I' -> {
                if (!greeted().isDone()) {
                    send(Unpooled.wrappedBuffer(Requests.ascii(
                            "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true,"
                                    + "\"lang\":\"java\",\"version\":\"1\",\"name\":\"bus-bench\"}\r\nPING\r\n")));
                }
            }
            case '+' -> {}
            default ->
                throw Trouble.wrong("the server said: "
                        + Echo.clean(new String(line, 0, length, StandardCharsets.UTF_8), MAX_ERROR_TEXT));
        }
    }

    /** {@code MSG subject sid [reply] bytes}, and with headers {@code HMSG subject sid [reply] header-bytes bytes}. */
    private void message(int length, boolean withHeaders) {
        int words = 0;
        int at = 0;
        while (at < length) {
            while (at < length && line[at] == ' ') {
                at++;
            }
            int from = at;
            at = Bytes.indexOf(line, at, length, ' ');
            if (at > from) {
                if (words == MAX_WORDS) {
                    throw Trouble.wrong("the server sent a line with too many words");
                }
                wordFrom[words] = from;
                wordTo[words++] = at;
            }
        }
        int least = withHeaders ? 5 : 4;
        if (words < least) {
            throw Trouble.wrong("the server sent a line with too few words");
        }
        subscription = number(2);
        headers = withHeaders;
        replyFrom = words > least ? wordFrom[3] : 0;
        replyTo = words > least ? wordTo[3] : 0;
        payloadLength = number(words - 1);
        left = payloadLength + LINE_END_BYTES;
        if (isRead()) {
            if (payloadLength > MAX_ANSWER_BYTES) {
                throw Trouble.wrong("the server sent an answer of " + payloadLength + " bytes");
            }
            if (payload.length < payloadLength) {
                payload = new byte[payloadLength];
            }
        }
    }

    private int number(int word) {
        return (int) Math.min(Integer.MAX_VALUE - LINE_END_BYTES, Bytes.digits(line, wordFrom[word], wordTo[word]));
    }

    /** Events have no headers, so that what has them speaks of the subscription. */
    private boolean isRead() {
        return headers || subscription == ANSWERS;
    }

    private void readPayload(ByteBuf buffer) {
        int taken = Math.min(left, buffer.readableBytes());
        if (isRead()) {
            int done = payloadLength + LINE_END_BYTES - left;
            int wanted = Math.clamp(payloadLength - done, 0, taken);
            buffer.getBytes(buffer.readerIndex(), payload, done < payloadLength ? done : 0, wanted);
        }
        buffer.skipBytes(taken);
        left -= taken;
        if (left > 0) {
            return;
        }
        if (headers) {
            int code = Bytes.indexOf(payload, 0, payloadLength, STATUS) == 0
                    ? (int) Bytes.digits(payload, STATUS.length, payloadLength)
                    : 0;
            String reply = new String(line, replyFrom, replyTo - replyFrom, StandardCharsets.UTF_8);
            status(code, new String(payload, 0, payloadLength, StandardCharsets.UTF_8), reply);
        } else if (subscription == ANSWERS) {
            answered(payload, payloadLength);
        } else {
            event(line, replyFrom, replyTo);
        }
    }

    /** The bytes of a {@code SUB}. */
    static byte[] subscribe(String subject, int id) {
        return Requests.ascii("SUB " + subject + " " + id + "\r\n");
    }

    /** The bytes of a {@code PUB} with a text of Latin letters, to be answered at {@code reply}. */
    static byte[] publish(String subject, String reply, String text) {
        return Requests.ascii(
                "PUB " + subject + (reply.isEmpty() ? "" : " " + reply) + " " + text.length() + "\r\n" + text + "\r\n");
    }
}
