package com.busdk.broker.backend.log;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Files that are memory outside the Java heap, for a log that need not survive. A file's memory is reserved as a whole
 * when it is opened, and given back when the file is deleted and the last mapping of it is closed.
 *
 * <p>Any thread: the table of files is guarded by this object, the bytes are written by one thread at a time.
 */
final class MemoryFiles implements FileLayer {
    private final Map<Path, MemoryFile> files = new TreeMap<>();

    @Override
    public void createDirectories(Path directory) {}

    @Override
    public synchronized List<String> list(Path directory) {
        return files.keySet().stream()
                .filter(file -> directory.equals(file.getParent()))
                .map(file -> String.valueOf(file.getFileName()))
                .toList();
    }

    @Override
    public synchronized long size(Path file) throws IOException {
        return existing(file).size();
    }

    @Override
    public synchronized LogFile open(Path file, long capacity) throws IOException {
        MemoryFile opened = files.get(file);
        if (opened == null) {
            opened = new MemoryFile(capacity);
            files.put(file, opened);
        }
        return opened;
    }

    @Override
    public synchronized LogFile openExisting(Path file) throws IOException {
        return existing(file);
    }

    private MemoryFile existing(Path file) throws NoSuchFileException {
        MemoryFile found = files.get(file);
        if (found == null) {
            throw new NoSuchFileException(file.toString());
        }
        return found;
    }

    @Override
    public synchronized void rename(Path from, Path to) throws IOException {
        MemoryFile moved = existing(from);
        files.remove(from);
        MemoryFile replaced = files.put(to, moved);
        if (replaced != null) {
            replaced.release();
        }
    }

    @Override
    public synchronized void delete(Path file) {
        MemoryFile deleted = files.remove(file);
        if (deleted != null) {
            deleted.release();
        }
    }

    /** Deletes all files: their memory goes as their mappings are closed. */
    private synchronized void deleteAll() {
        files.values().forEach(MemoryFile::release);
        files.clear();
    }

    @Override
    public void forceDirectory(Path directory) {}

    /** Giving this lock back is the end of everything: nobody could ever open these files again. */
    @Override
    public Closeable lock(Path file) {
        return this::deleteAll;
    }

    @Override
    public long usableSpace(Path directory) {
        return Long.MAX_VALUE;
    }

    @Override
    public boolean inMemory() {
        return true;
    }

    /** One file; counts who needs its memory: its name, and each mapping. */
    private static final class MemoryFile implements LogFile {
        private final Arena arena = Arena.ofShared();
        private final MemorySegment memory;
        private long size;
        private int users = 1;

        MemoryFile(long capacity) throws IOException {
            try {
                memory = arena.allocate(capacity, Long.BYTES);
            } catch (OutOfMemoryError e) {
                arena.close();
                throw new IOException(
                        "there is no memory for " + (capacity >> 20) + " MiB more of events: lower what is retained, or"
                                + " raise -XX:MaxDirectMemorySize",
                        e);
            }
        }

        @Override
        public synchronized int write(ByteBuffer from, long position) throws IOException {
            int length = from.remaining();
            if (position + length > memory.byteSize()) {
                throw new IOException("the file takes no more than " + memory.byteSize() + " bytes");
            }
            MemorySegment.copy(MemorySegment.ofBuffer(from), 0, memory, position, length);
            from.position(from.limit());
            size = Math.max(size, position + length);
            return length;
        }

        @Override
        public synchronized int read(ByteBuffer to, long position) {
            if (position >= size) {
                return -1;
            }
            int length = (int) Math.min(to.remaining(), size - position);
            MemorySegment.copy(
                    memory, position, MemorySegment.ofBuffer(to.duplicate().limit(to.position() + length)), 0, length);
            to.position(to.position() + length);
            return length;
        }

        @Override
        public void force() {}

        @Override
        public synchronized void setSize(long newSize) throws IOException {
            if (newSize > memory.byteSize()) {
                throw new IOException("the file takes no more than " + memory.byteSize() + " bytes");
            }
            if (newSize < size) {
                memory.asSlice(newSize, size - newSize).fill((byte) 0);
            }
            size = newSize;
        }

        @Override
        public synchronized long size() {
            return size;
        }

        @Override
        public synchronized Mapping map(long mapped) throws IOException {
            if (mapped > memory.byteSize()) {
                throw new IOException("the file has no more than " + memory.byteSize() + " bytes");
            }
            users++;
            ByteBuffer bytes =
                    memory.asSlice(0, mapped).asReadOnly().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
            return new MemoryMapping(this, bytes);
        }

        synchronized void release() {
            users--;
            if (users == 0) {
                arena.close();
            }
        }

        @Override
        public void close() {}
    }

    private record MemoryMapping(MemoryFile file, ByteBuffer bytes) implements Mapping {
        @Override
        public void close() {
            file.release();
        }
    }
}
