package com.busdk.cli.faults;

import com.busdk.broker.backend.log.FileLayer;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.StampedLock;

/**
 * Another layer's files on a disk that fails, waits or loses its power as it is told. What a flush that failed should
 * have kept is lost with the power even where a later flush succeeds, as on Linux, which forgets such pages. Creations,
 * renames and deletions are kept: losing those is tested at the log itself.
 *
 * <p>Any thread; what power failure takes is guarded by a lock that every write and flush holds.
 */
final class ControlledFiles implements FileLayer {
    /** What a disk writes as one. */
    private static final int SECTOR = 512;

    /** Writes between two flushes of a file; a service that has more in hand than that does not flush at all. */
    private static final int MOST_UNDO = 100_000;

    private final FileLayer files;
    private final StampedLock power = new StampedLock();
    private final AtomicInteger flushesToFail = new AtomicInteger();
    private final AtomicInteger writesToFail = new AtomicInteger();
    private final Map<ControlledFile, Boolean> open = new ConcurrentHashMap<>();
    private volatile long flushNanos;

    ControlledFiles(FileLayer files) {
        this.files = files;
    }

    /** The next flushes fail. */
    void failFlushes(int count) {
        flushesToFail.set(count);
    }

    /** The next writes fail, after a part of what they should have written. */
    void failWrites(int count) {
        writesToFail.set(count);
    }

    /** Each flush takes so much longer. */
    void delayFlushes(long millis) {
        flushNanos = millis * 1_000_000;
    }

    /**
     * Takes from the files what no flush has made durable, or parts of it, and lets nobody write any more: the caller
     * ends the process.
     */
    void losePower(Random random) throws IOException {
        long _ = power.writeLock(); // for good
        for (ControlledFile file : open.keySet()) {
            file.forget(random);
        }
    }

    private static boolean takes(AtomicInteger count) {
        return count.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
    }

    @Override
    public LogFile open(Path file, long capacity) throws IOException {
        return new ControlledFile(files.open(file, capacity));
    }

    @Override
    public LogFile openExisting(Path file) throws IOException {
        return files.openExisting(file); // only read
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

    /** What was there before a write. */
    private record Undo(long position, byte[] before) {}

    private final class ControlledFile implements LogFile {
        private final LogFile file;
        private final Deque<Undo> unflushed = new ArrayDeque<>();
        private final List<Undo> doomed = new ArrayList<>();

        ControlledFile(LogFile file) {
            this.file = file;
            open.put(this, true);
        }

        @Override
        public int write(ByteBuffer from, long position) throws IOException {
            long stamp = power.readLock();
            try {
                boolean fails = takes(writesToFail);
                ByteBuffer part = from.duplicate();
                if (fails) {
                    part.limit(from.position() + from.remaining() / 2);
                }
                remember(part.remaining(), position);
                int written = part.hasRemaining() ? file.write(part, position) : 0;
                if (fails) {
                    throw new IOException("injected: the disk does not take this");
                }
                from.position(from.position() + written);
                return written;
            } finally {
                power.unlockRead(stamp);
            }
        }

        private synchronized void remember(int length, long position) throws IOException {
            ByteBuffer before = ByteBuffer.allocate(length);
            long at = position;
            for (int read = file.read(before, at); read > 0 && before.hasRemaining(); read = file.read(before, at)) {
                at += read;
            }
            unflushed.addLast(new Undo(position, before.array())); // behind the end there were zeros
            if (unflushed.size() > MOST_UNDO) {
                unflushed.removeFirst();
            }
        }

        @Override
        public void force() throws IOException {
            long delay = flushNanos;
            if (delay > 0) {
                LockSupport.parkNanos(delay);
            }
            long stamp = power.readLock();
            try {
                if (takes(flushesToFail)) {
                    settle(false);
                    throw new IOException("injected: the flush failed");
                }
                file.force();
                settle(true);
            } finally {
                power.unlockRead(stamp);
            }
        }

        private synchronized void settle(boolean durable) {
            if (!durable) {
                doomed.addAll(unflushed);
            }
            unflushed.clear();
        }

        /** Of each sector that is not durable the old bytes come back, or do not. */
        synchronized void forget(Random random) throws IOException {
            List<Undo> all = new ArrayList<>(doomed);
            all.addAll(unflushed);
            for (Undo undo : all.reversed()) {
                for (int at = 0; at < undo.before().length; at += SECTOR) {
                    if (random.nextBoolean()) {
                        int length = Math.min(SECTOR, undo.before().length - at);
                        file.writeFully(ByteBuffer.wrap(undo.before(), at, length), undo.position() + at);
                    }
                }
            }
        }

        @Override
        public int read(ByteBuffer to, long position) throws IOException {
            return file.read(to, position);
        }

        @Override
        public void setSize(long size) throws IOException {
            long stamp = power.readLock();
            try {
                file.setSize(size);
            } finally {
                power.unlockRead(stamp);
            }
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
            open.remove(this);
            file.close();
        }
    }
}
