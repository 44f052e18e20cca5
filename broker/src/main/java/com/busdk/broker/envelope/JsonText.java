package com.busdk.broker.envelope;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The one way in which the hub writes a string inside JSON: UTF-8 as it is, {@code "} and {@code \} escaped by a
 * backslash, control characters as {@code \b \f \n \r \t} or as a u-escape with lower-case hex digits. Equal strings
 * are therefore equal bytes, and the hub compares stored bytes without decoding them. Any thread.
 */
public final class JsonText {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private JsonText() {}

    /** The canonical bytes of {@code text}, without quotes. */
    public static byte[] encode(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int extra = 0;
        for (byte b : utf8) {
            extra += expansion(b);
        }
        if (extra == 0) {
            return utf8;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(utf8.length + extra);
        for (byte b : utf8) {
            write(b, out);
        }
        return out.toByteArray();
    }

    private static int expansion(byte b) {
        if (b == '"' || b == '\\') {
            return 1;
        }
        if (b >= 0x20 || b < 0) {
            return 0;
        }
        return switch (b) {
            case '\b', '\f', '\n', '\r', '\t' -> 1;
            default -> 5;
        };
    }

    private static void write(byte b, ByteArrayOutputStream out) {
        int kind = expansion(b);
        if (kind == 0) {
            out.write(b);
        } else if (kind == 1) {
            out.write('\\');
            out.write(
                    switch (b) {
                        case '\b' -> 'b';
                        case '\f' -> 'f';
                        case '\n' -> 'n';
                        case '\r' -> 'r';
                        case '\t' -> 't';
                        default -> b;
                    });
        } else {
            out.write('\\');
            out.write('u');
            out.write('0');
            out.write('0');
            out.write(HEX[b >> 4]);
            out.write(HEX[b & 15]);
        }
    }
}
