package com.busdk.client.config;

import com.busdk.client.text.Echo;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes in bytes: a plain number, or one with {@code KiB}, {@code MiB}, {@code GiB} or {@code TiB} (powers of 1024).
 *
 * <p>Example: {@code ByteSize.parse("256MiB")} is 268,435,456.
 */
public final class ByteSize {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,19})\\s*(b|kib|mib|gib|tib)?");
    private static final String[] UNITS = {"", "KiB", "MiB", "GiB", "TiB"};

    private ByteSize() {}

    /**
     * Reads a size.
     *
     * @param text such as {@code 1048576}, {@code 1MiB} or {@code 10 GiB}; case does not matter
     * @return bytes, at least 0
     * @throws IllegalArgumentException if it is not a size; the message shows how one is written
     */
    public static long parse(String text) {
        Matcher size = SIZE.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!size.matches()) {
            throw notASize(text);
        }
        String unit = size.group(2);
        long factor = 1;
        if (unit != null && !unit.equals("b")) {
            factor = 1L << (10 * ("kmgt".indexOf(unit.charAt(0)) + 1));
        }
        try {
            return Math.multiplyExact(Long.parseLong(size.group(1)), factor);
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException(Echo.quote(text) + " is more bytes than can be counted", e);
        }
    }

    /**
     * Writes a size with the largest unit that loses nothing, so that {@link #parse} reads it back.
     *
     * @param bytes at least 0
     * @return such as {@code 256MiB} or {@code 1000}
     */
    public static String format(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size is not negative: " + bytes);
        }
        long count = bytes;
        int unit = 0;
        while (unit < UNITS.length - 1 && count != 0 && count % 1024 == 0) {
            count /= 1024;
            unit++;
        }
        return count + UNITS[unit];
    }

    private static IllegalArgumentException notASize(String text) {
        return new IllegalArgumentException(
                Echo.quote(text) + " is not a size: write bytes, or for example 64KiB, 256MiB, 10GiB");
    }
}
