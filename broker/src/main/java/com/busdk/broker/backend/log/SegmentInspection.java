package com.busdk.broker.backend.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A segment's file, looked at without changing it: its header, the snapshot that it begins with, its records. Thread:
 * that of its maker.
 */
final class SegmentInspection implements AutoCloseable {
    private final SegmentName name;
    private final Path file;
    private final FileLayer.@Nullable Mapping mapping;
    private final ByteBuffer bytes;

    private SegmentInspection(SegmentName name, Path file, FileLayer.@Nullable Mapping mapping) {
        this.name = name;
        this.file = file;
        this.mapping = mapping;
        this.bytes = mapping == null ? ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN) : mapping.bytes();
    }

    static SegmentInspection open(FileLayer files, Path directory, SegmentName name)
            throws IOException, LogDamagedException {
        Path path = directory.resolve(name.logFile());
        try (FileLayer.LogFile opened = files.openExisting(path)) {
            long size = opened.size();
            if (size > Integer.MAX_VALUE) {
                throw Damage.of(path, "is larger than any segment: " + size + " bytes");
            }
            return new SegmentInspection(name, path, size == 0 ? null : opened.map(size));
        }
    }

    /** The whole file, mapped for longer than this is open. */
    FileLayer.Mapping mapAgain(FileLayer files) throws IOException {
        try (FileLayer.LogFile opened = files.openExisting(file)) {
            return opened.map(size());
        }
    }

    Path file() {
        return file;
    }

    SegmentName name() {
        return name;
    }

    ByteBuffer bytes() {
        return bytes;
    }

    int size() {
        return bytes.limit();
    }

    /** Whether the file was made, but its header never came to the disk. */
    boolean headerNeverWritten() {
        for (int i = 0; i < Math.min(size(), SegmentHeader.BYTES); i++) {
            if (bytes.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether the header is as somebody wrote it, if perhaps for another file or by another program. */
    boolean headerIntact() {
        return SegmentHeader.intact(bytes);
    }

    /** Its header; damage where that is not one of this file. */
    SegmentHeader header() throws LogDamagedException {
        return SegmentHeader.decode(bytes, name, file);
    }

    /** Where the records behind the snapshot start, or -1 when that is not there as a whole. */
    int dataStart() {
        FrameScan scan = new FrameScan(bytes, SegmentHeader.BYTES, size(), name.base());
        return scan.nextCommit() && isSnapshot(scan) ? scan.position() : -1;
    }

    private boolean isSnapshot(FrameScan scan) {
        int part = 0;
        int parts = 0;
        for (int at = scan.commitStart(); at < scan.position(); at += FrameFormat.length(bytes, at)) {
            parts = bytes.getInt(at + FrameFormat.PARTS);
            if (FrameFormat.kind(bytes, at) != FrameFormat.SNAPSHOT || bytes.getInt(at + FrameFormat.PART) != part) {
                return false;
            }
            part++;
        }
        return part == parts;
    }

    /** The snapshot, put together. */
    ByteBuffer snapshot(int dataStart) {
        int size = 0;
        for (int at = SegmentHeader.BYTES; at < dataStart; at += FrameFormat.length(bytes, at)) {
            size += FrameFormat.length(bytes, at) - FrameFormat.HEADER_BYTES;
        }
        ByteBuffer snapshot = ByteBuffer.allocate(size);
        for (int at = SegmentHeader.BYTES; at < dataStart; at += FrameFormat.length(bytes, at)) {
            snapshot.put(bytes.slice(
                    at + FrameFormat.HEADER_BYTES, FrameFormat.length(bytes, at) - FrameFormat.HEADER_BYTES));
        }
        return snapshot.flip();
    }

    /** A scan of the records behind the snapshot. */
    FrameScan scan(int dataStart) {
        return new FrameScan(bytes, dataStart, size(), name.base());
    }

    /** Whether there is any sound record in it but its snapshot. */
    boolean hasRecords() {
        return new FrameScan(bytes, 0, size(), name.base()).anyRecordFrom(0);
    }

    @Override
    public void close() {
        if (mapping != null) {
            mapping.close();
        }
    }
}
