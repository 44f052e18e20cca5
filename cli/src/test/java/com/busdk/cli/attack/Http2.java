package com.busdk.cli.attack;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A connection of HTTP/2 in the clear whose frames are written by hand (RFC 9113), headers without compression (RFC 7541,
 * section 6.2.2). One thread writes; what comes is read, if it is, by a virtual thread that counts it by kind: "answer
 * 200" for headers, "reset 7" and "goaway 11" with their code, "closed" at the end.
 */
final class Http2 implements AutoCloseable {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int PRIORITY = 2;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PUSH_PROMISE = 5;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;

    static final int END_STREAM = 1;
    static final int END_HEADERS = 4;

    /** A setting. */
    static final int INITIAL_WINDOW_SIZE = 4;

    private static final int HEAD_BYTES = 9;
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    private final Wire wire;
    private final Tally tally = new Tally();
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);
    private Thread reader;

    private Http2(Wire wire) {
        this.wire = wire;
    }

    /** A connection whose other side is read. */
    static Http2 open(Target target) throws IOException {
        Http2 connection = openUnread(target, 1 << 20);
        connection.read();
        return connection;
    }

    /** A connection that nobody reads, until {@link #read}, and that lets the service send so much on each stream. */
    static Http2 openUnread(Target target, int window) throws IOException {
        Http2 connection = new Http2(target.open());
        connection.wire.send(PREFACE);
        connection.send(frame(
                SETTINGS,
                0,
                0,
                ByteBuffer.allocate(6)
                        .putShort((short) INITIAL_WINDOW_SIZE)
                        .putInt(window)
                        .array()));
        return connection;
    }

    /** Reads from now on, to the end. */
    void read() {
        reader = Thread.ofVirtual().start(() -> {
            try {
                count(new DataInputStream(wire.input()));
            } catch (IOException end) {
                tally.add("closed");
            }
        });
    }

    private void count(DataInputStream in) throws IOException {
        while (true) {
            int lengthAndType = in.readInt();
            in.readByte();
            in.readInt();
            byte[] payload = in.readNBytes(lengthAndType >>> 8);
            switch (lengthAndType & 0xff) {
                case HEADERS -> tally.add("answer " + status(payload));
                case RST_STREAM -> tally.add("reset " + ByteBuffer.wrap(payload).getInt());
                case GOAWAY -> tally.add("goaway " + ByteBuffer.wrap(payload).getInt(4));
                case SETTINGS -> tally.add(payload.length == 0 ? "settings taken" : "settings");
                case PING -> tally.add("ping");
                case DATA -> tally.add("data");
                default -> {} // windows that grow
            }
        }
    }

    private String status(byte[] block) throws IOException {
        try {
            return String.valueOf(
                    decoder.decodeHeaders(1, Unpooled.wrappedBuffer(block)).status());
        } catch (Http2Exception e) {
            throw new IOException(e);
        }
    }

    /** What came so far. */
    Tally tally() {
        return tally;
    }

    /** Waits until the service has closed the connection. */
    Tally untilClosed() throws Exception {
        Pause.untilSo("that the service closes the connection; there came " + tally, () -> tally.of("closed") > 0);
        return tally;
    }

    boolean send(byte[]... frames) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] frame : frames) {
            all.writeBytes(frame);
        }
        return wire.send(all.toByteArray());
    }

    static byte[] frame(int type, int flags, int stream, byte... payload) {
        return ByteBuffer.allocate(HEAD_BYTES + payload.length)
                .putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /** A frame whose payload is one number. */
    static byte[] frame(int type, int stream, int number) {
        return frame(type, 0, stream, ByteBuffer.allocate(4).putInt(number).array());
    }

    /** A whole request's headers; the fields are names and values in turn, behind the four of every request. */
    static byte[] headers(int stream, int flags, String method, String path, String... fields) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        field(block, ":method", method);
        field(block, ":scheme", "http");
        field(block, ":path", path);
        field(block, ":authority", "localhost");
        for (int i = 0; i < fields.length; i += 2) {
            field(block, fields[i], fields[i + 1]);
        }
        return frame(HEADERS, flags, stream, block.toByteArray());
    }

    /** Appends a field, never indexed. */
    static void field(ByteArrayOutputStream block, String name, String value) {
        block.write(0x10);
        text(block, name);
        text(block, value);
    }

    /** Appends a text without compression, with its length. */
    static void text(ByteArrayOutputStream block, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        number(block, bytes.length);
        block.writeBytes(bytes);
    }

    /** A length in seven bits and more (RFC 7541, section 5.1). */
    private static void number(ByteArrayOutputStream block, int number) {
        if (number < 0x7f) {
            block.write(number);
            return;
        }
        block.write(0x7f);
        int rest = number - 0x7f;
        while (rest >= 0x80) {
            block.write(rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        block.write(rest);
    }

    @Override
    public void close() throws IOException {
        wire.close();
        if (reader != null) {
            Pause.untilOver(reader);
        }
    }
}
