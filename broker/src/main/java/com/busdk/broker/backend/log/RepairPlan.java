package com.busdk.broker.backend.log;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a repair of a log would do, step by step, and what would be lost by it.
 *
 * @param steps in the order in which they are done; empty when there is nothing to repair
 * @param impossible what no repair can put right, in words; where there is any, nothing is done
 */
public record RepairPlan(List<Step> steps, List<String> impossible) {
    public RepairPlan {
        steps = List.copyOf(steps);
        impossible = List.copyOf(impossible);
    }

    /** One change, of one segment. */
    public sealed interface Step {
        /** What is done and lost, in one sentence. */
        String words();
    }

    /**
     * What is behind an offset is taken out of a segment and kept beside it. The event that comes next is {@code
     * toSequence}: the ones in between are lost, as far as they were there.
     */
    record Cut(SegmentName name, int offset, int bytes, long fromSequence, long toSequence, long timeMicros)
            implements Step {
        @Override
        public String words() {
            if (fromSequence == toSequence) {
                return "cut " + name.logFile() + " at offset " + offset + ", where its last complete record ends";
            }
            String lost = lost(fromSequence, toSequence);
            return bytes == 0
                    ? "note in " + name.logFile() + " that " + lost + " are missing"
                    : "cut " + name.logFile() + " at offset " + offset + " and set its last " + bytes
                            + " bytes aside: lost are " + lost + ", as far as they are not readable any more";
        }
    }

    /**
     * A segment is replaced by one that says that its events are missing; the file, where there is one, is set aside.
     *
     * @param there whether there is a file
     */
    record Replace(SegmentName name, boolean there, long epoch, long fromSequence, long toSequence, long timeMicros)
            implements Step {
        @Override
        public String words() {
            return there
                    ? "set " + name.logFile() + " aside: lost are " + lost(fromSequence, toSequence)
                    : "go on without " + name.logFile() + ", which is missing";
        }
    }

    /** The newest segment is set aside, and the one before is the newest again. */
    record SetAside(SegmentName name) implements Step {
        @Override
        public String words() {
            return "set " + name.logFile()
                    + " aside: lost are its events and, for groups, what was acknowledged since it was begun";
        }
    }

    /** The place up to which all was flushed is noted anew: at the end of the newest segment, as it is then. */
    record Remark(@Nullable SegmentName newest) implements Step {
        @Override
        public String words() {
            return newest == null
                    ? "forget the log: nothing is left of it, and a new one begins once the directory is empty"
                    : "note that " + newest.logFile() + " is complete as it is";
        }
    }

    private static String lost(long from, long to) {
        return to - from == 1 ? "event " + from : "events " + from + " to " + (to - 1) + " (at most)";
    }

    /** Whether anything is to be done. */
    public boolean needed() {
        return !steps.isEmpty() || !impossible.isEmpty();
    }

    static RepairPlan of(LogCheck check) {
        List<String> impossible = impossible(check);
        if (check.damage().isEmpty() || !impossible.isEmpty()) {
            return new RepairPlan(List.of(), impossible);
        }
        List<SegmentCheck> kept = new ArrayList<>(check.segments());
        List<Step> steps = new ArrayList<>();
        long next = planNewest(check, kept, steps);
        for (int i = 0; i < kept.size(); i++) {
            boolean last = i == kept.size() - 1;
            planSegment(kept.get(i), last ? next : kept.get(i + 1).name().base(), epoch(kept), steps);
            if (!last) {
                planMissing(kept.get(i), kept.get(i + 1), epoch(kept), steps);
            }
        }
        steps.add(new Remark(kept.isEmpty() ? null : kept.getLast().name()));
        return new RepairPlan(steps, List.of());
    }

    private static List<String> impossible(LogCheck check) {
        List<String> found = new ArrayList<>();
        for (int i = 0; i < check.segments().size(); i++) {
            SegmentCheck segment = check.segments().get(i);
            if (segment.unrepairable()) {
                found.add(segment.file() + " is no segment that this program knows: move it away, or use the program"
                        + " that wrote it");
            }
            if (i > 0) {
                found.addAll(impossibleBetween(check.segments().get(i - 1), segment));
            }
        }
        return found;
    }

    private static List<String> impossibleBetween(SegmentCheck before, SegmentCheck after) {
        SegmentHeader one = before.header();
        SegmentHeader other = after.header();
        if (one != null && other != null && one.epoch() != other.epoch()) {
            return List.of(after.file() + " and " + before.file() + " are of two logs: move those of one away");
        }
        if (after.name().number() <= before.name().number()
                || before.endSequence() > after.name().base()) {
            return List.of(after.file() + " and " + before.file() + " have the same events: move one of them away");
        }
        return List.of();
    }

    private static long epoch(List<SegmentCheck> segments) {
        return segments.stream()
                .map(SegmentCheck::header)
                .filter(header -> header != null)
                .mapToLong(header -> header == null ? 0 : header.epoch())
                .findFirst()
                .orElse(0);
    }

    /**
     * Sets newest segments aside that cannot be read from their start.
     *
     * @return the sequence with which the log goes on: behind every event that can have been in it, so that no id is
     *     given twice
     */
    private static long planNewest(LogCheck check, List<SegmentCheck> kept, List<Step> steps) {
        long next = 0;
        while (!kept.isEmpty() && kept.getLast().header() == null) {
            SegmentCheck newest = kept.removeLast();
            steps.add(new SetAside(newest.name()));
            next = Math.max(next, behindAll(newest.name().base(), newest.size()));
        }
        if (kept.isEmpty()) {
            return next;
        }
        SegmentCheck newest = kept.getLast();
        FlushMark.Place mark = check.mark();
        if (newest.damage() != null) {
            long bytes = (long) newest.size() - newest.end();
            if (mark != null && mark.segment() == newest.name().number()) {
                bytes = Math.max(bytes, mark.offset() - newest.end());
            }
            next = Math.max(next, behindAll(newest.endSequence(), bytes));
        }
        if (mark != null && mark.segment() > newest.name().number()) {
            long segments = mark.segment() - newest.name().number();
            next = Math.max(next, behindAll(newest.endSequence(), segments * LogOptions.MAX_SEGMENT_BYTES));
        }
        return next;
    }

    /** A sequence behind all events that can have been in so many bytes. */
    private static long behindAll(long sequence, long bytes) {
        return sequence + bytes / FrameFormat.MIN_EVENT_FRAME_BYTES + 1;
    }

    private static void planSegment(SegmentCheck segment, long next, long epoch, List<Step> steps) {
        SegmentHeader header = segment.header();
        if (header == null) {
            steps.add(new Replace(segment.name(), true, epoch, segment.name().base(), next, segment.lastTimeMicros()));
        } else if (segment.size() > segment.end() || next > segment.endSequence()) {
            steps.add(new Cut(
                    segment.name(),
                    segment.end(),
                    segment.size() - segment.end(),
                    segment.endSequence(),
                    Math.max(next, segment.endSequence()),
                    segment.lastTimeMicros()));
        }
    }

    /** Stands in for segments of which there is no file. What they had is said to be missing by the one before. */
    private static void planMissing(SegmentCheck before, SegmentCheck after, long epoch, List<Step> steps) {
        long base = after.name().base();
        for (long number = before.name().number() + 1; number < after.name().number(); number++) {
            steps.add(new Replace(new SegmentName(number, base), false, epoch, base, base, before.lastTimeMicros()));
        }
    }
}
