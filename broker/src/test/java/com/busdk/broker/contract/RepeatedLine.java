package com.busdk.broker.contract;

import java.io.InputStream;

/** A body of one line again and again, made while it is read, so that it costs no memory however long it is. */
final class RepeatedLine extends InputStream {
    /** How many bytes are read between two calls of {@code now and then}. */
    private static final long BETWEEN_SAMPLES = 20_000_000;

    private final byte[] line;
    private final long total;
    private final Runnable nowAndThen;
    private long position;
    private long nextSample = BETWEEN_SAMPLES;

    /** @param nowAndThen called by the reading thread about every 20 MB */
    RepeatedLine(byte[] line, long times, Runnable nowAndThen) {
        this.line = line;
        this.total = line.length * times;
        this.nowAndThen = nowAndThen;
    }

    @Override
    public int read() {
        return position == total ? -1 : line[(int) (position++ % line.length)] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) {
        if (position == total) {
            return -1;
        }
        if (position >= nextSample) {
            nowAndThen.run();
            nextSample += BETWEEN_SAMPLES;
        }
        int done = 0;
        while (done < length && position < total) {
            int at = (int) (position % line.length);
            int part = Math.min(length - done, line.length - at);
            System.arraycopy(line, at, to, offset + done, part);
            done += part;
            position += part;
        }
        return done;
    }
}
