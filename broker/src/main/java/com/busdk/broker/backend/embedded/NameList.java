package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.Backend.NameInfo;
import com.busdk.broker.backend.Backend.Names;
import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.backend.log.EventLog.NameStat;
import com.busdk.broker.backend.log.LogDamagedException;
import com.busdk.broker.backend.log.LogRecord;
import com.busdk.broker.backend.log.NameSelector;
import com.busdk.broker.backend.log.RecordVisitor.Next;
import com.busdk.broker.envelope.JsonText;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which names there are, and how many events of each. Those of all identities are known to the index; for one identity's
 * own the events have to be looked at, of which there may be any number: what one question may take is bounded, and the
 * answer says where a bound was met.
 *
 * <p>Thread: on reader threads, stateless.
 */
final class NameList {
    /**
     * Events of a name looked at for one identity's own, the newest ones: a count that would need more counts those
     * alone, so that one name does not keep a reader for minutes.
     */
    static final int MAX_SCAN = 2_000_000;

    /**
     * What one question for names may take altogether, in events looked at: two of the largest names and a half, which are
     * read within seconds. There are few readers, and everybody who catches up waits for them.
     */
    static final long MAX_WORK = 5_000_000;

    /** A name's own share of that, whether it may be told or not: finding its places takes as long as some events. */
    static final int NAME_WORK = 20;

    /**
     * Names taken from the index at a time: few where few are asked for, but more each time, since to begin costs a sort of
     * the names of the newest segment. The most are some megabytes.
     */
    private static final int FIRST_BATCH = 1_000;

    private static final int MAX_BATCH = 50_000;

    private final Hub hub;
    private final int maxScan;
    private final long maxWork;

    NameList(Hub hub) {
        this(hub, MAX_SCAN, MAX_WORK);
    }

    /** With bounds that a test can reach; {@code maxWork} is that of a whole name at least, so that each can be told. */
    NameList(Hub hub, int maxScan, long maxWork) {
        if (maxWork < maxScan + (long) NAME_WORK) {
            throw new IllegalArgumentException("no name with " + maxScan + " events could be told of");
        }
        this.hub = hub;
        this.maxScan = maxScan;
        this.maxWork = maxWork;
    }

    /** What is left of one question's work. */
    final class Work {
        private long left = maxWork;

        /** Whether there is enough left to look at that many events of one name, or at the newest where it has more. */
        boolean take(long events) {
            left -= NAME_WORK + Math.min(events, maxScan);
            return left >= 0;
        }
    }

    /** For one question. */
    Work work() {
        return new Work();
    }

    /** The names that pass and have events in the view, in order, from behind {@code after} on. May wait for the disk. */
    Names names(@Nullable String view, Predicate<String> mayListen, String after, int limit) {
        List<NameInfo> names = new ArrayList<>();
        String from = after;
        Work work = work();
        boolean missing = false;
        int batch = Math.clamp(limit + 1L, FIRST_BATCH, MAX_BATCH);
        while (true) {
            // All names, not only those that pass: what is passed over takes its time as well.
            List<NameStat> some = hub.log().names(from, batch, _ -> true);
            for (NameStat stat : some) {
                boolean passes = mayListen.test(stat.name());
                if (!work.take(passes && view != null ? stat.count() : 0)) {
                    // Without a last name there is none to go on behind that the caller may know.
                    return new Names(names, !names.isEmpty(), missing || names.isEmpty());
                }
                NameInfo info = passes ? info(stat, view) : null;
                if (info != null && info.count() > 0) {
                    if (names.size() >= limit) {
                        // Told of one in the view alone: that there are names of others is nobody's business.
                        return new Names(names, true, missing);
                    }
                    names.add(info);
                } else if (info != null && info.countIsAtLeast()) {
                    missing = true;
                }
                from = stat.name();
            }
            if (some.size() < batch) {
                return new Names(names, false, missing);
            }
            batch = Math.min(4 * batch, MAX_BATCH);
        }
    }

    private NameInfo info(NameStat stat, @Nullable String view) {
        if (view == null) {
            return new NameInfo(stat.name(), stat.count(), false, hub.id(stat.lastSequence()), stat.lastTimeMicros());
        }
        EventLog log = hub.log();
        Own own = own(stat.name(), view, log.firstSequence(), log.head());
        return new NameInfo(stat.name(), own.count(), own.atLeast(), hub.id(own.lastSequence()), own.lastTimeMicros());
    }

    /**
     * An identity's events of one name.
     *
     * @param atLeast whether there are older ones of that name that were not looked at
     */
    record Own(long count, boolean atLeast, long lastSequence, long lastTimeMicros) {}

    /** The events of that name and owner in [from, upTo), as far as they are looked at. May wait for the disk. */
    Own own(String name, String owner, long from, long upTo) {
        EventLog log = hub.log();
        byte[] wanted = JsonText.encode(owner);
        long[] found = {0, 0, 0};
        long start = lastOnes(log, name, from, upTo, maxScan);
        try {
            log.read(log.cursorAt(start), upTo, new NameSelector.Names(List.of(name)), EventLog.Trust.VERIFY, event -> {
                if (LogRecord.matches(event.buffer(), event.ownerStart(), event.ownerLength(), wanted)) {
                    found[0]++;
                    found[1] = event.sequence();
                    found[2] = event.timeMicros();
                }
                return Next.GO_ON;
            });
        } catch (LogDamagedException e) {
            hub.reportDamage(e);
        }
        return new Own(found[0], start > from, found[1], found[2]);
    }

    /** Where the last events of that name begin, that many at most, in [from, upTo). */
    static long lastOnes(EventLog log, String name, long from, long upTo, int most) {
        if (log.count(name, from, upTo) <= most) {
            return from;
        }
        long low = from + 1;
        long high = upTo;
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (log.count(name, middle, upTo) <= most) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
