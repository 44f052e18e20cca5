package com.busdk.workers.ssh;

import com.busdk.client.event.EventLimits;

/**
 * Cuts a result so that its event is no larger than an event may be: what is cut is marked as truncated, and a caller
 * gets the beginning instead of an error. Stateless.
 */
final class EventRoom {
    /**
     * For all that is not output: the envelope's names, ids and metadata (whose limits add up to less than 8 KiB), and what
     * a worker that passes the result on adds to it.
     */
    static final int RESERVED_BYTES = 16 * 1024;

    /** Smallest event that is taken as a limit: then 16 KiB are left for output. */
    static final int MIN_EVENT_BYTES = 2 * RESERVED_BYTES;

    /** Bytes of a control character in JSON, which is written as its number. */
    private static final int NUMBERED_BYTES = 6;

    private EventRoom() {}

    /** The result, with as much of its output as fits; standard error gets a quarter of the room if it needs it. */
    static ScriptResult fit(ScriptResult result, int maxEventBytes) {
        long room = (long) maxEventBytes - RESERVED_BYTES;
        long out = jsonBytes(result.stdout());
        long err = jsonBytes(result.stderr());
        if (out + err <= room) {
            return result;
        }
        long forErr = Math.min(err, Math.max(room / 4, room - out));
        String stdout = cut(result.stdout(), room - forErr);
        String stderr = cut(result.stderr(), forErr);
        return new ScriptResult(
                result.target(),
                result.exitCode(),
                result.signal(),
                stdout,
                stderr,
                result.stdoutTruncated() != null
                        || stdout.length() < result.stdout().length(),
                result.stderrTruncated() != null
                        || stderr.length() < result.stderr().length(),
                result.durationMs());
    }

    /** How many bytes a text takes inside a JSON string. */
    static long jsonBytes(String text) {
        long bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            bytes += jsonBytes(text.charAt(i));
        }
        return bytes;
    }

    private static String cut(String text, long room) {
        long bytes = 0;
        int end = 0;
        while (end < text.length()) {
            bytes += jsonBytes(text.charAt(end));
            if (bytes > room) {
                break;
            }
            end++;
        }
        if (end < text.length() && end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    private static int jsonBytes(char c) {
        if (c < ' ') {
            return c == '\n' || c == '\t' || c == '\r' || c == '\b' || c == '\f' ? 2 : NUMBERED_BYTES;
        }
        if (c < 0x80) {
            return c == '"' || c == '\\' ? 2 : 1;
        }
        if (Character.isSurrogate(c)) {
            return 2; // a pair takes four
        }
        return c < 0x800 ? 2 : 3;
    }

    /** The default of the hub. */
    static int defaultEventBytes() {
        return EventLimits.DEFAULT_MAX_EVENT_BYTES;
    }
}
