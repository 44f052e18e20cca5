package com.busdk.broker.backend.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a log that no service has open, and repairs it. Everything is answered as a value; printing is the caller's.
 *
 * <p>Thread: its maker's. All methods wait for the disk, and read all of the log.
 */
public final class LogTool implements Closeable {
    private final FileLayer files;
    private final Path directory;
    private final Closeable lock;

    private LogTool(FileLayer files, Path directory, Closeable lock) {
        this.files = files;
        this.directory = directory;
        this.lock = lock;
    }

    /**
     * Takes the log in a directory, until this is closed.
     *
     * @throws IOException there is none, or a service has it open; the message says which and what to do
     */
    public static LogTool open(Path directory) throws IOException {
        return open(directory, DiskFiles.INSTANCE);
    }

    static LogTool open(Path directory, FileLayer files) throws IOException {
        try {
            LogDirectory found = LogDirectory.list(files, directory);
            if (found.logs().isEmpty() && !found.marked() && found.indexes().isEmpty()) {
                throw new IOException("there is no log in " + directory + ": its files end in .log");
            }
        } catch (NoSuchFileException e) {
            throw new IOException("there is no directory " + directory, e);
        }
        return new LogTool(files, directory, SegmentLog.lock(directory, files));
    }

    /**
     * Something wrong.
     *
     * @param offset in the file, from 0
     * @param what in words
     */
    public record Problem(Path file, long offset, String what) {
        @Override
        public String toString() {
            return file + " at offset " + offset + ": " + what;
        }
    }

    /**
     * What reading everything found.
     *
     * @param segments how many there are
     * @param events that are sound
     * @param internalRecords of groups, that are sound
     * @param bytes of all segments
     * @param firstSequence of the oldest event
     * @param head sequence of the next event
     * @param damage what stops the service from starting, or readers from reading
     * @param notes what the service puts right by itself
     */
    public record Verification(
            int segments,
            long events,
            long internalRecords,
            long bytes,
            long firstSequence,
            long head,
            List<Problem> damage,
            List<Problem> notes) {
        public Verification {
            damage = List.copyOf(damage);
            notes = List.copyOf(notes);
        }

        public boolean sound() {
            return damage.isEmpty();
        }
    }

    /**
     * What is in a log.
     *
     * @param bytes of all segments and their indexes
     * @param firstTimeMicros creation of the oldest event, 0 where there is none
     * @param lastTimeMicros creation of the newest, likewise
     * @param names how many distinct ones
     * @param top those with the most events, most first
     */
    public record Statistics(
            int segments,
            long events,
            long bytes,
            long firstSequence,
            long head,
            long firstTimeMicros,
            long lastTimeMicros,
            long names,
            List<EventLog.NameStat> top) {
        public Statistics {
            top = List.copyOf(top);
        }
    }

    /** Reads every record of every segment, and every index. */
    public Verification verify() throws IOException {
        LogCheck check = LogCheck.of(files, directory);
        long events = 0;
        long internalRecords = 0;
        long bytes = 0;
        List<Problem> notes = new ArrayList<>();
        for (SegmentCheck segment : check.segments()) {
            events += segment.events();
            internalRecords += segment.internalRecords();
            bytes += segment.size();
            addIfThere(notes, segment.torn());
            addIfThere(notes, segment.indexProblem());
        }
        notes.addAll(check.leftOvers());
        return new Verification(
                check.segments().size(),
                events,
                internalRecords,
                bytes,
                check.firstSequence(),
                check.head(),
                check.damage(),
                notes);
    }

    private static void addIfThere(List<Problem> problems, @Nullable Problem problem) {
        if (problem != null) {
            problems.add(problem);
        }
    }

    /** What a repair would do; nothing is changed. */
    public RepairPlan plan() throws IOException {
        return RepairPlan.of(LogCheck.of(files, directory));
    }

    /**
     * Does what a plan says. What it takes out is kept beside the log in files that end in {@code .damaged}.
     *
     * @throws IOException a step failed, or cannot be done; the steps before are done, and a new plan says what is left
     */
    public void repair(RepairPlan plan) throws IOException {
        new LogRepair(files, directory).run(plan);
    }

    /**
     * Counts what is in the log.
     *
     * @param top how many names are listed
     * @throws LogDamagedException something is unreadable: {@link #verify} says all of it
     */
    public Statistics stat(int top) throws IOException, LogDamagedException {
        LogDirectory found = LogDirectory.list(files, directory);
        found.refuseGaps();
        Map<String, EventLog.NameStat> names = new HashMap<>();
        long events = 0;
        long bytes = 0;
        long firstTime = 0;
        long lastTime = 0;
        long head = found.logs().isEmpty() ? 1 : found.logs().getFirst().base();
        for (SegmentName name : found.logs()) {
            try (SegmentInspection looked = SegmentInspection.open(files, directory, name)) {
                SegmentHeader header = looked.header();
                LiveIndex live = new LiveIndex(looked.bytes());
                FrameScan scan = looked.scan(SegmentHeader.BYTES);
                live.addAll(scan);
                boolean newest = name.equals(found.logs().getLast());
                String problem = newest ? null : scan.problem();
                if (problem != null) {
                    throw Damage.at(looked.file(), scan.stoppedAt(), problem);
                }
                events += live.events();
                bytes += looked.size() + indexBytes(header.name());
                head = scan.sequence();
                lastTime = Math.max(lastTime, scan.lastTimeMicros());
                if (firstTime == 0 && live.sparse().size() > 0) {
                    firstTime = FrameFormat.time(looked.bytes(), live.sparse().get(0));
                }
                count(live, names);
            }
        }
        List<EventLog.NameStat> most = names.values().stream()
                .sorted(Comparator.comparingLong(EventLog.NameStat::count)
                        .reversed()
                        .thenComparing(EventLog.NameStat::name))
                .limit(top)
                .toList();
        long first = found.logs().isEmpty() ? 1 : found.logs().getFirst().base();
        return new Statistics(found.logs().size(), events, bytes, first, head, firstTime, lastTime, names.size(), most);
    }

    private static void count(LiveIndex live, Map<String, EventLog.NameStat> names) {
        for (SegmentIndex.NameWalk walk = live.names(""); walk.next(); ) {
            EventLog.NameStat here = new EventLog.NameStat(
                    walk.name(), walk.postings().size(), walk.lastSequence(), walk.lastTimeMicros());
            names.merge(
                    walk.name(),
                    here,
                    (before, now) -> new EventLog.NameStat(
                            now.name(), before.count() + now.count(), now.lastSequence(), now.lastTimeMicros()));
        }
    }

    private long indexBytes(SegmentName name) throws IOException {
        try {
            return files.size(directory.resolve(name.indexFile()));
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
