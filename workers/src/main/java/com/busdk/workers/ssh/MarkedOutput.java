package com.busdk.workers.ssh;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Takes a stream of the remote shell apart: what it says to the runner (see {@code run.sh}), and what the script wrote,
 * of which the beginning is kept and the rest let go. What comes before {@code ready} is a login's greeting, and not
 * kept.
 *
 * <p>Written by one thread of the SSH library at a time, read by the script's own thread: guarded by its monitor, which
 * nobody holds for long. The consumer is called on the library's thread.
 */
final class MarkedOutput extends OutputStream {
    /** Most bytes between a mark's word and its line's end; what is longer is no mark. */
    private static final int MAX_MARK_BYTES = 64;

    private static final byte MARK = 0x1e;

    private final byte[] prefix;
    private final int limit;
    private final Consumer<String> marks;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream(512);
    private final ByteArrayOutputStream mark = new ByteArrayOutputStream(MAX_MARK_BYTES);
    private int matched;
    private boolean ready;
    private boolean truncated;
    private long received;

    /** Keeps as many bytes as the limit; hands over what follows the attempt's word in each mark. */
    MarkedOutput(Attempt attempt, int limit, Consumer<String> marks) {
        this.prefix = ("\u001ebus:" + attempt.word() + ':').getBytes(StandardCharsets.UTF_8);
        this.limit = limit;
        this.marks = marks;
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
        received += length;
        int end = offset + length;
        int plain = offset; // first byte that is not handed on yet
        for (int i = offset; i < end; i++) {
            byte b = bytes[i];
            if (matched == prefix.length) {
                plain = i + 1;
                readMark(b);
            } else if (matched > 0 && b == prefix[matched]) {
                matched++;
                plain = i + 1;
            } else if (b == MARK) {
                giveUpMatch();
                keep(bytes, plain, i - plain);
                matched = 1;
                plain = i + 1;
            } else if (matched > 0) {
                giveUpMatch();
                plain = i;
            }
        }
        keep(bytes, plain, end - plain);
    }

    /** Bytes that have come so far, kept or not. */
    synchronized long received() {
        return received;
    }

    /** What is kept, without half a character at a cut; to be asked when no more is written. */
    synchronized String text() {
        settle();
        byte[] bytes = kept.toByteArray();
        int length = truncated ? wholeCharacters(bytes) : bytes.length;
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** Whether there was more than is kept; to be asked when no more is written. */
    synchronized boolean truncated() {
        settle();
        return truncated;
    }

    private void readMark(byte b) {
        if (b != '\n' && mark.size() < MAX_MARK_BYTES) {
            mark.write(b);
            return;
        }
        String said = mark.toString(StandardCharsets.UTF_8);
        mark.reset();
        matched = 0;
        if (said.equals("ready")) {
            ready = true;
        } else if (said.equals("cut")) {
            truncated = true; // the machine had no room for the rest
        }
        marks.accept(said);
    }

    /** A mark's beginning at the very end was the script's. */
    private void settle() {
        if (matched < prefix.length) {
            giveUpMatch();
        }
    }

    /** What looked like a mark was the script's. */
    private void giveUpMatch() {
        keep(prefix, 0, matched);
        matched = 0;
    }

    private void keep(byte[] bytes, int offset, int length) {
        if (!ready || length == 0) {
            return;
        }
        int fits = Math.min(length, limit - kept.size());
        kept.write(bytes, offset, fits);
        truncated |= fits < length;
    }

    /** The length without the beginning of a character whose end was cut off. */
    private static int wholeCharacters(byte[] utf8) {
        int start = utf8.length - 1;
        int oldest = Math.max(0, utf8.length - 4);
        while (start >= oldest && (utf8[start] & 0xC0) == 0x80) {
            start--;
        }
        if (start < oldest) {
            return utf8.length; // no UTF-8 anyway
        }
        int lead = utf8[start] & 0xFF;
        int needs = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
        return utf8.length - start < needs ? start : utf8.length;
    }
}
