package com.busdk.broker.envelope;

import com.busdk.client.event.EventLimits;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Walks over JSON text in an array and refuses whatever RFC 8259 does not allow, without making anything of it: each
 * method takes the position to start at and returns the one behind what it read. Text must be UTF-8 as RFC 3629 has it,
 * and nesting is at most {@link EventLimits#MAX_NESTING}, counted from the outermost bracket.
 *
 * <p>Thread: one at a time; a scanner is reused for one text after the other and allocates nothing on the way.
 */
final class JsonScanner {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGHS = 0x8080808080808080L;
    private static final long QUOTES = ONES * '"';
    private static final long BACKSLASHES = ONES * '\\';
    private static final long SPACES = ONES * ' ';

    private static final byte[] TRUE = ascii("true");
    private static final byte[] FALSE = ascii("false");
    private static final byte[] NULL = ascii("null");

    private byte[] in = {};
    private int start;
    private int end;

    private int depth;
    private final boolean[] objects = new boolean[EventLimits.MAX_NESTING + 1];

    /** Set by {@link #string} where it saw a backslash; the caller resets it. */
    boolean escaped;

    /** Position of the last escape of half a character (a lone surrogate) that {@link #string} saw, or -1. */
    int loneSurrogate = -1;

    /** Set by {@link #space} where it saw a line feed or carriage return; the caller resets it. */
    boolean lineBreak;

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    void reset(byte[] bytes, int from, int to) {
        in = bytes;
        start = from;
        end = to;
        depth = 0;
        escaped = false;
        loneSurrogate = -1;
        lineBreak = false;
    }

    EnvelopeException bad(String problem, int at) {
        return new EnvelopeException(problem, at - start);
    }

    private EnvelopeException truncated() {
        return bad("the JSON ends too early: send the whole envelope", end);
    }

    /** The byte there; the text must not be over yet. */
    byte byteAt(int at) throws EnvelopeException {
        if (at >= end) {
            throw truncated();
        }
        return in[at];
    }

    /** Skips white space. */
    int space(int at) {
        return at < end && in[at] > ' ' ? at : spaces(at);
    }

    private int spaces(int at) {
        int i = at;
        while (i < end) {
            byte b = in[i];
            if (b == '\n' || b == '\r') {
                lineBreak = true;
            } else if (b != ' ' && b != '\t') {
                break;
            }
            i++;
        }
        return i;
    }

    /** Enters an object or array, for whoever reads its inside by himself. */
    void enter(boolean object, int at) throws EnvelopeException {
        if (depth == EventLimits.MAX_NESTING) {
            throw bad("the JSON is nested deeper than " + EventLimits.MAX_NESTING + " levels: send it flatter", at);
        }
        depth++;
        objects[depth] = object;
    }

    void leave() {
        depth--;
    }

    /** Expects a member's name in quotes, and returns the position of its first byte. */
    int memberName(int at) throws EnvelopeException {
        if (byteAt(at) != '"') {
            throw bad("a field name in double quotes is expected here", at);
        }
        return at + 1;
    }

    /** Behind the colon and the white space around it. */
    int colon(int at) throws EnvelopeException {
        int i = space(at);
        if (byteAt(i) != ':') {
            throw bad("a colon is expected behind a field name", i);
        }
        return space(i + 1);
    }

    /**
     * Reads one value of any kind, with all that is in it.
     *
     * @param at its first byte
     */
    int value(int at) throws EnvelopeException {
        int floor = depth;
        int i = at;
        while (true) {
            byte b = byteAt(i);
            if (b == '{' || b == '[') {
                enter(b == '{', i);
                i = space(i + 1);
                if (byteAt(i) != b + 2) { // in ASCII, a closing bracket is two behind its opening one
                    if (b == '{') {
                        i = colon(string(memberName(i)));
                    }
                    continue;
                }
                leave();
                i++;
            } else {
                i = scalar(i, b);
            }
            i = closings(i, floor);
            if (depth == floor) {
                return i;
            }
        }
    }

    /** Behind a value: leaves what ends here, down to that depth, or goes on to the next value. */
    private int closings(int at, int floor) throws EnvelopeException {
        int i = at;
        while (depth > floor) {
            i = space(i);
            byte b = byteAt(i);
            boolean object = objects[depth];
            if (b == ',') {
                i = space(i + 1);
                return object ? colon(string(memberName(i))) : i;
            }
            if (b != (object ? '}' : ']')) {
                throw bad(object ? "a comma or } is expected here" : "a comma or ] is expected here", i);
            }
            depth--;
            i++;
        }
        return i;
    }

    private int scalar(int at, byte first) throws EnvelopeException {
        return switch (first) {
            case '"' -> string(at + 1);
            case 't' -> literal(at, TRUE);
            case 'f' -> literal(at, FALSE);
            case 'n' -> literal(at, NULL);
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> number(at);
            default -> throw bad("a JSON value is expected here", at);
        };
    }

    /** Whether {@code null} starts there, unless some other word does. */
    boolean isNull(int at) throws EnvelopeException {
        return byteAt(at) == 'n';
    }

    private int literal(int at, byte[] word) throws EnvelopeException {
        for (int i = 0; i < word.length; i++) {
            if (byteAt(at + i) != word[i]) {
                throw bad("a JSON value is expected here: words are only true, false and null", at);
            }
        }
        return at + word.length;
    }

    private int number(int at) throws EnvelopeException {
        int i = at;
        if (in[i] == '-') {
            i++;
        }
        i = byteAt(i) == '0' ? i + 1 : digits(i);
        if (i < end && in[i] == '.') {
            i = digits(i + 1);
        }
        if (i < end && (in[i] == 'e' || in[i] == 'E')) {
            i++;
            byte sign = byteAt(i);
            i = digits(sign == '+' || sign == '-' ? i + 1 : i);
        }
        return i;
    }

    private int digits(int at) throws EnvelopeException {
        int i = at;
        while (i < end && in[i] >= '0' && in[i] <= '9') {
            i++;
        }
        if (i == at) {
            byteAt(at);
            throw bad("a digit is expected here", at);
        }
        return i;
    }

    /**
     * Reads the rest of a string.
     *
     * @param at behind the opening quote
     * @return behind the closing one
     */
    int string(int at) throws EnvelopeException {
        int i = at;
        while (true) {
            i = plain(i);
            byte b = byteAt(i);
            if (b == '"') {
                return i + 1;
            }
            if (b == '\\') {
                i = escape(i);
            } else if (b < 0) {
                i = wide(i);
            } else if (b < ' ') {
                throw bad("a control character inside a string: write it as an escape, such as \\n", i);
            } else {
                i++;
            }
        }
    }

    /** Skips eight bytes at a time as long as all of them are plain ASCII, and then up to the one that is not. */
    private int plain(int at) {
        int i = at;
        while (i + Long.BYTES <= end) {
            long word = (long) LONGS.get(in, i);
            long quotes = word ^ QUOTES;
            long backslashes = word ^ BACKSLASHES;
            // The lowest bit that is set marks the first byte that is a quote, a backslash, below 0x20 or above 0x7f:
            // a borrow can only spoil bytes behind a true hit.
            long hits = (((quotes - ONES) & ~quotes)
                            | ((backslashes - ONES) & ~backslashes)
                            | ((word - SPACES) & ~word)
                            | word)
                    & HIGHS;
            if (hits != 0) {
                return i + (Long.numberOfTrailingZeros(hits) >>> 3);
            }
            i += Long.BYTES;
        }
        return i;
    }

    private int escape(int at) throws EnvelopeException {
        escaped = true;
        return switch (byteAt(at + 1)) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> at + 2;
            case 'u' -> unicodeEscape(at);
            default -> throw bad("no such escape: a backslash in a string is written as two", at);
        };
    }

    private int unicodeEscape(int at) throws EnvelopeException {
        int unit = hex(at + 2);
        if (unit < Character.MIN_SURROGATE || unit > Character.MAX_SURROGATE) {
            return at + 6;
        }
        boolean pair = unit <= Character.MAX_HIGH_SURROGATE
                && at + 7 < end
                && in[at + 6] == '\\'
                && in[at + 7] == 'u'
                && Character.isLowSurrogate((char) hex(at + 8));
        if (pair) {
            return at + 12;
        }
        loneSurrogate = at;
        return at + 6;
    }

    private int hex(int at) throws EnvelopeException {
        int value = 0;
        for (int i = at; i < at + 4; i++) {
            int digit = Character.digit(byteAt(i), 16);
            if (digit < 0) {
                throw bad("four hex digits are expected behind a backslash and u", i);
            }
            value = value << 4 | digit;
        }
        return value;
    }

    /** Behind the character of two to four bytes that starts there (the table of RFC 3629, section 4). */
    private int wide(int at) throws EnvelopeException {
        int lead = in[at] & 0xff;
        if (lead >= 0xc2 && lead <= 0xdf) {
            return continued(at, 1);
        }
        if (lead >= 0xe0 && lead <= 0xef) {
            int second = byteAt(at + 1) & 0xff;
            boolean overlong = lead == 0xe0 && second < 0xa0;
            boolean surrogate = lead == 0xed && second > 0x9f;
            if (!overlong && !surrogate) {
                return continued(at, 2);
            }
        } else if (lead >= 0xf0 && lead <= 0xf4) {
            int second = byteAt(at + 1) & 0xff;
            boolean overlong = lead == 0xf0 && second < 0x90;
            boolean beyond = lead == 0xf4 && second > 0x8f;
            if (!overlong && !beyond) {
                return continued(at, 3);
            }
        }
        throw notUtf8(at);
    }

    private int continued(int at, int bytes) throws EnvelopeException {
        for (int i = at + 1; i <= at + bytes; i++) {
            if ((byteAt(i) & 0xc0) != 0x80) {
                throw notUtf8(at);
            }
        }
        return at + bytes + 1;
    }

    private EnvelopeException notUtf8(int at) {
        return bad("the text is not UTF-8: encode it so", at);
    }
}
