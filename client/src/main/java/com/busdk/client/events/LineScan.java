package com.busdk.client.events;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Finds some values in an envelope's line without a JSON parser: id, name, sequence, and the token of the delivery. It
 * trusts that the line is JSON as the hub writes it (these texts without escapes) and looks at the structure only as far as strings,
 * escapes and depth go, so a payload cannot pretend to be one of them. Stateless.
 */
final class LineScan {
    private static final byte[] ID = "id".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NAME = "name".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SEQUENCE = "sequence".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DELIVERY = "delivery".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TOKEN = "token".getBytes(StandardCharsets.US_ASCII);

    private LineScan() {}

    /** The value of the field {@code id}, or null. */
    static @Nullable String id(byte[] line, int from, int to) {
        int value = field(line, from, to, ID);
        return value < 0 ? null : text(line, value, to);
    }

    /** The value of the field {@code name}, or null. */
    static @Nullable String name(byte[] line, int from, int to) {
        int value = field(line, from, to, NAME);
        return value < 0 ? null : text(line, value, to);
    }

    /** The value of the field {@code sequence}, or -1. */
    static long sequence(byte[] line, int from, int to) {
        int at = field(line, from, to, SEQUENCE);
        if (at < 0 || !isDigit(line[at])) {
            return -1;
        }
        long value = 0;
        for (; at < to && isDigit(line[at]); at++) {
            value = value * 10 + (line[at] - '0'); // the hub's own number: it fits
        }
        return value;
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    /** The value of the field {@code token} in the object {@code delivery}, or null. */
    static @Nullable String token(byte[] line, int from, int to) {
        int tail = DeliveryTail.token(line, from, to);
        if (tail >= 0) {
            return text(line, tail, to);
        }
        int delivery = field(line, from, to, DELIVERY);
        if (delivery < 0 || line[delivery] != '{') {
            return null;
        }
        int value = field(line, delivery, to, TOKEN);
        return value < 0 ? null : text(line, value, to);
    }

    /** Where the value of a field of the object at {@code from} begins, or -1. */
    private static int field(byte[] json, int from, int to, byte[] name) {
        int depth = 0;
        int at = from;
        while (at < to) {
            switch (json[at]) {
                case '"' -> {
                    int end = stringEnd(json, at + 1, to);
                    int next = skipSpace(json, end + 1, to);
                    boolean isName = depth == 1 && next < to && json[next] == ':';
                    if (isName && end - at - 1 == name.length && matches(json, at + 1, name)) {
                        int value = skipSpace(json, next + 1, to);
                        return value < to ? value : -1;
                    }
                    at = end;
                }
                case '{', '[' -> depth++;
                case '}', ']' -> {
                    depth--;
                    if (depth == 0) {
                        return -1;
                    }
                }
                default -> {
                    // between the strings there is nothing of interest
                }
            }
            at++;
        }
        return -1;
    }

    private static @Nullable String text(byte[] json, int from, int to) {
        if (json[from] != '"') {
            return null;
        }
        int end = stringEnd(json, from + 1, to);
        return end < to ? new String(json, from + 1, end - from - 1, StandardCharsets.US_ASCII) : null;
    }

    /** Where the closing quote is of a string whose text begins at {@code from}. */
    private static int stringEnd(byte[] json, int from, int to) {
        int at = from;
        while (at < to && json[at] != '"') {
            at += json[at] == '\\' ? 2 : 1;
        }
        return at;
    }

    private static int skipSpace(byte[] json, int from, int to) {
        int at = from;
        while (at < to && (json[at] == ' ' || json[at] == '\t')) {
            at++;
        }
        return at;
    }

    private static boolean matches(byte[] json, int from, byte[] name) {
        for (int i = 0; i < name.length; i++) {
            if (json[from + i] != name[i]) {
                return false;
            }
        }
        return true;
    }
}
