package com.busdk.broker.backend;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An event's id: {@code evt_}, 12 hex digits of the log's epoch, 14 of the sequence; 30 characters, lower case. Ids of
 * one log sort in publish order as plain text, and an id of another log is recognised by its epoch.
 *
 * @param epoch 48 bits, made when the log was created
 * @param sequence position in that log, 0 to 2^56 - 1
 */
public record EventId(long epoch, long sequence) {
    /** Characters of an id. */
    public static final int LENGTH = 30;

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    public EventId {
        if (epoch >>> 48 != 0 || sequence >>> 56 != 0) {
            throw new IllegalArgumentException("not an epoch of 48 bits and a sequence of 56");
        }
    }

    /** The id in {@code text}, or null where that is not the shape of one. */
    public static @Nullable EventId parse(String text) {
        if (text.length() != LENGTH || !text.startsWith("evt_")) {
            return null;
        }
        for (int i = 4; i < LENGTH; i++) {
            char c = text.charAt(i);
            if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
                return null;
            }
        }
        return new EventId(Long.parseLong(text, 4, 16, 16), Long.parseLong(text, 16, LENGTH, 16));
    }

    /** Writes the 30 characters of an id into {@code to}. */
    public static void write(long epoch, long sequence, byte[] to, int at) {
        to[at] = 'e';
        to[at + 1] = 'v';
        to[at + 2] = 't';
        to[at + 3] = '_';
        hex(epoch, 12, to, at + 4);
        hex(sequence, 14, to, at + 16);
    }

    /** Writes the last {@code digits} hex digits of a number, lower case. */
    public static void hex(long value, int digits, byte[] to, int at) {
        long rest = value;
        for (int i = at + digits - 1; i >= at; i--) {
            to[i] = HEX[(int) (rest & 15)];
            rest >>>= 4;
        }
    }

    @Override
    public String toString() {
        byte[] text = new byte[LENGTH];
        write(epoch, sequence, text, 0);
        return new String(text, StandardCharsets.US_ASCII);
    }
}
