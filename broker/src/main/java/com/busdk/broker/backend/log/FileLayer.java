package com.busdk.broker.backend.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * What the log asks of a file system, and nothing more: {@link DiskFiles} has real files, {@link MemoryFiles} has none,
 * tests put one in between that fails, loses or waits.
 *
 * <p>Any thread; each {@link LogFile} is written by one thread at a time.
 */
public interface FileLayer {
    /** Makes the directory and those above it, where they are missing. */
    void createDirectories(Path directory) throws IOException;

    /** The names of what is in the directory. */
    List<String> list(Path directory) throws IOException;

    /** Bytes of a file. */
    long size(Path file) throws IOException;

    /**
     * Opens a file for reading and writing, and creates it where it is missing.
     *
     * @param capacity what it may grow to at most, a hint for layers that must reserve it
     */
    LogFile open(Path file, long capacity) throws IOException;

    /** Opens a file that exists, for reading only. */
    LogFile openExisting(Path file) throws IOException;

    /** Puts {@code from} in the place of {@code to} in one step. */
    void rename(Path from, Path to) throws IOException;

    void delete(Path file) throws IOException;

    /** Makes creations, renames and deletions in the directory durable. */
    void forceDirectory(Path directory) throws IOException;

    /**
     * Takes the lock of a directory, until what is returned is closed or the process ends.
     *
     * @throws IOException somebody else has it; the message says who, where that is known
     */
    Closeable lock(Path file) throws IOException;

    /** Bytes that can still be written there, as far as is known. */
    long usableSpace(Path directory) throws IOException;

    /** Whether reading never waits for a disk. */
    default boolean inMemory() {
        return false;
    }

    /** An open file. */
    interface LogFile extends Closeable {
        /** Writes some of what remains in {@code from}, at least one byte, and answers how much. */
        int write(ByteBuffer from, long position) throws IOException;

        /** Reads into what remains in {@code to}; answers how much, -1 at the end. */
        int read(ByteBuffer to, long position) throws IOException;

        /** Returns when the file's data, and what is needed to find it, are on disk. */
        void force() throws IOException;

        /** Cuts the file, or extends it with zeros that take no room. */
        void setSize(long size) throws IOException;

        long size() throws IOException;

        /**
         * Maps the first {@code size} bytes for reading. More than the file has is allowed, for a file that will grow:
         * reading behind the file's end is the caller's error then, and may stop the process. May leave the file
         * extended to that size.
         */
        Mapping map(long size) throws IOException;

        /** Writes all of what remains in {@code from}. */
        default void writeFully(ByteBuffer from, long position) throws IOException {
            long at = position;
            while (from.hasRemaining()) {
                int written = write(from, at);
                if (written <= 0) {
                    throw new IOException("the file takes no more bytes");
                }
                at += written;
            }
        }
    }

    /** Bytes of a file as memory. Outlives the file's closing and deletion. */
    interface Mapping {
        /** A little-endian view, for absolute reads by any thread. */
        ByteBuffer bytes();

        /** Gives the memory back; reads afterwards fail with {@link IllegalStateException}. */
        void close();
    }
}
