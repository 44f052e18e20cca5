package com.busdk.broker.backend.log;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A disk in memory that knows what of it is flushed, that can be full, that can fail any call, and that can be looked at
 * as it would be after a kill or after a loss of power. Any thread.
 */
final class FaultyFiles implements FileLayer {
    /** What a disk writes as one. Small, so that small tests tear much. */
    private static final int SECTOR = 512;

    private final Map<Path, Node> entries = new TreeMap<>();
    private final Map<Path, Node> durableEntries = new TreeMap<>();
    private final List<Runnable> unflushedEntries = new ArrayList<>();
    private Fault fault = (call, file) -> {};
    private long room = Long.MAX_VALUE;
    private int largestWrite = Integer.MAX_VALUE;
    private boolean locked;
    private int calls;
    private int openMappings;

    /** Is asked before each call that changes something, and may throw instead. */
    interface Fault {
        void before(String call, Path file) throws IOException;
    }

    /** The end of the process, as the code under test sees it. */
    static final class Crash extends RuntimeException {
        Crash() {
            super("the process was stopped here");
        }
    }

    private static final class Node {
        private MemorySegment memory;
        private long size;
        private long written;
        private byte[] durable = {};
        private long dirtyFrom = Long.MAX_VALUE;
        private long dirtyTo;

        Node(long capacity) {
            memory = allocate(capacity);
        }

        private static MemorySegment allocate(long capacity) {
            return Arena.ofAuto().allocate(capacity, Long.BYTES);
        }

        void reserve(long capacity) {
            if (capacity > memory.byteSize()) {
                MemorySegment larger = allocate(capacity);
                larger.copyFrom(memory);
                memory = larger;
            }
        }

        byte[] content() {
            byte[] content = new byte[Math.toIntExact(size)];
            MemorySegment.copy(memory, 0, MemorySegment.ofArray(content), 0, size);
            return content;
        }

        void flush() {
            if (durable.length != size) {
                durable = content();
            } else if (dirtyTo > dirtyFrom) {
                long to = Math.min(dirtyTo, size);
                if (to > dirtyFrom) {
                    MemorySegment.copy(memory, dirtyFrom, MemorySegment.ofArray(durable), dirtyFrom, to - dirtyFrom);
                }
            }
            dirtyFrom = Long.MAX_VALUE;
            dirtyTo = 0;
        }

        static Node of(byte[] content, long capacity) {
            Node node = new Node(Math.max(capacity, content.length));
            MemorySegment.copy(MemorySegment.ofArray(content), 0, node.memory, 0, content.length);
            node.size = content.length;
            node.written = content.length;
            node.durable = content.clone();
            return node;
        }
    }

    /** From now on each call that changes something is asked for here. */
    synchronized FaultyFiles fault(Fault newFault) {
        fault = newFault;
        return this;
    }

    /** How many more bytes fit. */
    synchronized void room(long bytes) {
        room = used() + bytes;
    }

    /** A write takes at most so many bytes at once. */
    synchronized void largestWrite(int bytes) {
        largestWrite = bytes;
    }

    /** Calls that changed something, so far. */
    synchronized int calls() {
        return calls;
    }

    /** Mappings that were not given back. */
    synchronized int openMappings() {
        return openMappings;
    }

    private long used() {
        return entries.values().stream().mapToLong(node -> node.written).sum();
    }

    /** What a new process finds when this one is killed now. */
    synchronized FaultyFiles killed() {
        FaultyFiles after = new FaultyFiles();
        entries.forEach((file, node) -> after.put(file, Node.of(node.content(), node.memory.byteSize())));
        return after;
    }

    /** What is found when the power goes now: of what was not flushed, some of it in pieces. */
    synchronized FaultyFiles powerLost(Random random) {
        FaultyFiles after = new FaultyFiles();
        int kept = random.nextInt(unflushedEntries.size() + 1);
        Map<Path, Node> before = new TreeMap<>(durableEntries);
        unflushedEntries.subList(0, kept).forEach(Runnable::run);
        durableEntries.forEach((file, node) -> after.put(file, Node.of(torn(node, random), node.memory.byteSize())));
        durableEntries.clear();
        durableEntries.putAll(before);
        return after;
    }

    private static byte[] torn(Node node, Random random) {
        byte[] now = node.content();
        long size = random.nextBoolean() ? now.length : node.durable.length;
        byte[] result = Arrays.copyOf(node.durable, Math.toIntExact(size));
        int mode = random.nextInt(3);
        for (int at = 0; at < result.length; at += SECTOR) {
            boolean reached = mode == 0 ? random.nextBoolean() : mode == 1;
            int length = Math.min(SECTOR, Math.min(result.length, now.length) - at);
            if (reached && length > 0) {
                System.arraycopy(now, at, result, at, length);
            }
        }
        return result;
    }

    private void put(Path file, Node node) {
        entries.put(file, node);
        durableEntries.put(file, node);
    }

    /** The bytes of a file. */
    synchronized byte[] bytes(Path file) {
        return entries.get(file).content();
    }

    /** Puts other bytes into a file, or makes it. */
    synchronized void replace(Path file, byte[] content) {
        Node old = entries.get(file);
        put(file, Node.of(content, old == null ? content.length : old.memory.byteSize()));
    }

