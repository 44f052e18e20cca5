package com.busdk.cli.faults;

import com.busdk.broker.backend.log.FileLayer;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;

/**
 * Another layer's files on a disk that fails, waits or loses its power as it is told. What a flush that failed should
 * have kept is lost with the power even where a later flush succeeds, as on Linux, which marks such pages as unchanged:
 * only what is written anew to a page brings it to the disk. Creations, renames, deletions and sizes are kept: losing
 * those is tested at the log itself.
 *
 * <p>Any thread; what power failure takes is guarded by a lock that every write and flush holds.
 */
final class ControlledFiles implements FileLayer {
    /** What a disk writes as one. */
    private static final int SECTOR = 512;

    /** What a system keeps in memory, marks as changed and writes as one. */
    private static final int PAGE = 4096;

    private final FileLayer files;
    private final StampedLock power = new StampedLock();
    private final AtomicInteger flushesToFail = new AtomicInteger();
    private final AtomicInteger sideFlushesToFail = new AtomicInteger();
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

    /** The next flushes fail that are made by another thread than the one that writes events. */
    void failSideFlushes(int count) {
        sideFlushesToFail.set(count);
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
            file.lose(random);
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

    private final class ControlledFile implements LogFile {
        private final LogFile file;

        /** Pages that were changed since they were flushed, by number, each as it is on the disk. */
        private final Map<Long, byte[]> changed = new HashMap<>();

        /** Pages that a failed flush has marked as unchanged, each as it is on the disk. */
        private final Map<Long, byte[]> forgotten = new HashMap<>();

        /** Pages of flushes that are not over yet. */
        private final Set<Map<Long, byte[]>> underWay = Collections.newSetFromMap(new IdentityHashMap<>());

        /** Who wrote last what is not only room for more. */
        private volatile @Nullable Thread writer;

        ControlledFile(LogFile file) {
            this.file = file;
            open.put(this, true);
        }

        @Override
        public int write(ByteBuffer from, long position) throws IOException {
            long stamp = power.readLock();
            try {
                if (from.hasRemaining() && from.get(from.position()) != 0) {
                    writer = Thread.currentThread();
                }
                boolean fails = takes(writesToFail);
                ByteBuffer part = from.duplicate();
                if (fails) {
                    part.limit(from.position() + from.remaining() / 2);
                }
                int written = rememberAndWrite(part, position);
                if (fails) {
                    throw new IOException("injected: the disk does not take this");
                }
                from.position(from.position() + written);
                return written;
            } finally {
                power.unlockRead(stamp);
            }
        }

        private synchronized int rememberAndWrite(ByteBuffer part, long position) throws IOException {
            for (long page = position / PAGE; page * PAGE < position + part.remaining(); page++) {
                if (!changed.containsKey(page)) {
                    byte[] before = forgotten.remove(page);
                    changed.put(page, before == null ? readPage(page) : before);
                }
            }
            return part.hasRemaining() ? file.write(part, position) : 0;
        }

        private byte[] readPage(long page) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(PAGE); // behind the end there are zeros
            for (int read = 0; read >= 0 && bytes.hasRemaining(); ) {
                read = file.read(bytes, page * PAGE + bytes.position());
            }
            return bytes.array();
        }

        @Override
        public void force() throws IOException {
            long delay = flushNanos;
            long stamp = power.readLock();
            try {
                Map<Long, byte[]> flushed = takeChanged();
                if (delay > 0) {
                    LockSupport.parkNanos(delay);
                }
                Thread writes = writer;
                boolean side = writes != null && !writes.equals(Thread.currentThread());
                if (takes(flushesToFail) || side && takes(sideFlushesToFail)) {
                    forgetUnderWay();
                    throw new IOException("injected: the flush failed");
                }
                file.force();
                finish(flushed);
            } finally {
                power.unlockRead(stamp);
            }
        }

        /** What a flush that begins now brings to the disk. */
        private synchronized Map<Long, byte[]> takeChanged() {
            Map<Long, byte[]> taken = new HashMap<>(changed);
            changed.clear();
            underWay.add(taken);
            return taken;
        }

        private synchronized void finish(Map<Long, byte[]> flushed) {
            underWay.remove(flushed);
        }

        /**
         * A flush failed, and with it all that are under way: Linux tells that to one of those that wait on the same open
         * file (fsync(2): an error is reported once to each), and the others take theirs for done.
         */
        private synchronized void forgetUnderWay() {
            for (Map<Long, byte[]> unflushed : underWay) {
                unflushed.forEach((page, onDisk) -> {
                    if (changed.containsKey(page)) {
                        changed.put(page, onDisk);
                    } else {
                        forgotten.put(page, onDisk);
                    }
                });
            }
            underWay.clear();
        }

        /** Of each sector that is not durable the old bytes come back, or do not. */
        synchronized void lose(Random random) throws IOException {
            forgotten.putAll(changed);
            for (Map.Entry<Long, byte[]> page : forgotten.entrySet()) {
                for (int at = 0; at < PAGE; at += SECTOR) {
                    long position = page.getKey() * PAGE + at;
                    int length = (int) Math.min(SECTOR, file.size() - position);
                    if (length > 0 && random.nextBoolean()) {
                        file.writeFully(ByteBuffer.wrap(page.getValue(), at, length), position);
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
                forgetBehind(size);
            } finally {
                power.unlockRead(stamp);
            }
        }

        /** A cut is kept: what was behind it does not come back. */
        private synchronized void forgetBehind(long size) {
            changed.keySet().removeIf(page -> page * PAGE >= size);
            forgotten.keySet().removeIf(page -> page * PAGE >= size);
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
