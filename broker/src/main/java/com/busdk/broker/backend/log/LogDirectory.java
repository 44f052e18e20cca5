package com.busdk.broker.backend.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * What is in the directory of a log.
 *
 * @param logs segments, oldest first
 * @param indexes of segments
 * @param unfinished files whose writing a crash interrupted; nobody needs them
 * @param strange files that are not the log's
 * @param marked whether there is the file that says up to where all is flushed
 */
record LogDirectory(
        Path path,
        List<SegmentName> logs,
        List<SegmentName> indexes,
        List<String> unfinished,
        List<String> strange,
        boolean marked) {
    static final String LOCK = "lock";
    static final String UNFINISHED = ".tmp";

    /** What {@code bus events log repair} renames a file to that it takes out of a log. */
    static final String SET_ASIDE = ".damaged";

    /** The lock is this program's own; a file system may have the other in its root. */
    private static final Set<String> KNOWN = Set.of(LOCK, FlushMark.FILE, "lost+found");

    static LogDirectory list(FileLayer files, Path path) throws IOException {
        List<SegmentName> logs = new ArrayList<>();
        List<SegmentName> indexes = new ArrayList<>();
        List<String> unfinished = new ArrayList<>();
        List<String> strange = new ArrayList<>();
        List<String> all = files.list(path);
        for (String file : all) {
            SegmentName name = SegmentName.parse(file);
            if (name != null) {
                (SegmentName.isLog(file) ? logs : indexes).add(name);
            } else if (file.endsWith(UNFINISHED)) {
                unfinished.add(file);
            } else if (!KNOWN.contains(file)) {
                strange.add(file);
            }
        }
        logs.sort(Comparator.comparingLong(SegmentName::number));
        return new LogDirectory(path, logs, indexes, unfinished, strange, all.contains(FlushMark.FILE));
    }

    Path log(SegmentName name) {
        return path.resolve(name.logFile());
    }

    /** Refuses a directory that has no log but is not empty either: unreadable or misplaced is not the same as new. */
    void refuseUnlessNew() throws LogDamagedException {
        if (!indexes.isEmpty() || marked) {
            throw Damage.of(path, "has the traces of a log but none of its segments");
        }
        if (!strange.isEmpty()) {
            throw new LogDamagedException(path + " has no log in it, but other files (" + strange.getFirst()
                    + "): choose another directory, or move them away");
        }
    }

    /** Refuses a log of which a segment is missing or there twice. */
    void refuseGaps() throws LogDamagedException {
        for (int i = 1; i < logs.size(); i++) {
            SegmentName before = logs.get(i - 1);
            SegmentName after = logs.get(i);
            if (after.number() == before.number()) {
                throw Damage.of(log(after), "has the same number as " + before.logFile());
            }
            if (after.number() != before.number() + 1) {
                throw Damage.of(
                        log(after), "does not follow " + before.logFile() + ": a segment between them is missing");
            }
        }
    }
}