    synchronized List<Path> files() {
        return List.copyOf(entries.keySet());
    }

    private void change(String call, Path file) throws IOException {
        calls++;
        fault.before(call, file);
    }

    @Override
    public void createDirectories(Path directory) {}

    @Override
    public synchronized List<String> list(Path directory) {
        return entries.keySet().stream()
                .map(file -> String.valueOf(file.getFileName()))
                .toList();
    }

    @Override
    public synchronized long size(Path file) throws IOException {
        return existing(file).size;
    }

    private Node existing(Path file) throws NoSuchFileException {
        Node node = entries.get(file);
        if (node == null) {
            throw new NoSuchFileException(file.toString());
        }
        return node;
    }

    @Override
    public synchronized LogFile open(Path file, long capacity) throws IOException {
        Node node = entries.get(file);
        if (node == null) {
            change("create", file);
            Node made = new Node(capacity);
            entries.put(file, made);
            unflushedEntries.add(() -> durableEntries.put(file, made));
            node = made;
        }
        node.reserve(capacity);
        return new OpenFile(file, node);
    }

    @Override
    public synchronized LogFile openExisting(Path file) throws IOException {
        return new OpenFile(file, existing(file));
    }

    @Override
    public synchronized void rename(Path from, Path to) throws IOException {
        Node node = existing(from);
        change("rename", from);
        entries.remove(from);
        entries.put(to, node);
        unflushedEntries.add(() -> {
            durableEntries.remove(from);
            durableEntries.put(to, node);
        });
    }

    @Override
    public synchronized void delete(Path file) throws IOException {
        if (entries.containsKey(file)) {
            change("delete", file);
            entries.remove(file);
            unflushedEntries.add(() -> durableEntries.remove(file));
        }
    }

    @Override
    public synchronized void forceDirectory(Path directory) throws IOException {
        change("forceDirectory", directory);
        unflushedEntries.forEach(Runnable::run);
        unflushedEntries.clear();
    }

    @Override
    public synchronized Closeable lock(Path file) throws IOException {
        if (locked) {
            throw new IOException("it is open in this process already");
        }
        locked = true;
        return () -> locked = false;
    }

    @Override
    public synchronized long usableSpace(Path directory) {
        return room - used();
    }

    private final class OpenFile implements LogFile {
        private final Path file;
        private final Node node;

        OpenFile(Path file, Node node) {
            this.file = file;
            this.node = node;
        }

        @Override
        public int write(ByteBuffer from, long position) throws IOException {
            synchronized (FaultyFiles.this) {
                change("write", file);
                int wanted = Math.min(from.remaining(), largestWrite);
                long end = position + wanted;
                long grows = Math.max(0, end - node.written);
                long left = Math.max(0, room - used());
                int length = (int) Math.min(wanted, wanted - (grows - Math.min(grows, left)));
                if (length <= 0) {
                    throw new IOException("No space left on device");
                }
                MemorySegment source = MemorySegment.ofBuffer(from);
                MemorySegment.copy(source, 0, node.memory, position, length);
                from.position(from.position() + length);
                node.written = Math.max(node.written, position + length);
                node.size = Math.max(node.size, position + length);
                node.dirtyFrom = Math.min(node.dirtyFrom, position);
                node.dirtyTo = Math.max(node.dirtyTo, position + length);
                return length;
            }
        }

        @Override
        public int read(ByteBuffer to, long position) {
            synchronized (FaultyFiles.this) {
                if (position >= node.size) {
                    return -1;
                }
                int length = (int) Math.min(to.remaining(), node.size - position);
                to.put(node.memory.asSlice(position, length).asByteBuffer());
                return length;
            }
        }

        @Override
        public void force() throws IOException {
            synchronized (FaultyFiles.this) {
                change("force", file);
                node.flush();
            }
        }

        @Override
        public void setSize(long size) throws IOException {
            synchronized (FaultyFiles.this) {
                change("setSize", file);
                if (size < node.size) {
                    node.memory.asSlice(size, node.size - size).fill((byte) 0);
                }
                node.size = size;
                node.written = Math.min(node.written, size);
            }
        }

        @Override
        public long size() {
            synchronized (FaultyFiles.this) {
                return node.size;
            }
        }

        @Override
        public Mapping map(long size) {
            synchronized (FaultyFiles.this) {
                node.reserve(size);
                node.size = Math.max(node.size, size);
                ByteBuffer bytes = node.memory.asSlice(0, size).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
                openMappings++;
                return new MappedNode(bytes);
            }
        }

        @Override
        public void close() {}
    }

    /** Memory that the collector frees; whether it was given back is counted. */
    private final class MappedNode implements Mapping {
        private final ByteBuffer bytes;
        private boolean closed;

        MappedNode(ByteBuffer bytes) {
            this.bytes = bytes;
        }

        @Override
        public ByteBuffer bytes() {
            return bytes;
        }

        @Override
        public void close() {
            synchronized (FaultyFiles.this) {
                if (closed) {
                    throw new AssertionError("memory was given back twice");
                }
                closed = true;
                openMappings--;
            }
        }
    }
}
