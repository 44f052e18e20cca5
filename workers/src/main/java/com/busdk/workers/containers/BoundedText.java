package com.busdk.workers.containers;

import java.nio.charset.StandardCharsets;

/**
 * Text that was cut to a number of bytes.
 *
 * @param text bytes that are no UTF-8 are replaced by U+FFFD
 * @param truncated whether there was more
 */
public record BoundedText(String text, boolean truncated) {
    /** A character of UTF-8 has at most so many bytes. */
    private static final int MAX_CHARACTER_BYTES = 4;

    private static final int CONTINUATION_MASK = 0xC0;
    private static final int CONTINUATION = 0x80;

    /**
     * Cuts a text.
     *
     * @param text any text
     * @param maxBytes most bytes of its UTF-8 form
     * @return its beginning
     */
    static BoundedText of(String text, int maxBytes) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return of(bytes, Math.min(bytes.length, maxBytes), bytes.length > maxBytes);
    }

    /**
     * Text of bytes.
     *
     * @param bytes in UTF-8, or anything
     * @param length how many of them count
     * @param truncated whether there was more; then a character that was cut in two at the end is left out
     * @return the text
     */
    public static BoundedText of(byte[] bytes, int length, boolean truncated) {
        int end = truncated ? wholeCharacters(bytes, length) : length;
        return new BoundedText(new String(bytes, 0, end, StandardCharsets.UTF_8), truncated);
    }

    private static int wholeCharacters(byte[] bytes, int length) {
        int start = length - 1;
        while (start > 0
                && length - start < MAX_CHARACTER_BYTES
                && (bytes[start] & CONTINUATION_MASK) == CONTINUATION) {
            start--;
        }
        if (start < 0) {
            return length;
        }
        int lead = bytes[start] & 0xFF;
        int needs = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
        return needs > length - start ? start : length;
    }
}
