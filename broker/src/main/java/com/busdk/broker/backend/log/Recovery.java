package com.busdk.broker.backend.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens what is in a directory: finds out what is sound, decides what an interrupted write left and may go, refuses
 * what is damaged, and then rebuilds the state. Until the decision nothing is changed.
 *
 * <ul>
 *   <li>A newest segment without its whole snapshot, and of which nothing says that it was ever used, is an unfinished
 *       roll: it goes, and the one before is the newest again.
 *   <li>In the newest segment, the first commit that is not whole and sound is a torn tail and cut off, unless
 *       something says that it had been flushed: then it is damage. Evidence is the {@link FlushMark}, or a sound record
 *       behind it that was written when more had been flushed.
 *   <li>Everything before was flushed before the next segment was begun: there, whatever is not as it should be is
 *       damage.
 * </ul>
 *
 * <p>Thread: the opener's.
 */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private final SegmentFiles segments;
    private final FileLayer files;
    private final Path directory;
    private final LogState state;
    private final Duration keysFor;
    private final InstantSource clock;
    private final @Nullable Birth birth;
    private FlushMark.@Nullable Place mark;

    /** What a new log is to be the copy of: its epoch, and the sequence of the first event that it will have. */
    record Birth(long epoch, long first) {}

    /** @param birth null for a log of its own */
    Recovery(SegmentFiles segments, LogState state, Duration keysFor, InstantSource clock, @Nullable Birth birth) {
        this.birth = birth;
        this.segments = segments;
        this.files = segments.files();
        this.directory = segments.directory();
        this.state = state;
        this.keysFor = keysFor;
        this.clock = clock;
    }

    /**
     * A log that is ready for use.
     *
     * @param complete the segments before the one that is written, oldest first
     */
    record Opened(List<Segment> complete, SegmentWriter active) {}

    Opened run() throws IOException, LogDamagedException {
        LogDirectory found = LogDirectory.list(files, directory);
        mark = readMark();
        if (found.logs().isEmpty()) {
            found.refuseUnlessNew();
            return create();
        }
        found.refuseGaps();
        List<SegmentName> names = new ArrayList<>(found.logs());
        SegmentName unused = isUnfinished(names) ? names.removeLast() : null;
        if (names.isEmpty()) {
            return create();
        }
        if (mark != null && mark.segment() > names.getLast().number()) {
            throw Damage.of(directory, "lacks its newest segment, number " + mark.segment());
        }
        Opened opened = open(names);
        opened.complete().forEach(this::saveIndex);
        if (unused != null) {
            LOG.warn("{} was begun and never used: it is removed", unused.logFile());
            segments.delete(unused);
        }
        removeLeftOvers(found, names);
        return opened;
    }

    private FlushMark.@Nullable Place readMark() throws IOException {
        try {
            return FlushMark.read(files, directory);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** A new log; its first segment takes the place of one that was begun before. */
    private Opened create() throws IOException {
        long now = nowMicros();
        if (birth != null) {
            SegmentHeader header = new SegmentHeader(birth.epoch(), new SegmentName(0, birth.first()), now);
            return new Opened(List.of(), segments.create(header, state.snapshot(), 0));
        }
        long epoch = TimeUnit.MICROSECONDS.toSeconds(now) << 16 & 0xFFFF_FFFF_0000L
                | ThreadLocalRandom.current().nextInt(1 << 16);
        SegmentHeader header = new SegmentHeader(epoch, new SegmentName(0, 1), now);
        return new Opened(List.of(), segments.create(header, state.snapshot(), 0));
    }

    private long nowMicros() {
        Instant now = clock.instant();
        return TimeUnit.SECONDS.toMicros(now.getEpochSecond()) + now.getNano() / 1000;
    }

    /** Whether the newest segment was begun and never used. */
    private boolean isUnfinished(List<SegmentName> names) throws IOException, LogDamagedException {
        SegmentName last = names.getLast();
        try (SegmentInspection newest = SegmentInspection.open(files, directory, last)) {
            if (!newest.headerNeverWritten()) {
                newest.header();
                if (newest.dataStart() >= 0) {
                    return false;
                }
            }
            boolean first = last.number() == 0 && (last.base() == 1 || birth != null);
            boolean used = mark != null && mark.segment() >= last.number() || newest.hasRecords();
            if (used || !first && names.size() == 1) {
                throw Damage.at(newest.file(), SegmentHeader.BYTES, "the state with which it begins is unreadable");
            }
            return true;
        }
    }

    private Opened open(List<SegmentName> names) throws IOException, LogDamagedException {
        List<Segment> complete = new ArrayList<>();
        try (SegmentInspection newest = SegmentInspection.open(files, directory, names.getLast())) {
            SegmentHeader header = newest.header();
            int dataStart = newest.dataStart();
            int end = soundEnd(newest, dataStart);
            for (SegmentName name : names.subList(0, names.size() - 1)) {
                complete.add(openComplete(name, header.epoch()));
            }
            checkChain(complete, newest);
            state.restore(newest.snapshot(dataStart));
            long keysSince = nowMicros() - TimeUnit.NANOSECONDS.toMicros(keysFor.toNanos());
            for (Segment segment : complete) {
                showKeys(segment, keysSince);
            }
            SegmentWriter active = segments.reopen(header, dataStart, end);
            load(active, end, keysSince);
            return new Opened(complete, active);
        } catch (IOException | LogDamagedException | RuntimeException e) {
            complete.forEach(Segment::release);
            throw e;
        }
    }

    /** Up to where the newest segment is sound; what is behind may be cut off. */
    private int soundEnd(SegmentInspection newest, int dataStart) throws LogDamagedException {
        TailCheck tail = TailCheck.of(newest, dataStart, mark);
        if (tail.damage() != null) {
            throw Damage.at(newest.file(), tail.stoppedAt(), tail.damage());
        }
        if (tail.torn() != null) {
            LOG.warn(
                    "{}: the write that was under way when the service stopped is cut off at offset {} ({} at offset"
                            + " {})",
                    newest.file(),
                    tail.end(),
                    tail.torn(),
                    tail.stoppedAt());
        }
        return tail.end();
    }

    private Segment openComplete(SegmentName name, long epoch) throws IOException, LogDamagedException {
        try (SegmentInspection looked = SegmentInspection.open(files, directory, name)) {
            SegmentHeader header = looked.header();
            if (header.epoch() != epoch) {
                throw Damage.of(looked.file(), "is of another log than the segments beside it");
            }
            IndexFile index = savedIndex(header);
            return index == null ? scanned(looked, header) : indexed(looked, header, index);
        }
    }

    private @Nullable IndexFile savedIndex(SegmentHeader header) throws IOException {
        try {
            IndexFile index =
                    IndexFileWriter.open(files, directory.resolve(header.name().indexFile()), header);
            if (index == null) {
                LOG.warn("{} is unreadable: it is made anew", header.name().indexFile());
            }
            return index;
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Saves an index that was missing. */
    private void saveIndex(Segment segment) {
        try {
            segments.saveIndex(segment);
        } catch (IOException e) {
            LOG.warn("the index of {} could not be written, it is tried again: {}", segment.file(), e.toString());
        }
    }

    private Segment indexed(SegmentInspection looked, SegmentHeader header, IndexFile index)
            throws IOException, LogDamagedException {
        if (index.end() != looked.size()) {
            index.close();
            throw Damage.at(
                    looked.file(),
                    Math.min(looked.size(), index.end()),
                    "it has " + looked.size() + " bytes and should have " + index.end());
        }
        FileLayer.Mapping mapping;
        try {
            mapping = looked.mapAgain(files);
        } catch (IOException e) {
            index.close();
            throw e;
        }
        return new Segment(
                        looked.file(),
                        header,
                        mapping,
                        index.dataStart(),
                        looked.size(),
                        index.endSequence(),
                        index.lastTimeMicros(),
                        index,
                        segments.background())
                .seal()
                .uncheckedSoFar();
    }

    private Segment scanned(SegmentInspection looked, SegmentHeader header) throws IOException, LogDamagedException {
        LOG.info("{} has no index: it is read through once", looked.file());
        int dataStart = looked.dataStart();
        if (dataStart < 0) {
            throw Damage.at(looked.file(), SegmentHeader.BYTES, "the state with which it begins is unreadable");
        }
        FileLayer.Mapping mapping = looked.mapAgain(files);
        LiveIndex live = new LiveIndex(mapping.bytes());
        FrameScan scan = new FrameScan(
                mapping.bytes(), dataStart, looked.size(), header.name().base());
        live.addAll(scan);
        if (scan.position() != looked.size()) {
            mapping.close();
            String problem = scan.problem();
            throw Damage.at(
                    looked.file(), scan.stoppedAt(), problem == null ? "zeros behind its last record" : problem);
        }
        return new Segment(
                        looked.file(),
                        header,
                        mapping,
                        dataStart,
                        looked.size(),
                        scan.sequence(),
                        Math.max(scan.lastTimeMicros(), header.earliestMicros()),
                        live,
                        segments.background())
                .seal();
    }

    private void checkChain(List<Segment> complete, SegmentInspection newest) throws LogDamagedException {
        for (int i = 0; i < complete.size(); i++) {
            Segment segment = complete.get(i);
            boolean last = i == complete.size() - 1;
            long next = last ? newest.name().base() : complete.get(i + 1).base();
            if (segment.endSequence() != next) {
                throw segment.damaged(
                        segment.end(),
                        "it ends before event " + segment.endSequence() + ", and the next segment begins with " + next);
            }
        }
    }

    private void showKeys(Segment segment, long sinceMicros) throws LogDamagedException {
        if (segment.lastTimeMicros() < sinceMicros) {
            return;
        }
        if (segment.index() instanceof IndexFile index) {
            for (int i = 0; i < index.keyCount(); i++) {
                if (index.keyTimeMicros(i) >= sinceMicros) {
                    state.idempotencyKey(
                            index.keyHigh(i), index.keyLow(i), index.keySequence(i), index.keyTimeMicros(i));
                }
            }
        } else if (segment.index() instanceof LiveIndex live) {
            Postings keyed = live.keyed();
            for (int i = 0, size = keyed.size(); i < size; i++) {
                showKey(segment.bytes(), keyed.get(i), sinceMicros);
            }
        }
    }

    private void showKey(ByteBuffer bytes, int frame, long sinceMicros) {
        if (FrameFormat.time(bytes, frame) >= sinceMicros) {
            state.idempotencyKey(
                    bytes.getLong(frame + FrameFormat.IDEMPOTENCY_HIGH),
                    bytes.getLong(frame + FrameFormat.IDEMPOTENCY_LOW),
                    FrameFormat.sequence(bytes, frame),
                    FrameFormat.time(bytes, frame));
        }
    }

    /** Goes over the newest segment, whose records are known to be sound, for its index and the state. */
    private void load(SegmentWriter active, int end, long keysSince) {
        Segment segment = active.segment();
        ByteBuffer bytes = segment.bytes();
        long next = segment.base();
        long last = segment.lastTimeMicros();
        for (int at = segment.dataStart(); at < end; at += FrameFormat.length(bytes, at)) {
            last = FrameFormat.time(bytes, at);
            next = FrameFormat.sequenceBehind(bytes, at);
            switch (FrameFormat.kind(bytes, at)) {
                case FrameFormat.EVENT -> {
                    active.index().add(bytes, at, at);
                    if (FrameFormat.has(bytes, at, FrameFormat.HAS_IDEMPOTENCY_KEY)) {
                        showKey(bytes, at, keysSince);
                    }
                }
                case FrameFormat.GAP -> active.retire();
                default -> replay(bytes, at);
            }
        }
        segment.advance(end, next, last);
    }

    private void replay(ByteBuffer bytes, int at) {
        int length = FrameFormat.length(bytes, at) - FrameFormat.HEADER_BYTES;
        state.replay(
                FrameFormat.kind(bytes, at),
                FrameFormat.sequence(bytes, at),
                FrameFormat.time(bytes, at),
                bytes.slice(at + FrameFormat.HEADER_BYTES, length));
    }

    private void removeLeftOvers(LogDirectory found, List<SegmentName> names) throws IOException {
        for (String file : found.unfinished()) {
            files.delete(directory.resolve(file));
        }
        for (SegmentName index : found.indexes()) {
            if (!names.contains(index) || index.equals(names.getLast())) {
                files.delete(directory.resolve(index.indexFile()));
            }
        }
        for (String file : found.strange()) {
            if (!file.endsWith(LogDirectory.SET_ASIDE)) {
                LOG.warn("{} has a file that is not the log's: {}", directory, file);
            }
        }
    }
}
