package com.busdk.broker.http;

import com.busdk.broker.backend.EventId;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.charset.StandardCharsets;

/** The bodies of accepted publishes, written without detours. Any thread. */
final class Receipts {
    private static final byte[] SINGLE_ID = ascii("{\"accepted\":true,\"id\":\"");
    private static final byte[] NAME = ascii("\",\"name\":\"");
    private static final byte[] SEQUENCE = ascii("\",\"sequence\":");
    private static final byte[] DUPLICATE = ascii(",\"duplicate\":true");
    private static final int MAX_DIGITS = 19;

    private Receipts() {}

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** For one event whose name stands in an array. */
    static Buffer single(EventId id, byte[] from, int nameOffset, int nameLength, boolean duplicate) {
        int most = SINGLE_ID.length
                + EventId.LENGTH
                + NAME.length
                + nameLength
                + SEQUENCE.length
                + MAX_DIGITS
                + DUPLICATE.length
                + 1;
        byte[] to = new byte[most];
        int at = put(SINGLE_ID, to, 0);
        EventId.write(id.epoch(), id.sequence(), to, at);
        at = put(NAME, to, at + EventId.LENGTH);
        System.arraycopy(from, nameOffset, to, at, nameLength);
        at = put(SEQUENCE, to, at + nameLength);
        at = digits(id.sequence(), to, at);
        if (duplicate) {
            at = put(DUPLICATE, to, at);
        }
        to[at++] = '}';
        return BufferInternal.buffer(Unpooled.wrappedBuffer(to, 0, at));
    }

    /** For a stream of events, none of which may have come. */
    static Buffer many(long count, String firstId, String lastId) {
        String ids = count == 0 ? "" : ",\"firstId\":\"" + firstId + "\",\"lastId\":\"" + lastId + "\"";
        return Buffer.buffer("{\"accepted\":true,\"count\":" + count + ids + "}");
    }

    private static int put(byte[] bytes, byte[] to, int at) {
        System.arraycopy(bytes, 0, to, at, bytes.length);
        return at + bytes.length;
    }

    private static int digits(long number, byte[] to, int at) {
        int end = at + 1;
        for (long rest = number; rest >= 10; rest /= 10) {
            end++;
        }
        long rest = number;
        for (int i = end - 1; i >= at; i--) {
            to[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return end;
    }
}
