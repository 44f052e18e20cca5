package com.busdk.cli.events;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events of an export one by one, with constant memory, and checks that they are in order. Lives on the command's
 * thread.
 */
final class HistoryReader implements AutoCloseable {
    private static final int CHUNK_BYTES = 256 * 1024;

    /** Of an id, what is the same for all events of a log: {@code evt_} and the epoch. */
    private static final int LOG_CHARS = "evt_".length() + 12;

    private final Path file;
    private final FileChannel channel;
    private byte[] buffer = new byte[CHUNK_BYTES];
    private int from;
    private int to;

    /** Where in the file the byte at {@code from} is. */
    private long offset;

    private long lines;
    private @Nullable String lastId;

    private HistoryReader(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * An event and its place.
     *
     * @param event the event
     * @param place the place, this line included
     */
    record Line(HistoryEvent event, Place place) {}

    /**
     * How far a file was read.
     *
     * @param lines so many lines
     * @param bytes so many bytes
     * @param lastAt where the last of these lines begins
     * @param lastId the id in it
     */
    record Place(long lines, long bytes, long lastAt, String lastId) {}

    /**
     * Opens a file.
     *
     * @param behind where to go on; null to begin
     * @throws CliException failed, when the file has another line there than it had
     */
    static HistoryReader open(Path file, @Nullable Place behind) throws IOException {
        var reader = new HistoryReader(file, FileChannel.open(file, StandardOpenOption.READ));
        try {
            if (behind != null) {
                reader.goTo(behind);
            }
            return reader;
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    private void goTo(Place place) throws IOException {
        offset = place.lastAt();
        lines = place.lines() - 1;
        channel.position(offset);
        Line last;
        try {
            last = next();
        } catch (CliException e) {
            throw changed(place, e);
        }
        if (last == null || !last.place().equals(place)) {
            throw changed(place, null);
        }
    }

    private CliException changed(Place place, @Nullable Throwable cause) {
        return new CliException(
                ExitCode.FAILED,
                file + " has changed since it was imported in part: " + place.lastId() + " is not in line "
                        + place.lines() + " any more. Restore it, or delete what was noted beside it to begin anew",
                cause);
    }

    /**
     * The next event, or null behind the last whole line.
     *
     * @throws CliException failed, when a line is none of an export
     */
    @Nullable
    Line next() throws IOException {
        int end = lineEnd();
        if (end < 0) {
            return null;
        }
        long at = offset;
        HistoryEvent event;
        try {
            event = HistoryEvent.read(buffer, from, end);
        } catch (IllegalArgumentException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    "line " + (lines + 1) + " of " + file + " is not of an export: " + e.getMessage(),
                    e);
        }
        checkOrder(event.id());
        lines++;
        offset += end + 1 - from;
        from = end + 1;
        return new Line(event, new Place(lines, offset, at, event.id()));
    }

    private void checkOrder(String id) {
        String before = lastId;
        if (before != null && (!id.startsWith(before.substring(0, LOG_CHARS)) || id.compareTo(before) <= 0)) {
            throw CliException.failed("line " + (lines + 1) + " of " + file + ": " + id + " is not behind " + before
                    + ": an export has the events of one service in order");
        }
        lastId = id;
    }

    /** Where the line that begins at {@code from} ends; -1 if the file has no end of it. */
    private int lineEnd() throws IOException {
        int searched = from;
        while (true) {
            for (int i = searched; i < to; i++) {
                if (buffer[i] == '\n') {
                    return i;
                }
            }
            searched = to;
            int moved = makeRoom();
            searched -= moved;
            int read = channel.read(ByteBuffer.wrap(buffer, to, buffer.length - to));
            if (read < 0) {
                return -1;
            }
            to += read;
        }
    }

    /** Moves what is left to the front of the buffer, or makes that larger; answers by how much it was moved. */
    private int makeRoom() {
        if (to < buffer.length) {
            return 0;
        }
        int moved = from;
        if (moved > 0) {
            System.arraycopy(buffer, from, buffer, 0, to - from);
            to -= moved;
            from = 0;
        } else if (buffer.length >= HistoryFile.MAX_LINE_BYTES) {
            throw CliException.failed(
                    "line " + (lines + 1) + " of " + file + " is longer than 64 MiB: no export has such");
        } else {
            buffer = Arrays.copyOf(buffer, 2 * buffer.length);
        }
        return moved;
    }

    /** Bytes behind the last whole line, once {@link #next} has found no more. */
    int torn() {
        return to - from;
    }

    /** Bytes of the file. */
    long size() throws IOException {
        return channel.size();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
