package com.busdk.cli.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** Makes the bytes of requests. Stateless. */
public final class Requests {
    /** The type of one event. */
    public static final String JSON = "application/json";
    /** The type of events as lines. */
    public static final String NDJSON = "application/x-ndjson";

    /** The last chunk of a body that is sent in chunks. */
    private static final byte[] LAST_CHUNK = ascii("0\r\n\r\n");

    private static final byte[] LINE_END = ascii("\r\n");

    private Requests() {}

    /** A request with a body that is known. The buffer is the caller's, who sends duplicates of it. */
    public static ByteBuf post(Target target, String below, String type, byte[] body) {
        return Unpooled.directBuffer()
                .writeBytes(ascii(head("POST", target, below) + "Content-Type: " + type + "\r\nContent-Length: "
                        + body.length + "\r\n\r\n"))
                .writeBytes(body);
    }

    /** The head of a request whose body follows in chunks. */
    public static ByteBuf postInChunks(Target target, String below, String type) {
        return Unpooled.directBuffer()
                .writeBytes(ascii(head("POST", target, below) + "Content-Type: " + type
                        + "\r\nTransfer-Encoding: chunked\r\n\r\n"));
    }

    /** A request without a body. */
    public static ByteBuf get(Target target, String below, String accept) {
        return Unpooled.directBuffer().writeBytes(ascii(head("GET", target, below) + "Accept: " + accept + "\r\n\r\n"));
    }

    /** A chunk of a body with all of {@code lines}. */
    public static ByteBuf chunk(byte[] lines, int length) {
        byte[] size = ascii(Integer.toHexString(length) + "\r\n");
        return Unpooled.directBuffer(size.length + length + LINE_END.length)
                .writeBytes(size)
                .writeBytes(lines, 0, length)
                .writeBytes(LINE_END);
    }

    /** The end of a body that was sent in chunks. */
    public static ByteBuf lastChunk() {
        return Unpooled.wrappedBuffer(LAST_CHUNK);
    }

    private static String head(String method, Target target, String below) {
        return method + " " + target.path() + below + " HTTP/1.1\r\nHost: " + target.host() + ":" + target.port()
                + "\r\n"
                + (target.token() == null ? "" : "Authorization: Bearer " + target.token() + "\r\n");
    }

    /** The bytes of a text of Latin letters. */
    public static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
