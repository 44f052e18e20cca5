package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.Requests;
import com.busdk.cli.bench.Trouble;
import com.busdk.cli.command.CliException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The protocol of Kafka: requests and answers with their length before them, answers in the order of the requests, each
 * with the number that its request had. An answer is read part by part, so that one full of events need not be kept.
 *
 * <p>The layouts are those of the protocol guide, kafka.apache.org/protocol, in the versions that {@link Api} names.
 */
abstract class KafkaConversation extends Conversation {
    /** What is kept of an answer at once: one about a thousand topics is less than a tenth. */
    private static final int MAX_PART_BYTES = 1 << 20;

    /** The length and the number of the request. */
    private static final int HEAD_BYTES = 2 * Integer.BYTES;

    private static final String CLIENT = "bus-bench";

    private byte[] part = new byte[256];
    private int passing;
    private int wanted = HEAD_BYTES;
    private int collected;
    private int left;
    private boolean head = true;

    /** What is asked for, each in the oldest version that servers of 3.x and of 4.x know: those have no tagged fields. */
    enum Api {
        /** Version 3 is the first that takes batches of records as they are now. */
        PRODUCE(0, 3),
        /** Version 4 is the first that gives them; it knows no sessions, so that each request says all of what it asks. */
        FETCH(1, 4),
        LIST_OFFSETS(2, 1),
        CREATE_TOPICS(19, 2),
        DELETE_TOPICS(20, 1);

        private final int key;
        private final int version;

        Api(int key, int version) {
            this.key = key;
            this.version = version;
        }
    }

    /**
     * An answer begins. Asks for its first part by {@link #next}.
     *
     * @param number of the request
     */
    abstract void answering(int number);

    /** The part that was asked for; the bytes are the caller's. Asks for the next one unless the answer ends here. */
    abstract void part(ByteBuffer bytes);

    /** An answer is complete. */
    void answered() {}

    /** All that had arrived is handed out. */
    void paused() {}

    /** Bytes of the answer behind what was asked for so far. */
    final int left() {
        return left;
    }

    /**
     * Asks for the next part of an answer.
     *
     * @param pass bytes before it that are of no interest
     * @param want bytes of it; with 0 the answer has to end behind what is passed over
     */
    final void next(int pass, int want) {
        if (pass < 0 || want < 0 || pass > left - want) {
            throw strange();
        }
        if (want > MAX_PART_BYTES) {
            throw Trouble.wrong("the server sent an answer of more than " + MAX_PART_BYTES + " bytes");
        }
        if (want > part.length) {
            part = new byte[want];
        }
        passing = pass;
        wanted = want;
        left -= pass + want;
    }

    @Override
    final void read(ByteBuf buffer) {
        while (buffer.isReadable()) {
            if (passing > 0) {
                int taken = Math.min(passing, buffer.readableBytes());
                buffer.skipBytes(taken);
                passing -= taken;
            } else {
                int taken = Math.min(wanted - collected, buffer.readableBytes());
                buffer.readBytes(part, collected, taken);
                collected += taken;
            }
            if (passing == 0 && collected == wanted) {
                take();
            }
        }
        paused();
    }

    /** All that was asked for is there. */
    private void take() {
        ByteBuffer bytes = ByteBuffer.wrap(part, 0, wanted).slice();
        collected = 0;
        wanted = 0;
        try {
            if (head) {
                head = false;
                left = bytes.getInt() - Integer.BYTES;
                answering(bytes.getInt());
            } else if (bytes.hasRemaining()) {
                part(bytes);
            }
        } catch (BufferUnderflowException _) {
            throw strange();
        }
        if (passing == 0 && wanted == 0) {
            if (left != 0) {
                throw strange();
            }
            head = true;
            wanted = HEAD_BYTES;
            answered();
        }
    }

    private static CliException strange() {
        return Trouble.wrong("the server does not speak the protocol of Kafka");
    }

    /** A failure that the server tells by one of the numbers of its protocol. */
    static CliException refused(int error) {
        return Trouble.wrong("Kafka refused: error " + error + " of its protocol");
    }

    /** A request whose body is to be written behind what this has; {@link #bytes} makes it complete. */
    static ByteBuf request(Api api, int number) {
        ByteBuf request = Unpooled.buffer()
                .writeInt(0)
                .writeShort(api.key)
                .writeShort(api.version)
                .writeInt(number);
        return text(request, CLIENT);
    }

    /** Writes a text of Latin letters behind the rest. */
    static ByteBuf text(ByteBuf to, String text) {
        return to.writeShort(text.length()).writeBytes(Requests.ascii(text));
    }

    /** The bytes of a request that is complete. */
    static byte[] bytes(ByteBuf request) {
        request.setInt(0, request.readableBytes() - Integer.BYTES);
        byte[] bytes = new byte[request.readableBytes()];
        request.readBytes(bytes);
        request.release();
        return bytes;
    }

    /** The text that is next in an answer; empty where there is none. */
    static String text(ByteBuffer from) {
        byte[] text = new byte[Math.clamp(from.getShort(), 0, from.remaining())];
        from.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
