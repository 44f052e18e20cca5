package com.busdk.cli.events;

import com.busdk.cli.command.CliException;
import com.busdk.cli.files.PrivateFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file that an export goes into: whole lines, each an envelope with its id, the last of which says where to go on. A line
 * that was cut off by a crash is taken away when the file is opened; whatever else is at its end, the file is somebody
 * else's and stays as it is. One process writes to it. Lives on the command's thread.
 */
final class HistoryFile implements AutoCloseable {
    /** How the line of every event begins. */
    private static final byte[] BEGINNING = "{\"id\":\"evt_".getBytes(StandardCharsets.US_ASCII);

    /** A line is looked for in pieces of this size. */
    private static final int CHUNK_BYTES = 64 * 1024;

    /** A longer line is no event: services refuse much shorter ones. */
    static final int MAX_LINE_BYTES = 64 * 1024 * 1024;

    private final FileChannel channel;
    private final @Nullable String lastId;
    private final long cut;

    private HistoryFile(FileChannel channel, @Nullable String lastId, long cut) {
        this.channel = channel;
        this.lastId = lastId;
        this.cut = cut;
    }

    /**
     * Opens a file, which need not be there.
     *
     * @throws CliException failed, when it is no export or another export writes to it
     */
    static HistoryFile open(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw CliException.failed(file + " is no file: for standard output give --file -");
        }
        FileChannel channel = PrivateFiles.openToChange(file);
        try {
            lock(channel, "another export writes to " + file);
            long size = channel.size();
            long end = behindLineBreak(channel, size);
            String lastId = end == 0 ? null : lastId(channel, end, file);
            if (end < size) {
                checkTorn(channel, end, size, file);
                channel.truncate(end);
            }
            channel.position(end);
            return new HistoryFile(channel, lastId, size - end);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Locks a file for as long as the channel is open.
     *
     * @throws CliException failed, with that text, when somebody else has locked it
     */
    static void lock(FileChannel channel, String refusal) throws IOException {
        boolean locked;
        try {
            locked = channel.tryLock() != null;
        } catch (OverlappingFileLockException _) {
            locked = false;
        }
        if (!locked) {
            throw CliException.failed(refusal);
        }
    }

    /** Where the last line of those that end before {@code upTo} ends: behind its line break. 0 if there is none. */
    private static long behindLineBreak(FileChannel channel, long upTo) throws IOException {
        long to = upTo;
        while (to > 0) {
            long from = Math.max(0, to - CHUNK_BYTES);
            byte[] bytes = read(channel, from, (int) (to - from));
            for (int i = bytes.length - 1; i >= 0; i--) {
                if (bytes[i] == '\n') {
                    return from + i + 1;
                }
            }
            to = from;
        }
        return 0;
    }

    private static String lastId(FileChannel channel, long end, Path file) throws IOException {
        long start = behindLineBreak(channel, end - 1);
        long length = end - 1 - start;
        if (length > MAX_LINE_BYTES) {
            throw foreign(file, "its last line is longer than 64 MiB");
        }
        byte[] line = read(channel, start, (int) length);
        try {
            return HistoryEvent.read(line, 0, line.length).id();
        } catch (IllegalArgumentException e) {
            throw foreign(file, "its last line is no event: " + e.getMessage());
        }
    }

    /** Whether what follows the last line break can be the beginning of an event. */
    private static void checkTorn(FileChannel channel, long end, long size, Path file) throws IOException {
        byte[] torn = read(channel, end, (int) Math.min(BEGINNING.length, size - end));
        for (int i = 0; i < torn.length; i++) {
            // After a power failure a file may have its length before it has its bytes.
            if (torn[i] != BEGINNING[i] && torn[i] != 0) {
                throw foreign(file, "what is behind its last line is no event");
            }
        }
    }

    private static CliException foreign(Path file, String why) {
        return CliException.failed(file + " is no export, and is left as it is: " + why);
    }

    private static byte[] read(FileChannel channel, long from, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, from + buffer.position()) < 0) {
                throw new IOException("the file became shorter while it was read");
            }
        }
        return buffer.array();
    }

    /** The id in its last line when it was opened; null if it had none. */
    @Nullable
    String lastId() {
        return lastId;
    }

    /** How many bytes of a line that was cut off were taken away. */
    long cut() {
        return cut;
    }

    /** Adds whole lines. */
    void write(byte[] array, int offset, int length) throws IOException {
        ByteBuffer lines = ByteBuffer.wrap(array, offset, length);
        while (lines.hasRemaining()) {
            channel.write(lines);
        }
    }

    /** Everything that was written is on disk when this returns. */
    void force() throws IOException {
        channel.force(true);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
