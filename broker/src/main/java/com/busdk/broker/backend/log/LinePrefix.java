package com.busdk.broker.backend.log;

import com.busdk.broker.backend.EventId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Writes the start of a stored line:
 *
 * <pre>{"id":"evt_…","sequence":N,"createdAt":"2026-11-22T01:46:52.123456Z",</pre>
 *
 * <p>Sequences mostly grow by one, and time by less than a second: so the bytes of the line before are kept and counted
 * up in place, instead of being made anew for each event. Thread: the writer's.
 */
final class LinePrefix {
    private static final byte[] START = ascii("{\"id\":\"");
    private static final byte[] SEQUENCE = ascii("\",\"sequence\":");
    private static final byte[] CREATED = ascii(",\"createdAt\":\"");
    private static final byte[] END = ascii("Z\",");
    private static final int AT_SEQUENCE = START.length + EventId.LENGTH + SEQUENCE.length;

    /** Digits of the largest sequence, 2^56 - 1. */
    private static final int MAX_DIGITS = 17;

    private static final int TIME_LENGTH = "2026-11-22T01:46:52.123456".length();
    private static final int MICROS_DIGITS = 6;
    private static final long MICROS = 1_000_000;

    /** The first moment whose year has five digits, which RFC 3339 cannot say. */
    private static final long MAX_MICROS = 253_402_300_800L * MICROS;

    private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.");

    private final long epoch;
    private final byte[] bytes = new byte[AT_SEQUENCE + MAX_DIGITS + CREATED.length + TIME_LENGTH + END.length];
    private int length;
    private int timeAt;
    private long sequence = -1;
    private long micros = -1;
    private long second = -1;
    private byte[] secondText = new byte[0];

    LinePrefix(long epoch) {
        this.epoch = epoch;
        System.arraycopy(START, 0, bytes, 0, START.length);
        System.arraycopy(SEQUENCE, 0, bytes, START.length + EventId.LENGTH, SEQUENCE.length);
    }

    /** Makes {@link #bytes} the prefix of that event, and answers its length. */
    int prepare(long newSequence, long timeMicros) {
        if (timeMicros < 0 || timeMicros >= MAX_MICROS) {
            throw new IllegalArgumentException("a creation time between the years 1970 and 9999, not " + timeMicros);
        }
        if (newSequence == sequence + 1 && increment(timeAt - CREATED.length - 1)) {
            incrementHex();
            sequence = newSequence;
        } else if (newSequence != sequence) {
            writeSequence(newSequence);
        }
        if (timeMicros != micros) {
            writeTime(timeMicros);
        }
        return length;
    }

    /** Valid up to what {@link #prepare} answered, until it is called again. */
    byte[] bytes() {
        return bytes;
    }

    /** Counts the decimal number up that ends at {@code last}; false, and nothing done, when it has nines only. */
    private boolean increment(int last) {
        int at = last;
        while (bytes[at] == '9') {
            at--;
        }
        if (at < AT_SEQUENCE) {
            return false;
        }
        bytes[at]++;
        for (int i = at + 1; i <= last; i++) {
            bytes[i] = '0';
        }
        return true;
    }

    private void incrementHex() {
        int at = START.length + EventId.LENGTH - 1;
        while (bytes[at] == 'f') {
            bytes[at] = '0';
            at--;
        }
        bytes[at] = bytes[at] == '9' ? (byte) 'a' : (byte) (bytes[at] + 1);
    }

    private void writeSequence(long newSequence) {
        EventId.write(epoch, newSequence, bytes, START.length);
        byte[] digits = ascii(Long.toString(newSequence));
        System.arraycopy(digits, 0, bytes, AT_SEQUENCE, digits.length);
        System.arraycopy(CREATED, 0, bytes, AT_SEQUENCE + digits.length, CREATED.length);
        timeAt = AT_SEQUENCE + digits.length + CREATED.length;
        System.arraycopy(END, 0, bytes, timeAt + TIME_LENGTH, END.length);
        length = timeAt + TIME_LENGTH + END.length;
        sequence = newSequence;
        second = -1;
        micros = -1;
    }

    private void writeTime(long timeMicros) {
        long newSecond = timeMicros / MICROS;
        if (newSecond != second) {
            secondText = ascii(SECONDS.format(Instant.ofEpochSecond(newSecond).atOffset(ZoneOffset.UTC)));
            System.arraycopy(secondText, 0, bytes, timeAt, secondText.length);
            second = newSecond;
        }
        int rest = (int) (timeMicros - newSecond * MICROS);
        int at = timeAt + secondText.length;
        for (int i = at + MICROS_DIGITS - 1; i >= at; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        micros = timeMicros;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
