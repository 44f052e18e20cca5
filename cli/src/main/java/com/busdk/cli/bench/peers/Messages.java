package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.EventLines;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * The bytes that publish events in one protocol. What publishes an event is made once for each name; where there is one
 * name, so is a whole batch, of which parts are sent as they are. Immutable.
 */
final class Messages {
    private final byte[][] each;
    private final byte[] batch;

    /**
     * Messages.
     *
     * @param most events in a piece at most
     * @param maker makes what publishes an event of the name of that number, from 0 on
     */
    Messages(EventLines lines, int most, IntFunction<byte[]> maker) {
        each = new byte[lines.variety()][];
        Arrays.setAll(each, maker);
        batch = each.length == 1 ? joined(0, most) : new byte[0];
    }

    /** What publishes events {@code from} and on, whose names take turns; {@code count} is at least 1. */
    ByteBuf of(long from, int count) {
        return each.length == 1
                ? Unpooled.wrappedBuffer(batch, 0, count * each[0].length)
                : Unpooled.wrappedBuffer(joined(from, count));
    }

    private byte[] joined(long from, int count) {
        int length = 0;
        for (long n = from; n < from + count; n++) {
            length += message(n).length;
        }
        byte[] all = new byte[length];
        int at = 0;
        for (long n = from; n < from + count; n++) {
            byte[] message = message(n);
            System.arraycopy(message, 0, all, at, message.length);
            at += message.length;
        }
        return all;
    }

    private byte[] message(long n) {
        return each[(int) (n % each.length)];
    }
}
