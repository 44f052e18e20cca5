package com.busdk.broker.backend.log;

import com.busdk.broker.envelope.EventBatch;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A log beside what should be in it, held in lists; every operation does both and compares. What is at hand when it
 * fails is said by the exception.
 */
final class LogModel {
    static final Path DIRECTORY = Path.of("log");
    private static final long START = 1_795_312_012_123_456L;
    private static final int MAX_NAMES = 12;

    private final LogOptions options;
    private final Limits limits;
    private final List<Events.Seen> committed = new ArrayList<>();
    private final List<Events.Seen> staged = new ArrayList<>();
    private final List<Long> stagedEntries = new ArrayList<>();
    private final List<Ledger.Key> committedKeys = new ArrayList<>();
    private final List<Ledger.Key> stagedKeys = new ArrayList<>();
    private FaultyFiles files;
    private Ledger ledger = new Ledger();
    private EventLog log;
    private LogCursor cursor;
    private NameSelector cursorSelector = NameSelector.ALL;
    private long time = START;
    private long entry;
    private long key;

    LogModel(LogOptions options, Limits limits, FaultyFiles files) {
        this.options = options;
        this.limits = limits;
        this.files = files;
        log = open();
        cursor = log.cursorAt(1);
    }

    EventLog log() {
        return log;
    }

    FaultyFiles files() {
        return files;
    }

    long time() {
        return time;
    }

    private EventLog open() {
        InstantSource clock = InstantSource.fixed(Instant.EPOCH.plusNanos(time * 1000));
        try {
            return SegmentLog.open(DIRECTORY, options, limits, ledger, files, clock);
        } catch (Exception e) {
            throw new AssertionError("the log did not open again: " + e.getMessage(), e);
        }
    }

    private long first() {
        return log.firstSequence();
    }

    private long head() {
        return committed.size() + 1L;
    }

    void append(Random random) throws LogUnavailableException {
        time += random.nextInt(1_000);
        String name = "a.n" + random.nextInt(random.nextInt(10) == 0 ? MAX_NAMES * 5 : MAX_NAMES);
        String payload = "\"" + "x".repeat(random.nextInt(random.nextInt(8) == 0 ? 3_000 : 100)) + "\"";
        EventBatch batch = Events.one(name, payload);
        boolean keyed = random.nextInt(3) == 0;
        if (keyed) {
            key++;
            batch.idempotencyKey(key, ~key);
        }
        long sequence = log.append(batch, 0, time);
        long expected = head() + staged.size();
        if (sequence != expected) {
            throw new AssertionError("sequence " + sequence + " was given instead of " + expected);
        }
        if (keyed) {
            stagedKeys.add(new Ledger.Key(key, ~key, sequence));
        }
        staged.add(new Events.Seen(sequence, time, name, Events.line(log.epoch(), sequence, time, name, payload)));
    }

    void appendInternal(Random random) throws LogUnavailableException {
        time += random.nextInt(1_000);
        entry++;
        Ledger.append(log, entry, time);
        stagedEntries.add(entry);
    }

    void commit() throws LogUnavailableException {
        log.commit();
        committed.addAll(staged);
        ledger.entries().addAll(stagedEntries);
        committedKeys.addAll(stagedKeys);
        forgetStaged();
        if (log.head() != head()) {
            throw new AssertionError("head " + log.head() + " instead of " + head());
        }
    }

    void rollback() {
        log.rollback();
        forgetStaged();
    }

    private void forgetStaged() {
        staged.clear();
        stagedEntries.clear();
        stagedKeys.clear();
    }

    /** Time passes, and the log may drop what is old. */
    void tick(Random random) {
        rollback();
        time += random.nextInt(2_000_000);
        long before = first();
        log.tick(time);
        if (first() < before || first() > head()) {
            throw new AssertionError("the first event went from " + before + " to " + first());
        }
    }

    void reopen() {
        log.close();
        restart(files);
    }

    void kill() {
        restart(files.killed());
    }

    void losePower(Random random) {
        restart(files.powerLost(random));
    }

    private void restart(FaultyFiles found) {
        forgetStaged();
        FaultyFiles abandoned = files;
        List<Long> entries = List.copyOf(ledger.entries());
        long firstBefore = first();
        if (found != abandoned) {
            abandoned.fault((call, file) -> {
                throw new FaultyFiles.Crash();
            });
        }
        files = found;
        ledger = new Ledger();
        log = open();
        same("the ledger", entries, ledger.entries());
        if (log.head() != head() || first() > firstBefore) {
            throw new AssertionError(
                    "events " + first() + " to " + log.head() + " instead of " + firstBefore + " to " + head());
        }
        same("the keys", keysFrom(log.firstSequence()), ledger.keys());
        cursor = log.cursorAt(Math.max(Math.min(cursor.next(), head()), first()));
    }

    /** The keys of events that are still there; those of dropped ones may be forgotten. */
    private List<Ledger.Key> keysFrom(long first) {
        return committedKeys.stream().filter(known -> known.sequence() >= first).toList();
    }

    void readAll(Random random) throws LogDamagedException {
        long from = first() + random.nextLong(head() - first() + 1);
        long upTo = from + random.nextLong(head() - from + 1);
        NameSelector selector = selector(random);
        List<Events.Seen> seen = new ArrayList<>();
        LogCursor at = log.cursorAt(from);
        log.read(at, upTo, selector, trust(random), event -> {
            seen.add(Events.copy(event));
            return RecordVisitor.Next.GO_ON;
        });
        same("events " + from + " to " + upTo + " of " + selector, expected(from, upTo, selector), seen);
        if (at.next() != upTo || at.truncated()) {
            throw new AssertionError("the cursor is at " + at.next() + " instead of " + upTo);
        }
    }

