package com.busdk.broker.envelope;

/**
 * Bytes that are not an envelope. The message is for the one who sent them: it says what is wrong, at which byte, and
 * what to do. It has no stack trace, since strangers can cause it at will.
 */
public final class EnvelopeException extends Exception {
    private final int offset;

    EnvelopeException(String problem, int offset) {
        super(problem + " (at byte " + offset + ")", null, false, false);
        this.offset = offset;
    }

    /** Where the trouble is: bytes from the start of the envelope, 0 for its first byte. */
    public int offset() {
        return offset;
    }
}
