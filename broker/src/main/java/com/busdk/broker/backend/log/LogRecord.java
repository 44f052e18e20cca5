package com.busdk.broker.backend.log;

import java.nio.ByteBuffer;

/**
 * One event as it lies in the log; a view that is moved from record to record, valid only during a visit. All offsets
 * are absolute in {@link #buffer}, whose position and limit mean nothing and must not be changed. Lengths are bytes.
 */
public interface LogRecord {
    long sequence();

    long timeMicros();

    /** Bytes to read from, by absolute access only. */
    ByteBuffer buffer();

    /** Where the stored line starts. */
    int lineStart();

    /** Length of the stored line, with its line feed at the end. */
    int lineLength();

    int nameStart();

    int nameLength();

    /** {@link com.busdk.broker.envelope.NameHash} of the name. */
    int nameHash();

    /** Start of the owner's canonical JSON text; length 0 = no owner. */
    int ownerStart();

    int ownerLength();

    int correlationStart();

    int correlationLength();

    int keyStart();

    int keyLength();

    /** Whether those bytes of the record are {@code expected}. */
    static boolean matches(ByteBuffer buffer, int start, int length, byte[] expected) {
        if (length != expected.length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (buffer.get(start + i) != expected[i]) {
                return false;
            }
        }
        return true;
    }
}
