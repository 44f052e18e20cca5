package com.busdk.broker.backend.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * Carries out a {@link RepairPlan}. What is taken out of the log is first kept beside it, so that nothing is lost by a
 * crash, and a repair that was interrupted is begun anew by a new plan. Thread: its maker's.
 */
final class LogRepair {
    private static final int COPY_BYTES = 1 << 20;

    private final FileLayer files;
    private final Path directory;

    LogRepair(FileLayer files, Path directory) {
        this.files = files;
        this.directory = directory;
    }

    void run(RepairPlan plan) throws IOException {
        if (!plan.impossible().isEmpty()) {
            throw new IOException("this cannot be repaired: " + String.join("; ", plan.impossible()));
        }
        for (RepairPlan.Step step : plan.steps()) {
            switch (step) {
                case RepairPlan.Cut cut -> cut(cut);
                case RepairPlan.Replace replace -> replace(replace);
                case RepairPlan.SetAside aside -> setAside(aside.name());
                case RepairPlan.Remark remark -> remark(remark);
            }
        }
    }

    private void cut(RepairPlan.Cut cut) throws IOException {
        Path path = directory.resolve(cut.name().logFile());
        files.delete(directory.resolve(cut.name().indexFile()));
        try (FileLayer.LogFile file = files.open(path, cut.offset() + FrameFormat.HEADER_BYTES)) {
            if (cut.bytes() > 0) {
                keepTail(file, cut);
                file.setSize(cut.offset());
            }
            if (cut.toSequence() > cut.fromSequence()) {
                file.writeFully(gap(cut.toSequence(), cut.timeMicros()), cut.offset());
            }
            file.force();
        }
        files.forceDirectory(directory);
    }

    private void keepTail(FileLayer.LogFile from, RepairPlan.Cut cut) throws IOException {
        Path kept = unused(cut.name().logFile() + ".from-" + cut.offset());
        try (FileLayer.LogFile to = files.open(kept, cut.bytes())) {
            ByteBuffer buffer = ByteBuffer.allocate(Math.min(COPY_BYTES, cut.bytes()));
            for (long done = 0; done < cut.bytes(); ) {
                buffer.clear();
                int read = from.read(buffer, cut.offset() + done);
                if (read < 0) {
                    break;
                }
                to.writeFully(buffer.flip(), done);
                done += read;
            }
            to.force();
        }
        files.forceDirectory(directory);
    }

    private static ByteBuffer gap(long sequence, long timeMicros) {
        Staging staging = new Staging();
        staging.internal(FrameFormat.GAP, sequence, timeMicros, 0, 0, ByteBuffer.allocate(0));
        return staging.seal(true);
    }

    private void replace(RepairPlan.Replace replace) throws IOException {
        SegmentName name = replace.name();
        if (replace.there()) {
            setAside(name);
        }
        Path unfinished = directory.resolve(name.logFile() + LogDirectory.UNFINISHED);
        files.delete(unfinished);
        SegmentHeader header = new SegmentHeader(replace.epoch(), name, replace.timeMicros());
        Staging staging = new Staging();
        staging.internal(FrameFormat.SNAPSHOT, name.base(), replace.timeMicros(), 0, 1, ByteBuffer.allocate(0));
        ByteBuffer snapshot = staging.seal(true);
        int size = SegmentHeader.BYTES + 2 * FrameFormat.HEADER_BYTES;
        try (FileLayer.LogFile file = files.open(unfinished, size)) {
            file.writeFully(header.encode(), 0);
            file.writeFully(snapshot, SegmentHeader.BYTES);
            if (replace.toSequence() > name.base()) {
                ByteBuffer gap = gap(replace.toSequence(), replace.timeMicros());
                file.writeFully(gap, SegmentHeader.BYTES + FrameFormat.HEADER_BYTES);
            }
            file.force();
        }
        files.rename(unfinished, directory.resolve(name.logFile()));
        files.forceDirectory(directory);
    }

    private void setAside(SegmentName name) throws IOException {
        files.delete(directory.resolve(name.indexFile()));
        files.rename(directory.resolve(name.logFile()), unused(name.logFile()));
        files.forceDirectory(directory);
    }

    /** A name for what is set aside that nothing has yet. */
    private Path unused(String file) throws IOException {
        List<String> taken = files.list(directory);
        String name = file + LogDirectory.SET_ASIDE;
        for (int i = 2; taken.contains(name); i++) {
            name = file + "-" + i + LogDirectory.SET_ASIDE;
        }
        return directory.resolve(name);
    }

    private void remark(RepairPlan.Remark remark) throws IOException {
        SegmentName newest = remark.newest();
        Path mark = directory.resolve(FlushMark.FILE);
        if (newest == null) {
            files.delete(mark);
        } else {
            long size = files.size(directory.resolve(newest.logFile()));
            try (FlushMark written = FlushMark.open(files, directory)) {
                written.write(newest.number(), size);
            }
        }
        files.forceDirectory(directory);
    }
}
