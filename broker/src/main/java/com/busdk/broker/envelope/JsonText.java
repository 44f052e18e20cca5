package com.busdk.broker.envelope;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The one way in which the hub writes a string inside JSON: UTF-8 as it is, {@code "} and {@code \} escaped by a
 * backslash, control characters as {@code \b \f \n \r \t} or as a u-escape with lower-case hex digits. Equal strings
 * are therefore equal bytes, and the hub compares stored bytes without decoding them. Any thread.
 */
public final class JsonText {
    /** Bytes that one byte of a text becomes at most: {@code \u001f}. */
    public static final int MAX_EXPANSION = 6;

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private JsonText() {}

    /** The canonical bytes of {@code text}, without quotes. */
    public static byte[] encode(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int length = 0;
        for (byte b : utf8) {
            length += width(b);
        }
        if (length == utf8.length) {
            return utf8;
        }
        byte[] encoded = new byte[length];
        encode(utf8, 0, utf8.length, encoded, 0);
        return encoded;
    }

    /**
     * Writes the canonical form of a text that is given in UTF-8, without quotes.
     *
     * @param to has room for {@link #MAX_EXPANSION} bytes for each of the text's
     * @return the position behind it
     */
    public static int encode(byte[] utf8, int offset, int length, byte[] to, int at) {
        int out = at;
        for (int i = offset, end = offset + length; i < end; i++) {
            byte b = utf8[i];
            switch (width(b)) {
                case 1 -> to[out++] = b;
                case 2 -> {
                    to[out++] = '\\';
                    to[out++] = letter(b);
                }
                default -> {
                    to[out++] = '\\';
                    to[out++] = 'u';
                    to[out++] = '0';
                    to[out++] = '0';
                    to[out++] = HEX[b >> 4];
                    to[out++] = HEX[b & 15];
                }
            }
        }
        return out;
    }

    private static int width(byte b) {
        if (b == '"' || b == '\\') {
            return 2;
        }
        if (b >= ' ' || b < 0) {
            return 1;
        }
        return switch (b) {
            case '\b', '\f', '\n', '\r', '\t' -> 2;
            default -> MAX_EXPANSION;
        };
    }

    private static byte letter(byte b) {
        return switch (b) {
            case '\b' -> 'b';
            case '\f' -> 'f';
            case '\n' -> 'n';
            case '\r' -> 'r';
            case '\t' -> 't';
            default -> b;
        };
    }

    /**
     * Decodes the inside of a JSON string that is known to be valid and to have no lone surrogates.
     *
     * @param max most bytes that may come out; {@code to} has room for that many
     * @return bytes of UTF-8 written to {@code to}, or -1 where there would be more than {@code max}
     */
    static int decode(byte[] in, int from, int end, byte[] to, int max) {
        int out = 0;
        int i = from;
        while (i < end) {
            int width = in[i] == '\\' && in[i + 1] == 'u' ? utf8Width(in, i) : 1;
            if (out + width > max) {
                return -1;
            }
            if (in[i] != '\\') {
                to[out] = in[i];
                i++;
            } else if (in[i + 1] == 'u') {
                writeUtf8(codePoint(in, i), width, to, out);
                i += width == 4 ? 12 : 6;
            } else {
                to[out] = unescaped(in[i + 1]);
                i += 2;
            }
            out += width;
        }
        return out;
    }

    /** How many bytes of UTF-8 the inside of a valid JSON string is. */
    static int decodedLength(byte[] in, int from, int end) {
        int length = 0;
        int i = from;
        while (i < end) {
            if (in[i] != '\\') {
                length++;
                i++;
            } else if (in[i + 1] == 'u') {
                int width = utf8Width(in, i);
                length += width;
                i += width == 4 ? 12 : 6;
            } else {
                length++;
                i += 2;
            }
        }
        return length;
    }

    /** The text of a valid JSON string. */
    static String text(byte[] in, int from, int end) {
        byte[] utf8 = new byte[end - from];
        int length = decode(in, from, end, utf8, utf8.length);
        return new String(Arrays.copyOf(utf8, length), StandardCharsets.UTF_8);
    }

    private static byte unescaped(byte letter) {
        return switch (letter) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> letter;
        };
    }

    private static int unit(byte[] in, int escape) {
        int unit = 0;
        for (int i = escape + 2; i < escape + 6; i++) {
            unit = unit << 4 | Character.digit(in[i], 16);
        }
        return unit;
    }

    private static int codePoint(byte[] in, int escape) {
        int unit = unit(in, escape);
        return isSurrogate(unit) ? Character.toCodePoint((char) unit, (char) unit(in, escape + 6)) : unit;
    }

    private static boolean isSurrogate(int unit) {
        return unit >= Character.MIN_SURROGATE && unit <= Character.MAX_SURROGATE;
    }

    private static int utf8Width(byte[] in, int escape) {
        int unit = unit(in, escape);
        if (unit < 0x80) {
            return 1;
        }
        if (unit < 0x800) {
            return 2;
        }
        return isSurrogate(unit) ? 4 : 3;
    }

    private static void writeUtf8(int codePoint, int width, byte[] to, int at) {
        int rest = codePoint;
        for (int i = at + width - 1; i > at; i--) {
            to[i] = (byte) (0x80 | rest & 0x3f);
            rest >>>= 6;
        }
        to[at] = (byte) (width == 1 ? rest : 0xf00 >> width & 0xff | rest);
    }
}
