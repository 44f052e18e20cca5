package com.busdk.broker.backend.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Another layer's files on a disk whose flush takes longer: for measuring what group commit is worth where flushes are
 * dear. Any thread; the flushing thread is the one that waits.
 */
public final class DelayedFiles implements FileLayer {
    private final FileLayer files;
    private final long delayNanos;

    /** @param delay added to each flush of a file */
    public DelayedFiles(FileLayer files, Duration delay) {
        this.files = files;
        this.delayNanos = delay.toNanos();
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        files.createDirectories(directory);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        return files.list(directory);
    }

    @Override
    public long size(Path file) throws IOException {
        return files.size(file);
    }

    @Override
    public LogFile open(Path file, long capacity) throws IOException {
        return new DelayedFile(files.open(file, capacity), delayNanos);
    }

    @Override
    public LogFile openExisting(Path file) throws IOException {
        return new DelayedFile(files.openExisting(file), delayNanos);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        files.rename(from, to);
    }

    @Override
    public void delete(Path file) throws IOException {
        files.delete(file);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        files.forceDirectory(directory);
    }

    @Override
    public Closeable lock(Path file) throws IOException {
        return files.lock(file);
    }

    @Override
    public long usableSpace(Path directory) throws IOException {
        return files.usableSpace(directory);
    }

    private record DelayedFile(LogFile file, long delayNanos) implements LogFile {
        @Override
        public int write(ByteBuffer from, long position) throws IOException {
            return file.write(from, position);
        }

        @Override
        public int read(ByteBuffer to, long position) throws IOException {
            return file.read(to, position);
        }

        @Override
        public void force() throws IOException {
            long end = System.nanoTime() + delayNanos;
            file.force();
            for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }

        @Override
        public void setSize(long size) throws IOException {
            file.setSize(size);
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public Mapping map(long size) throws IOException {
            return file.map(size);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
