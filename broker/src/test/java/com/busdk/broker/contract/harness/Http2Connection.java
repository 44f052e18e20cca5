package com.busdk.broker.contract.harness;

import static org.junit.jupiter.api.Assertions.fail;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;

/**
 * An HTTP/2 connection whose windows never grow: each of its streams takes a few kilobytes and then no more, so that
 * hundreds of listeners that do not read cost one socket. Used by the test's thread.
 */
public final class Http2Connection implements AutoCloseable {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int FRAME_HEADER_BYTES = 9;
    private static final int HEADERS = 1;
    private static final int SETTINGS = 4;
    private static final int END_STREAM = 1;
    private static final int ACK = 1;
    private static final int END_HEADERS = 4;
    private static final int PRIORITY = 0x20;
    private static final int PRIORITY_BYTES = 5;

    private final RawConnection raw;
    private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder();
    private int lastStream = -1;

    private Http2Connection(RawConnection raw) {
        this.raw = raw;
    }

    /** A connection to that port of this machine. */
    public static Http2Connection open(int port) {
        RawConnection raw = RawConnection.open(port, 0);
        raw.send(PREFACE).send(frame(SETTINGS, 0, 0, new byte[0])).send(frame(SETTINGS, ACK, 0, new byte[0]));
        return new Http2Connection(raw);
    }

    /** Sends a request without a body; its answer is not waited for. */
    public void get(String path, String token) {
        Http2Headers headers = new DefaultHttp2Headers()
                .method("GET")
                .scheme("http")
                .authority("localhost")
                .path(path)
                .add("authorization", "Bearer " + token);
        lastStream += 2;
        ByteBuf block = Unpooled.buffer();
        try {
            encoder.encodeHeaders(lastStream, headers, block);
        } catch (Http2Exception e) {
            fail("the headers cannot be encoded", e);
        }
        raw.send(frame(HEADERS, END_STREAM | END_HEADERS, lastStream, ByteBufUtil.getBytes(block)));
    }

    /** Reads up to the next head of an answer, past everything else, and gives its status. */
    public int nextStatus() {
        while (true) {
            byte[] header = raw.bytes(FRAME_HEADER_BYTES);
            int length = (header[0] & 0xFF) << 16 | (header[1] & 0xFF) << 8 | header[2] & 0xFF;
            int stream = Unpooled.wrappedBuffer(header).getInt(5);
            byte[] payload = raw.bytes(length);
            if (header[3] == HEADERS) {
                int skipped = (header[4] & PRIORITY) == 0 ? 0 : PRIORITY_BYTES;
                ByteBuf block = Unpooled.wrappedBuffer(payload, skipped, length - skipped);
                try {
                    Http2Headers headers = decoder.decodeHeaders(stream, block);
                    return Integer.parseInt(headers.status().toString());
                } catch (Http2Exception e) {
                    return fail("the head of an answer cannot be decoded", e);
                }
            }
        }
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        ByteBuf frame = Unpooled.buffer();
        frame.writeMedium(payload.length)
                .writeByte(type)
                .writeByte(flags)
                .writeInt(stream)
                .writeBytes(payload);
        return ByteBufUtil.getBytes(frame);
    }

    @Override
    public void close() {
        raw.close();
    }
}
