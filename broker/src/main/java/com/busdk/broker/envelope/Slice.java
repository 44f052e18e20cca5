package com.busdk.broker.envelope;

/** A value of an envelope that is passed on as it is. Reused from envelope to envelope. Thread: that of its reader. */
final class Slice {
    private int from;
    private int to = -1;
    private boolean lineBreaks;

    void clear() {
        to = -1;
    }

    /** @param lineBreaks whether there are line breaks between its tokens, which become spaces */
    void set(int from, int to, boolean lineBreaks) {
        this.from = from;
        this.to = to;
        this.lineBreaks = lineBreaks;
    }

    boolean given() {
        return to >= 0;
    }

    int length() {
        return to - from;
    }

    /** Copies it; returns the position behind it. */
    int copy(byte[] in, byte[] out, int at) {
        int length = to - from;
        System.arraycopy(in, from, out, at, length);
        if (lineBreaks) {
            // A string cannot hold them as they are, so each one is between tokens.
            for (int i = at; i < at + length; i++) {
                if (out[i] == '\n' || out[i] == '\r') {
                    out[i] = ' ';
                }
            }
        }
        return at + length;
    }
}
