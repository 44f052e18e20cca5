package com.busdk.cli.events;

import com.busdk.cli.command.CliException;
import com.busdk.cli.files.PrivateFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/** The file that says which id an event has now: a line each, the old id, a tab, the new one. On the command's thread. */
final class IdMap implements AutoCloseable {
    private static final byte[] BEGINNING = "evt_".getBytes(StandardCharsets.US_ASCII);

    private final FileChannel channel;
    private final StringBuilder lines = new StringBuilder();

    private IdMap(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Opens a map.
     *
     * @param begins whether nothing was written to it yet, so that what it has is somebody else's
     * @param bytes of it belong to what was imported before; what is behind them was written and not noted
     * @throws CliException failed, when the file has fewer, or is not this import's
     */
    static IdMap open(Path file, boolean begins, long bytes) throws IOException {
        FileChannel channel = PrivateFiles.openToChange(file);
        try {
            long size = channel.size();
            if (size < bytes) {
                throw CliException.failed(
                        file + " is shorter than the map that this import has written so far: restore it");
            }
            if (size > 0 && (begins || !isMap(channel))) {
                throw CliException.failed(file + " has something else in it: give --map a new file"
                        + (begins ? "" : ", or that with which the import was begun"));
            }
            channel.truncate(bytes);
            channel.position(bytes);
            return new IdMap(channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Whether a file that is not empty begins as a map does: a crash may have cut it off in its first line. */
    private static boolean isMap(FileChannel channel) throws IOException {
        ByteBuffer first = ByteBuffer.allocate(BEGINNING.length);
        channel.read(first, 0);
        return Arrays.equals(first.array(), 0, first.position(), BEGINNING, 0, first.position());
    }

    /** Adds a line. */
    void add(String oldId, String newId) {
        lines.append(oldId).append('\t').append(newId).append('\n');
    }

    /** What was added is on disk when this returns; answers the length of the file. */
    long force() throws IOException {
        ByteBuffer bytes = StandardCharsets.US_ASCII.encode(lines.toString());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        lines.setLength(0);
        channel.force(true);
        return channel.position();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
