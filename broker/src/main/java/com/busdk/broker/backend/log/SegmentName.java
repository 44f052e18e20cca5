package com.busdk.broker.backend.log;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a segment is called: its number, so that a missing one is noticed and one without events has a name of its own,
 * and the sequence of its first event, so that a reader of the folder sees what is where.
 *
 * @param number 0 for the first segment of a log, then one more each
 * @param base sequence of the first event in it, or of the next one where it has none
 */
record SegmentName(long number, long base) {
    private static final Pattern SHAPE = Pattern.compile("(\\d{10})-(\\d{20})\\.(log|idx)");

    SegmentName {
        if (number < 0 || base < 1) {
            throw new IllegalArgumentException("no segment has number " + number + " and base " + base);
        }
    }

    /** The name in a file name of either kind, or null where it is none. */
    static @Nullable SegmentName parse(String file) {
        Matcher matcher = SHAPE.matcher(file);
        if (!matcher.matches()) {
            return null;
        }
        try {
            return new SegmentName(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    static boolean isLog(String file) {
        return file.endsWith(".log") && parse(file) != null;
    }

    static boolean isIndex(String file) {
        return file.endsWith(".idx") && parse(file) != null;
    }

    String logFile() {
        return "%010d-%020d.log".formatted(number, base);
    }

    String indexFile() {
        return "%010d-%020d.idx".formatted(number, base);
    }

    /** The one that follows, when the sequence of the next event is {@code head}. */
    SegmentName next(long head) {
        return new SegmentName(number + 1, head);
    }
}