    /** Goes on with a cursor that stays, some events at a time, sometimes with another selector. */
    void readOn(Random random) throws LogDamagedException {
        if (random.nextInt(5) == 0) {
            cursorSelector = selector(random);
        }
        if (random.nextInt(12) == 0) {
            cursor = log.cursorAt(first() + random.nextLong(head() - first() + 1));
        }
        long from = Math.max(cursor.next(), first());
        boolean fellBehind = cursor.next() < first();
        int wanted = 1 + random.nextInt(20);
        boolean before = random.nextBoolean();
        List<Events.Seen> seen = new ArrayList<>();
        log.read(cursor, head(), cursorSelector, trust(random), event -> {
            if (seen.size() == wanted && before) {
                return RecordVisitor.Next.STOP_BEFORE;
            }
            seen.add(Events.copy(event));
            return seen.size() == wanted && !before ? RecordVisitor.Next.STOP_BEHIND : RecordVisitor.Next.GO_ON;
        });
        List<Events.Seen> all = expected(from, head(), cursorSelector);
        same("events from " + from, all.subList(0, Math.min(wanted, all.size())), seen);
        long next = all.size() < wanted || before && all.size() == wanted
                ? head()
                : before ? all.get(wanted).sequence() : all.get(wanted - 1).sequence() + 1;
        if (cursor.next() != next || fellBehind && from < head() && !cursor.truncated()) {
            throw new AssertionError("the cursor is at " + cursor.next() + " instead of " + next);
        }
        log.isHot(cursor);
        cursor = random.nextBoolean() ? cursor : cursor.copy();
    }

    private EventLog.Trust trust(Random random) {
        return random.nextBoolean() ? EventLog.Trust.HOT : EventLog.Trust.VERIFY;
    }

    private static NameSelector selector(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> NameSelector.ALL;
            case 1 -> new NameSelector.Names(List.of("a.n" + random.nextInt(MAX_NAMES * 5)));
            case 2 -> {
                List<String> names = new ArrayList<>();
                for (int i = 0, count = 1 + random.nextInt(5); i < count; i++) {
                    names.add("a.n" + random.nextInt(MAX_NAMES + 2));
                }
                yield new NameSelector.Names(names);
            }
            default -> {
                String end = "" + random.nextInt(10);
                yield new NameSelector.Matching(name -> name.endsWith(end));
            }
        };
    }

    private static Predicate<String> test(NameSelector selector) {
        return switch (selector) {
            case NameSelector.All _ -> name -> true;
            case NameSelector.Names names -> names.names()::contains;
            case NameSelector.Matching matching -> matching.test();
        };
    }

    private List<Events.Seen> expected(long from, long upTo, NameSelector selector) {
        Predicate<String> test = test(selector);
        return committed.subList((int) from - 1, (int) Math.max(from, upTo) - 1).stream()
                .filter(event -> test.test(event.name()))
                .toList();
    }

    void findTime(Random random) {
        long wanted = START + random.nextLong(time - START + 1_000);
        long found = log.cursorAtTime(wanted).next();
        long expected = retained().stream()
                .filter(event -> event.timeMicros() >= wanted)
                .mapToLong(Events.Seen::sequence)
                .findFirst()
                .orElse(head());
        if (found != expected) {
            throw new AssertionError("time " + wanted + " is found at " + found + " instead of " + expected);
        }
    }

    private List<Events.Seen> retained() {
        return committed.subList((int) first() - 1, committed.size());
    }

    void countAndName(Random random) {
        String name = "a.n" + random.nextInt(MAX_NAMES + 2);
        long from = random.nextLong(head() + 1);
        long upTo = from + random.nextLong(head() - from + 2);
        long expected = retained().stream()
                .filter(event -> event.name().equals(name) && event.sequence() >= from && event.sequence() < upTo)
                .count();
        same("the count of " + name + " in " + from + " to " + upTo, expected, log.count(name, from, upTo));
        TreeMap<String, List<Events.Seen>> byName = retained().stream()
                .collect(Collectors.groupingBy(Events.Seen::name, TreeMap::new, Collectors.toList()));
        int limit = 1 + random.nextInt(20);
        List<EventLog.NameStat> stats = byName.tailMap(name, false).entrySet().stream()
                .filter(known -> !known.getKey().endsWith("3"))
                .limit(limit)
                .map(known -> new EventLog.NameStat(
                        known.getKey(),
                        known.getValue().size(),
                        known.getValue().getLast().sequence(),
                        known.getValue().getLast().timeMicros()))
                .toList();
        same("the names", stats, log.names(name, limit, known -> !known.endsWith("3")));
    }

    private static void same(String what, Object expected, Object found) {
        if (!expected.equals(found)) {
            throw new AssertionError(what + ":\nexpected " + expected + "\nbut found " + found);
        }
    }

    /** Keys of any age, no retention, and the smallest of everything. */
    static LogOptions options() {
        return new LogOptions(
                new FlushPolicy.Always(), LogOptions.MIN_SEGMENT_BYTES, Duration.ZERO, 0, 0, Duration.ofDays(1));
    }
}
