package com.busdk.cli.bench.peers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class KafkaRecordsTest {
    private static final int POLYNOMIAL = 0x82F63B78;

    /** CRC-32C bit by bit, as its definition has it. */
    private static int crc(byte[] bytes, int from) {
        int crc = -1;
        for (int i = from; i < bytes.length; i++) {
            crc ^= bytes[i] & 255;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) == 0 ? crc >>> 1 : crc >>> 1 ^ POLYNOMIAL;
            }
        }
        return ~crc;
    }

    private static byte[] bytes(ByteBuf batch) {
        byte[] bytes = new byte[batch.readableBytes()];
        batch.readBytes(bytes);
        batch.release();
        return bytes;
    }

    @Test
    void shouldKnowTheCheckValueOfTheSum() {
        assertEquals(0xE3069283, crc("123456789".getBytes(StandardCharsets.US_ASCII), 0));
    }

    @Property(tries = 50)
    void shouldLayOutABatchAsTheFormatHasIt(
            @ForAll @IntRange(min = 1, max = 300) int count, @ForAll @IntRange(min = 0, max = 300) int size) {
        byte[] event = "x".repeat(size).getBytes(StandardCharsets.US_ASCII);
        byte[] bytes = bytes(KafkaRecords.batch(event, count, 1_700_000_000_123L));

        ByteBuffer batch = ByteBuffer.wrap(bytes);
        assertEquals(0, batch.getLong(), "offset");
        assertEquals(bytes.length - 12, batch.getInt(), "length");
        assertEquals(-1, batch.getInt(), "epoch");
        assertEquals(2, batch.get(), "format");
        assertEquals(crc(bytes, 21), batch.getInt(), "sum of all that follows");
        assertEquals(0, batch.getShort(), "attributes");
        assertEquals(count - 1, batch.getInt(), "last offset");
        assertEquals(1_700_000_000_123L, batch.getLong(), "first time");
        assertEquals(1_700_000_000_123L, batch.getLong(), "last time");
        assertEquals(-1, batch.getLong(), "producer");
        assertEquals(-1, batch.getShort(), "its epoch");
        assertEquals(-1, batch.getInt(), "its sequence");
        assertEquals(count, batch.getInt(), "records");
        for (int i = 0; i < count; i++) {
            int length = (int) KafkaFields.number(batch);
            int end = batch.position() + length;
            assertEquals(0, batch.get(), "attributes of a record");
            assertEquals(0, KafkaFields.number(batch), "time");
            assertEquals(i, KafkaFields.number(batch), "offset");
            assertEquals(-1, KafkaFields.number(batch), "no key");
            assertArrayEquals(event, KafkaFields.raw(batch, (int) KafkaFields.number(batch)));
            assertEquals(0, KafkaFields.number(batch), "headers");
            assertEquals(end, batch.position());
        }
        assertFalse(batch.hasRemaining());
    }
}
