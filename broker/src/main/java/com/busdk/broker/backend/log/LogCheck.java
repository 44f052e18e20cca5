package com.busdk.broker.backend.log;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was found out about a log by reading all of it.
 *
 * @param segments oldest first
 * @param damage of segments, and between them
 * @param leftOvers files that a start removes
 * @param mark up to where all was flushed, as far as is known
 */
record LogCheck(
        List<SegmentCheck> segments,
        List<LogTool.Problem> damage,
        List<LogTool.Problem> leftOvers,
        FlushMark.@Nullable Place mark) {

    static LogCheck of(FileLayer files, Path directory) throws IOException {
        LogDirectory found = LogDirectory.list(files, directory);
        FlushMark.Place mark = mark(files, directory);
        List<SegmentCheck> segments = new ArrayList<>();
        for (SegmentName name : found.logs()) {
            boolean newest = name.equals(found.logs().getLast());
            segments.add(SegmentCheck.of(files, directory, name, mark, newest));
        }
        List<LogTool.Problem> leftOvers = new ArrayList<>();
        dropUnused(segments, leftOvers, files, directory, mark);
        for (String file : found.unfinished()) {
            leftOvers.add(new LogTool.Problem(directory.resolve(file), 0, "it is left from an interrupted write"));
        }
        return new LogCheck(segments, damage(directory, segments, mark), leftOvers, mark);
    }

    private static FlushMark.@Nullable Place mark(FileLayer files, Path directory) throws IOException {
        try {
            return FlushMark.read(files, directory);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Leaves a newest segment out that was begun and never used: the next start removes it. */
    private static void dropUnused(
            List<SegmentCheck> segments,
            List<LogTool.Problem> leftOvers,
            FileLayer files,
            Path directory,
            FlushMark.@Nullable Place mark)
            throws IOException {
        if (segments.isEmpty()
                || segments.getLast().header() != null
                || segments.getLast().unrepairable()) {
            return;
        }
        SegmentCheck last = segments.getLast();
        boolean used = mark != null && mark.segment() >= last.name().number();
        boolean first = last.name().number() == 0 && last.name().base() == 1;
        try (SegmentInspection looked = SegmentInspection.open(files, directory, last.name())) {
            if (!looked.headerNeverWritten()) {
                looked.header();
            }
            if (used || !first && segments.size() == 1 || looked.hasRecords()) {
                return;
            }
        } catch (LogDamagedException e) {
            return;
        }
        leftOvers.add(new LogTool.Problem(last.file(), 0, "it was begun and never used"));
        segments.removeLast();
        if (!segments.isEmpty()) {
            segments.set(
                    segments.size() - 1,
                    SegmentCheck.of(files, directory, segments.getLast().name(), mark, true));
        }
    }

    private static List<LogTool.Problem> damage(
            Path directory, List<SegmentCheck> segments, FlushMark.@Nullable Place mark) {
        List<LogTool.Problem> damage = new ArrayList<>();
        for (int i = 0; i < segments.size(); i++) {
            SegmentCheck segment = segments.get(i);
            if (segment.damage() != null) {
                damage.add(segment.damage());
            }
            if (i > 0) {
                String between = between(segments.get(i - 1), segment);
                if (between != null) {
                    damage.add(new LogTool.Problem(segment.file(), 0, between));
                }
            }
        }
        if (mark != null
                && (segments.isEmpty()
                        || mark.segment() > segments.getLast().name().number())) {
            damage.add(
                    new LogTool.Problem(directory, 0, "the newest segment, number " + mark.segment() + ", is missing"));
        }
        return damage;
    }

    /** What is wrong between two segments that are sound in themselves, or null. */
    private static @Nullable String between(SegmentCheck before, SegmentCheck after) {
        if (after.name().number() != before.name().number() + 1) {
            return "it does not follow " + before.name().logFile() + ": segments between them are missing";
        }
        SegmentHeader one = before.header();
        SegmentHeader other = after.header();
        if (one != null && other != null && one.epoch() != other.epoch()) {
            return "it is of another log than " + before.name().logFile();
        }
        boolean known = one != null && before.damage() == null;
        return known && before.endSequence() != after.name().base()
                ? "it begins with event " + after.name().base() + ", and the segment before ends before event "
                        + before.endSequence()
                : null;
    }

    long firstSequence() {
        return segments.isEmpty() ? 1 : segments.getFirst().name().base();
    }

    long head() {
        return segments.isEmpty() ? 1 : segments.getLast().endSequence();
    }
}
