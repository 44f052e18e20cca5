package com.busdk.broker.backend.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What was found out about one segment by reading all of it.
 *
 * @param size bytes of its file
 * @param header null where that is unreadable
 * @param end where the last sound commit ends; the size, when it is sound
 * @param endSequence the sequence behind the last event before that
 * @param lastTimeMicros creation time of the last record before that
 * @param events sound events
 * @param internalRecords sound records of groups
 * @param damage what is wrong with it, null when nothing is
 * @param torn what a crash left at its end, null when nothing
 * @param indexProblem what is wrong with its index, null when nothing is
 * @param unrepairable whether it may be sound in the eyes of another program, so that no repair may touch it
 */
record SegmentCheck(
        SegmentName name,
        Path file,
        int size,
        @Nullable SegmentHeader header,
        int end,
        long endSequence,
        long lastTimeMicros,
        long events,
        long internalRecords,
        LogTool.@Nullable Problem damage,
        LogTool.@Nullable Problem torn,
        LogTool.@Nullable Problem indexProblem,
        boolean unrepairable) {

    /**
     * Reads a segment.
     *
     * @param mark up to where all was flushed; counts for the newest one
     * @param newest whether it is that
     */
    static SegmentCheck of(
            FileLayer files, Path directory, SegmentName name, FlushMark.@Nullable Place mark, boolean newest)
            throws IOException {
        try (SegmentInspection looked = SegmentInspection.open(files, directory, name)) {
            return of(files, looked, mark, newest);
        } catch (LogDamagedException e) {
            Path file = directory.resolve(name.logFile());
            return unreadable(name, file, 0, new LogTool.Problem(file, 0, "it is larger than any segment"), true);
        }
    }

    private static SegmentCheck unreadable(
            SegmentName name, Path file, int size, LogTool.Problem damage, boolean unrepairable) {
        return new SegmentCheck(name, file, size, null, 0, name.base(), 0, 0, 0, damage, null, null, unrepairable);
    }

    private static SegmentCheck of(
            FileLayer files, SegmentInspection looked, FlushMark.@Nullable Place mark, boolean newest)
            throws IOException {
        SegmentHeader header;
        try {
            header = looked.header();
        } catch (LogDamagedException e) {
            boolean foreign = looked.headerIntact();
            LogTool.Problem damage = new LogTool.Problem(looked.file(), 0, "the header is unreadable");
            return unreadable(looked.name(), looked.file(), looked.size(), damage, foreign);
        }
        int dataStart = looked.dataStart();
        if (dataStart < 0) {
            LogTool.Problem damage = new LogTool.Problem(
                    looked.file(), SegmentHeader.BYTES, "the state with which it begins is unreadable");
            return unreadable(looked.name(), looked.file(), looked.size(), damage, false);
        }
        TailCheck tail = TailCheck.of(looked, dataStart, mark);
        Counts counts = Counts.of(looked.bytes(), dataStart, tail.end());
        LogTool.Problem problem = problem(looked, tail, newest);
        boolean torn = newest && tail.damage() == null;
        return new SegmentCheck(
                looked.name(),
                looked.file(),
                looked.size(),
                header,
                tail.end(),
                tail.sequence(),
                Math.max(tail.lastTimeMicros(), header.earliestMicros()),
                counts.events(),
                counts.internalRecords(),
                torn ? null : problem,
                torn ? problem : null,
                newest ? null : indexProblem(files, looked, header, dataStart, tail),
                false);
    }

    private static LogTool.@Nullable Problem problem(SegmentInspection looked, TailCheck tail, boolean newest) {
        String what = tail.damage() != null ? tail.damage() : tail.torn();
        if (what == null && !newest && tail.end() != looked.size()) {
            what = "zeros behind its last record";
        }
        return what == null ? null : new LogTool.Problem(looked.file(), tail.stoppedAt(), what);
    }

    private static LogTool.@Nullable Problem indexProblem(
            FileLayer files, SegmentInspection looked, SegmentHeader header, int dataStart, TailCheck tail)
            throws IOException {
        Path file = looked.file().resolveSibling(header.name().indexFile());
        try {
            IndexFile index = IndexFileWriter.open(files, file, header);
            if (index == null) {
                return new LogTool.Problem(file, 0, "it is unreadable; it is made anew at the next start");
            }
            try {
                return index.sound() && index.end() == tail.end() && same(index, looked, dataStart)
                        ? null
                        : new LogTool.Problem(file, 0, "it is not that of its segment; delete it, and it is made anew");
            } finally {
                index.close();
            }
        } catch (NoSuchFileException e) {
            return new LogTool.Problem(file, 0, "it is missing; it is made anew at the next start");
        }
    }

    private static boolean same(IndexFile index, SegmentInspection looked, int dataStart) {
        LiveIndex live = new LiveIndex(looked.bytes());
        live.addAll(looked.scan(dataStart));
        SegmentIndex.NameWalk saved = index.names("");
        for (SegmentIndex.NameWalk walk = live.names(""); walk.next(); ) {
            if (!saved.next() || !saved.name().equals(walk.name()) || !same(saved.postings(), walk.postings())) {
                return false;
            }
        }
        return !saved.next() && same(index.sparse(), live.sparse());
    }

    private static boolean same(Postings one, Postings other) {
        if (one.size() != other.size()) {
            return false;
        }
        for (int i = 0; i < one.size(); i++) {
            if (one.get(i) != other.get(i)) {
                return false;
            }
        }
        return true;
    }

    private record Counts(long events, long internalRecords) {
        static Counts of(ByteBuffer bytes, int from, int to) {
            long events = 0;
            long internalRecords = 0;
            for (int at = from; at < to; at += FrameFormat.length(bytes, at)) {
                if (FrameFormat.isEvent(bytes, at)) {
                    events++;
                } else if (FrameFormat.kind(bytes, at) > 0) {
                    internalRecords++;
                }
            }
            return new Counts(events, internalRecords);
        }
    }
}
