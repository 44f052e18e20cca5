package com.busdk.client.event;

import java.nio.charset.StandardCharsets;

/** Limits of the envelope, from the Events API contract. Bytes are those of the UTF-8 form. */
public final class EventLimits {
    /** Longest event name. */
    public static final int MAX_NAME_BYTES = 255;

    /** Longest correlation id, key and idempotency key. */
    public static final int MAX_ID_BYTES = 255;

    /** Most entries in the metadata. */
    public static final int MAX_METADATA_ENTRIES = 32;

    /** Most bytes of all metadata keys and values together. */
    public static final int MAX_METADATA_BYTES = 4096;

    /** Default for the largest event as it is published: an envelope on one line. */
    public static final int DEFAULT_MAX_EVENT_BYTES = 1024 * 1024;

    /**
     * Most that the hub adds to a published event (id, times, owner, delivery, escapes): so much longer than the largest
     * event may a line of a stream be.
     */
    public static final int MAX_STREAM_OVERHEAD_BYTES = 16 * 1024;

    /** Deepest JSON nesting in an envelope. */
    public static final int MAX_NESTING = 500;

    private EventLimits() {}

    /**
     * How many bytes a text has in UTF-8.
     *
     * @param text any text
     * @return its length in bytes
     */
    public static int utf8Length(String text) {
        int length = text.length();
        for (int i = 0; i < length; i++) {
            if (text.charAt(i) >= 0x80) {
                return text.getBytes(StandardCharsets.UTF_8).length;
            }
        }
        return length;
    }
}
