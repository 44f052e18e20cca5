package com.busdk.cli.events;

import com.busdk.cli.command.CliException;
import com.busdk.cli.term.Progress;
import com.busdk.client.events.LineBatch;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Writes the lines of a history as they are, and stops before a gap. Lives on the command's thread. */
final class ExportTaker implements LineTaker {
    private final LineSink sink;
    private final GapWatch gaps;
    private final Progress progress;
    private @Nullable String firstId;
    private @Nullable String lastId;
    private long events;
    private long bytes;

    /** Where the lines go. */
    @FunctionalInterface
    interface LineSink {
        /** Takes whole lines. */
        void write(byte[] array, int offset, int length) throws IOException;
    }

    /** @param behind the event that the history goes on behind, or null for its beginning */
    ExportTaker(LineSink sink, GapWatch gaps, Progress progress, @Nullable String behind) {
        this.sink = sink;
        this.gaps = gaps;
        this.progress = progress;
        this.lastId = behind;
    }

    @Override
    public void take(LineBatch batch) throws IOException {
        checkGap();
        String last = batch.lastId();
        if (last == null) {
            throw CliException.failed("the service sends events without ids: check the URL");
        }
        if (firstId == null) {
            firstId = firstId(batch);
        }
        sink.write(batch.array(), batch.offset(), batch.length());
        lastId = last;
        events += batch.size();
        bytes += batch.length();
        progress.update(events, bytes);
    }

    private static @Nullable String firstId(LineBatch batch) {
        var first = new AtomicReference<@Nullable String>();
        batch.forEach((array, from, count) -> {
            if (first.get() == null) {
                first.set(HistoryEvent.read(array, from, from + count).id());
            }
        });
        return first.get();
    }

    /**
     * Refuses to go on where something is missing.
     *
     * @throws CliException failed, with what to do
     */
    void checkGap() {
        if (gaps.gap()) {
            throw CliException.failed("the service no longer keeps what came "
                    + (lastId == null ? "first" : "behind " + lastId)
                    + " (--retention-age, --retention-bytes and --retention-count of the service): what is"
                    + " exported is whole up to there; export what is kept now into another file, and expect a"
                    + " gap between the two");
        }
    }

    @Override
    public long end() {
        return 0;
    }

    /** How many events were written. */
    long events() {
        return events;
    }

    /** The first of them, or null if there were none. */
    @Nullable
    String firstId() {
        return firstId;
    }

    /** The last one, or where the history was to go on behind; null if there is none. */
    @Nullable
    String lastId() {
        return lastId;
    }
}
