package com.busdk.broker.backend.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes, opens and deletes the files of segments. Thread: the opener's, then the writer's.
 *
 * @param limits as for the log
 * @param background where memory is given back and room is made
 */
record SegmentFiles(FileLayer files, Path directory, Limits limits, Background background) {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentFiles.class);

    /** A file has 2 GiB at most, since offsets in it have 31 bits. */
    private static final long MAX_CAPACITY = Integer.MAX_VALUE;

    /** What must fit before publishing goes on after the disk was full. */
    private static final int PROBE_BYTES = 2 << 20;

    /**
     * Makes a new segment that begins with a snapshot. When this returns, file and directory are flushed; when it
     * fails, there is no such file, or one that recovery knows for unfinished.
     *
     * @param room what must fit behind the snapshot at least
     */
    SegmentWriter create(SegmentHeader header, ByteBuffer snapshot, int room) throws IOException {
        int parts = Math.max(1, Math.ceilDiv(snapshot.remaining(), limits.snapshotPartBytes()));
        long dataStart = SegmentHeader.BYTES + (long) parts * FrameFormat.HEADER_BYTES + snapshot.remaining();
        long capacity = capacity(dataStart, room);
        Path path = directory.resolve(header.name().logFile());
        files.delete(path);
        FileLayer.LogFile file = files.open(path, capacity);
        FileLayer.Mapping mapping = null;
        try {
            mapping = file.map(capacity);
            file.setSize(0);
            file.writeFully(header.encode(), 0);
            writeSnapshot(file, header, snapshot, parts);
            file.force();
            files.forceDirectory(directory);
        } catch (IOException | RuntimeException e) {
            discard(e, path, file, mapping);
            throw e;
        }
        return writer(file, header, mapping, (int) dataStart, (int) dataStart);
    }

    private long capacity(long dataStart, long room) throws IOException {
        long capacity = dataStart + Math.max(limits.segmentBytes(), room);
        if (capacity > MAX_CAPACITY) {
            throw new IOException("the state of the log is too large for a segment: " + dataStart + " bytes");
        }
        return capacity;
    }

    private void writeSnapshot(FileLayer.LogFile file, SegmentHeader header, ByteBuffer snapshot, int parts)
            throws IOException {
        Staging staging = new Staging();
        long position = SegmentHeader.BYTES;
        for (int part = 0; part < parts; part++) {
            int from = snapshot.position() + part * limits.snapshotPartBytes();
            int length = Math.min(limits.snapshotPartBytes(), snapshot.limit() - from);
            staging.clear(0);
            staging.internal(
                    FrameFormat.SNAPSHOT,
                    header.name().base(),
                    header.createdMicros(),
                    part,
                    parts,
                    snapshot.slice(from, length));
            ByteBuffer frame = staging.seal(part == parts - 1);
            int written = frame.remaining();
            file.writeFully(frame, position);
            position += written;
        }
    }

    private void discard(Exception cause, Path path, FileLayer.LogFile file, FileLayer.@Nullable Mapping mapping) {
        try {
            if (mapping != null) {
                mapping.close();
            }
            file.close();
            files.delete(path);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    /**
     * Opens a segment to go on writing behind {@code end}: what is behind is cut off.
     *
     * @param dataStart where the records behind its snapshot start
     */
    SegmentWriter reopen(SegmentHeader header, int dataStart, int end) throws IOException {
        long capacity = Math.max(end, capacity(dataStart, 0));
        FileLayer.LogFile file = files.open(directory.resolve(header.name().logFile()), capacity);
        try {
            FileLayer.Mapping mapping = file.map(capacity);
            file.setSize(end);
            file.force();
            return writer(file, header, mapping, dataStart, end);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private SegmentWriter writer(
            FileLayer.LogFile file, SegmentHeader header, FileLayer.Mapping mapping, int dataStart, int end) {
        LiveIndex index = new LiveIndex(mapping.bytes());
        Path path = directory.resolve(header.name().logFile());
        Segment segment = new Segment(
                path,
                header,
                mapping,
                dataStart,
                end,
                header.name().base(),
                header.earliestMicros(),
                index,
                background);
        long capacity = mapping.bytes().limit();
        return new SegmentWriter(file, segment, index, capacity, end, limits.fillAheadBytes(), background);
    }

    /** Writes the index of a segment that is complete, where that was not done, and has it used. */
    void saveIndex(Segment segment) throws IOException {
        if (!(segment.indexUnchecked() instanceof LiveIndex live) || !segment.acquire()) {
            return;
        }
        try {
            segment.replaceIndex(IndexFileWriter.write(files, segment, live));
        } finally {
            segment.release();
        }
    }

    /** Tries whether the disk takes as much as the largest event of an ordinary service, and keeps it. */
    boolean takesBytes() {
        Path probe = directory.resolve("room" + LogDirectory.UNFINISHED);
        try {
            try (FileLayer.LogFile file = files.open(probe, PROBE_BYTES)) {
                file.writeFully(ByteBuffer.allocate(PROBE_BYTES), 0);
                file.force();
            } finally {
                files.delete(probe);
            }
            return true;
        } catch (IOException e) {
            LOG.debug("still no room: {}", e.getMessage());
            return false;
        }
    }

    /** Deletes a segment: first the log, since an index without one is known for a left-over. */
    void delete(SegmentName name) throws IOException {
        files.delete(directory.resolve(name.logFile()));
        files.forceDirectory(directory);
        files.delete(directory.resolve(name.indexFile()));
    }
}
