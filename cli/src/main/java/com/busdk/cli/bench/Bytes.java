package com.busdk.cli.bench;

/** Finds things in bytes. Stateless. */
public final class Bytes {
    private Bytes() {}

    /** Where {@code what} begins within the range, or -1. */
    public static int indexOf(byte[] bytes, int from, int to, byte[] what) {
        byte first = what[0];
        int last = to - what.length;
        for (int i = from; i <= last; i++) {
            if (bytes[i] == first && matches(bytes, i, what)) {
                return i;
            }
        }
        return -1;
    }

    /** Where the last {@code what} within the range begins, or -1. */
    public static int lastIndexOf(byte[] bytes, int from, int to, byte[] what) {
        byte first = what[0];
        for (int i = to - what.length; i >= from; i--) {
            if (bytes[i] == first && matches(bytes, i, what)) {
                return i;
            }
        }
        return -1;
    }

    /** The index of that byte within the range, or {@code to}. */
    public static int indexOf(byte[] bytes, int from, int to, char what) {
        int i = from;
        while (i < to && bytes[i] != what) {
            i++;
        }
        return i;
    }

    /** The number whose digits begin there; 0 where there are none. */
    public static long digits(byte[] bytes, int from, int to) {
        long number = 0;
        for (int i = from; i < to && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
            number = number * 10 + (bytes[i] - '0');
        }
        return number;
    }

    private static boolean matches(byte[] bytes, int at, byte[] what) {
        for (int i = 1; i < what.length; i++) {
            if (bytes[at + i] != what[i]) {
                return false;
            }
        }
        return true;
    }
}
