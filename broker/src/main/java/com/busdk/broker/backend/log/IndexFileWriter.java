package com.busdk.broker.backend.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes the {@link IndexFile} of a complete segment: under another name first, flushed, then renamed, so that a crash
 * leaves the whole of it or none. Thread: that of its maker.
 */
final class IndexFileWriter {
    private static final int BUFFER_BYTES = 256 << 10;

    private final FileLayer.LogFile file;
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long position = IndexFile.HEADER_BYTES;

    private IndexFileWriter(FileLayer.LogFile file) {
        this.file = file;
    }

    /** Writes the index, and opens it. */
    static IndexFile write(FileLayer files, Segment segment, LiveIndex live) throws IOException {
        Path directory = parent(segment.file());
        Path target = directory.resolve(segment.name().indexFile());
        Path unfinished = directory.resolve(segment.name().indexFile() + ".tmp");
        Sizes sizes = Sizes.of(live);
        files.delete(unfinished);
        try (FileLayer.LogFile file = files.open(unfinished, sizes.fileBytes())) {
            new IndexFileWriter(file).writeAll(segment, live, sizes);
            file.force();
        } catch (IOException e) {
            deleteAfter(e, files, unfinished);
            throw e;
        }
        files.rename(unfinished, target);
        files.forceDirectory(directory);
        IndexFile written = open(files, target, segment.header());
        if (written == null) {
            throw new IOException(target + " is not what was written to it");
        }
        return written;
    }

    private static void deleteAfter(IOException cause, FileLayer files, Path file) {
        try {
            files.delete(file);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    static Path parent(Path file) {
        Path parent = file.getParent();
        if (parent == null) {
            throw new IllegalArgumentException(file + " is in no directory");
        }
        return parent;
    }

    /** Opens an index that was written before; null where it is not one of that segment. */
    static @Nullable IndexFile open(FileLayer files, Path path, SegmentHeader segment) throws IOException {
        try (FileLayer.LogFile file = files.openExisting(path)) {
            long size = file.size();
            if (size < IndexFile.HEADER_BYTES || size > Integer.MAX_VALUE) {
                return null;
            }
            FileLayer.Mapping mapping = file.map(size);
            IndexFile opened = IndexFile.of(mapping, segment.epoch(), segment.name());
            if (opened == null) {
                mapping.close();
            }
            return opened;
        }
    }

    /** How much there is of everything. */
    private record Sizes(int sparse, int names, int nameBytes, int postings, int keys) {
        static Sizes of(LiveIndex live) {
            int names = 0;
            int nameBytes = 0;
            for (SegmentIndex.NameWalk walk = live.names(""); walk.next(); ) {
                names++;
                nameBytes += walk.name().length();
            }
            return new Sizes(
                    live.sparse().size(),
                    names,
                    nameBytes,
                    Math.toIntExact(live.events()),
                    live.keyed().size());
        }

        long fileBytes() {
            return IndexFile.HEADER_BYTES
                    + 4L * sparse
                    + (long) IndexFile.DIRECTORY_ENTRY * names
                    + (long) IndexFile.KEY_ENTRY * keys
                    + 4L * postings
                    + nameBytes;
        }
    }

    private void writeAll(Segment segment, LiveIndex live, Sizes sizes) throws IOException {
        numbers(live.sparse());
        directory(live);
        keys(segment.bytes(), live.keyed());
        for (SegmentIndex.NameWalk walk = live.names(""); walk.next(); ) {
            numbers(walk.postings());
        }
        for (SegmentIndex.NameWalk walk = live.names(""); walk.next(); ) {
            byte[] name = NameSelector.bytes(walk.name());
            room(name.length).put(name);
        }
        drain();
        file.writeFully(header(segment, sizes), 0);
    }

    private void numbers(Postings numbers) throws IOException {
        for (int i = 0, size = numbers.size(); i < size; i++) {
            room(4).putInt(numbers.get(i));
        }
    }

    private void directory(LiveIndex live) throws IOException {
        int text = 0;
        int posting = 0;
        for (SegmentIndex.NameWalk walk = live.names(""); walk.next(); ) {
            int length = walk.name().length();
            int count = walk.postings().size();
            room(IndexFile.DIRECTORY_ENTRY)
                    .putInt(text)
                    .putInt(length)
                    .putInt(posting)
                    .putInt(count)
                    .putLong(walk.lastSequence())
                    .putLong(walk.lastTimeMicros());
            text += length;
            posting += count;
        }
    }

    private void keys(ByteBuffer segment, Postings keyed) throws IOException {
        for (int i = 0, size = keyed.size(); i < size; i++) {
            int frame = keyed.get(i);
            room(IndexFile.KEY_ENTRY)
                    .putLong(segment.getLong(frame + FrameFormat.IDEMPOTENCY_HIGH))
                    .putLong(segment.getLong(frame + FrameFormat.IDEMPOTENCY_LOW))
                    .putLong(FrameFormat.sequence(segment, frame))
                    .putLong(FrameFormat.time(segment, frame));
        }
    }

    private ByteBuffer room(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            drain();
        }
        return buffer;
    }

    private void drain() throws IOException {
        buffer.flip();
        crc.update(buffer);
        buffer.rewind();
        int length = buffer.remaining();
        file.writeFully(buffer, position);
        position += length;
        buffer.clear();
    }

    private ByteBuffer header(Segment segment, Sizes sizes) {
        ByteBuffer header = ByteBuffer.allocate(IndexFile.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(0, IndexFile.MAGIC);
        header.putInt(IndexFile.AT_VERSION, IndexFile.VERSION);
        header.putLong(IndexFile.AT_EPOCH, segment.header().epoch());
        header.putLong(IndexFile.AT_NUMBER, segment.name().number());
        header.putLong(IndexFile.AT_BASE, segment.base());
        header.putLong(IndexFile.AT_END_SEQUENCE, segment.endSequence());
        header.putLong(IndexFile.AT_END, segment.end());
        header.putLong(IndexFile.AT_LAST_TIME, segment.lastTimeMicros());
        header.putInt(IndexFile.AT_DATA_START, segment.dataStart());
        header.putInt(IndexFile.AT_BODY_CRC, (int) crc.getValue());
        header.putInt(IndexFile.AT_SPARSE, sizes.sparse());
        header.putInt(IndexFile.AT_NAMES, sizes.names());
        header.putInt(IndexFile.AT_NAME_BYTES, sizes.nameBytes());
        header.putInt(IndexFile.AT_POSTINGS, sizes.postings());
        header.putInt(IndexFile.AT_KEYS, sizes.keys());
        header.putInt(IndexFile.AT_HEADER_CRC, IndexFile.crc(header, 16, IndexFile.HEADER_BYTES));
        return header;
    }
}
