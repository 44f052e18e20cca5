package com.busdk.broker.backend.log;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Real files. Any thread; but a thread that uses a file must not be interrupted, since that closes the file under it.
 */
public final class DiskFiles implements FileLayer {
    /** The one instance that is needed: it holds nothing. */
    public static final DiskFiles INSTANCE = new DiskFiles();

    /**
     * What this process has locked. It must not even open a file of these again: closing any of its descriptors gives a
     * POSIX lock back.
     */
    private static final Set<Path> LOCKED = ConcurrentHashMap.newKeySet();

    private DiskFiles() {}

    @Override
    public void createDirectories(Path directory) throws IOException {
        Files.createDirectories(directory);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                names.add(String.valueOf(entry.getFileName()));
            }
        }
        Collections.sort(names);
        return names;
    }

    @Override
    public long size(Path file) throws IOException {
        return Files.size(file);
    }

    @Override
    public LogFile open(Path file, long capacity) throws IOException {
        return new DiskFile(new RandomAccessFile(file.toFile(), "rw"));
    }

    @Override
    public LogFile openExisting(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString());
        }
        return new DiskFile(new RandomAccessFile(file.toFile(), "r"));
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public Closeable lock(Path file) throws IOException {
        Path real = file.toAbsolutePath().normalize();
        if (!LOCKED.add(real)) {
            throw new IOException("it is open in this process already");
        }
        try {
            RandomAccessFile locked = lockAlone(file);
            return () -> {
                LOCKED.remove(real);
                locked.close();
            };
        } catch (IOException | RuntimeException e) {
            LOCKED.remove(real);
            throw e;
        }
    }

    private static RandomAccessFile lockAlone(Path file) throws IOException {
        RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw");
        try {
            FileLock lock = opened.getChannel().tryLock();
            if (lock == null) {
                throw new IOException("it is open in another process" + holder(opened));
            }
            opened.setLength(0);
            opened.write((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII));
            return opened;
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** The process that wrote itself into the lock file, in words; empty where that cannot be read. */
    private static String holder(RandomAccessFile lockFile) {
        try {
            String line = lockFile.readLine();
            return line == null || line.isEmpty() || line.length() > 20 ? "" : " (pid " + line + ")";
        } catch (IOException e) {
            return "";
        }
    }

    @Override
    public long usableSpace(Path directory) throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }

    /** A file by its channel; a {@link RandomAccessFile} below, since only that can grow a file without writing. */
    private record DiskFile(RandomAccessFile file) implements LogFile {
        @Override
        public int write(ByteBuffer from, long position) throws IOException {
            return file.getChannel().write(from, position);
        }

        @Override
        public int read(ByteBuffer to, long position) throws IOException {
            return file.getChannel().read(to, position);
        }

        @Override
        public void force() throws IOException {
            file.getChannel().force(false);
        }

        @Override
        public void setSize(long size) throws IOException {
            file.setLength(size);
        }

        @Override
        public long size() throws IOException {
            return file.length();
        }

        @Override
        public Mapping map(long size) throws IOException {
            Arena arena = Arena.ofShared();
            try {
                MemorySegment memory = file.getChannel().map(MapMode.READ_ONLY, 0, size, arena);
                return new DiskMapping(arena, memory.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN));
            } catch (IOException | RuntimeException | OutOfMemoryError e) {
                arena.close();
                if (e instanceof OutOfMemoryError) {
                    throw new IOException("the system allows no further mapping of a file", e);
                }
                throw e;
            }
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    private record DiskMapping(Arena arena, ByteBuffer bytes) implements Mapping {
        @Override
        public void close() {
            arena.close();
        }
    }
}
