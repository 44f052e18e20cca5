package com.busdk.cli.bench;

import com.busdk.cli.command.CliException;
import com.busdk.client.event.EventName;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The events of a load, all of one size: envelopes on a line each, with a number in the payload that a load may set.
 * Immutable.
 */
public final class EventLines {
    /** Digits of the number: ten years at the fastest rate that anyone dreams of would not use them up. */
    static final int NUMBER_DIGITS = 12;

    /** Stands before the number, on the way to the service and in what it delivers. */
    static final byte[] NUMBER_MARK = Requests.ascii("\"payload\":{\"n\":\"");

    private final List<String> names;
    private final byte[][] lines;
    private final int[] numberAt;

    /**
     * Events.
     *
     * @param names what they are called, in turn
     * @param size bytes of each, without the end of its line
     * @throws CliException usage, when a name or the size cannot be
     */
    public EventLines(List<String> names, int size) {
        this.names = List.copyOf(names);
        this.lines = new byte[names.size()][];
        this.numberAt = new int[names.size()];
        for (int i = 0; i < lines.length; i++) {
            String name = names.get(i);
            try {
                EventName.check(name);
            } catch (IllegalArgumentException e) {
                throw CliException.usage(String.valueOf(e.getMessage()));
            }
            String start = "{\"name\":\"" + name + "\"," + new String(NUMBER_MARK, StandardCharsets.US_ASCII);
            String middle = "\",\"fill\":\"";
            String end = "\"}}\n";
            int fill = size + 1 - start.length() - NUMBER_DIGITS - middle.length() - end.length();
            if (fill < 0) {
                throw CliException.usage(
                        "an event of that name has at least " + (size - fill) + " bytes: give a larger --size");
            }
            lines[i] = Requests.ascii(start + "0".repeat(NUMBER_DIGITS) + middle + "x".repeat(fill) + end);
            numberAt[i] = start.length();
        }
    }

    /** Names {@code base.n0} and so on; just {@code base} for one. */
    public static List<String> names(String base, int count) {
        return count == 1
                ? List.of(base)
                : IntStream.range(0, count).mapToObj(i -> base + ".n" + i).toList();
    }

    /** What the events are called, in turn. */
    public List<String> names() {
        return names;
    }

    /** How many different lines there are. */
    public int variety() {
        return lines.length;
    }

    /** Bytes of a line, with its end. */
    public int lineBytes() {
        return lines[0].length;
    }

    /** Line {@code i}, with its end; not to be changed. */
    public byte[] line(int i) {
        return lines[i];
    }

    /** Copies line {@code i} to {@code offset} and gives it that number. */
    public void write(int i, long number, byte[] to, int offset) {
        byte[] line = lines[i];
        System.arraycopy(line, 0, to, offset, line.length);
        int at = offset + numberAt[i] + NUMBER_DIGITS;
        for (long left = number; left > 0; left /= 10) {
            to[--at] = (byte) ('0' + left % 10);
        }
    }

    /** The number in a delivered line, or -1 if it has none. */
    public static long number(byte[] bytes, int from, int to) {
        int at = Bytes.indexOf(bytes, from, to, NUMBER_MARK);
        return at < 0 ? -1 : Bytes.digits(bytes, at + NUMBER_MARK.length, to);
    }
}
