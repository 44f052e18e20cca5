package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.backend.log.LogCursor;
import com.busdk.broker.backend.log.LogDamagedException;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A consumer group: a cursor with {@link Leases}. It takes events from the log as far as its consumers have room, hands each to
 * one of them, and gives back what fails. What it has done so far is written by its {@link GroupJournal}.
 *
 * <p>Thread: its home loop. Reads of cold events run on a reader thread, one at a time, and come back.
 */
final class Group implements Puller {
    /** Events out or waiting for redelivery at most; beyond that nothing new is taken from the log. */
    static final int MAX_OPEN = 100_000;

    /** Dead letters kept at most; then the group stops, since dropping one would lose it. */
    static final int MAX_DEAD = 100_000;

    /** Passing over so many events of others is worth a record by itself. */
    private static final long FRONTIER_STEP = 100_000;

    /** Rounds of handing out in one go, so that a fast consumer does not keep the loop from others. */
    private static final int MAX_TURNS = 32;

    private static final int MAX_CHUNK_BYTES = 256 << 10;

    /** When it tries again behind an error of this process, such as a lack of memory. */
    private static final long RETRY_MILLIS = 1_000;

    private final GroupHome home;
    private final int id;
    private final GroupKey key;
    private final long first;
    private final EventFilter filter;
    private final GroupJournal journal;
    private final Members members = new Members(this);
    private final OpenEvents open;
    private final Redelivery waiting;
    private final Leases leases;
    private final TreeMap<Long, DeadMark> dead;
    private final KeyOrder order = new KeyOrder();
    private final RecentAcks recentAcks;

    /** Null until the next read finds the place anew. */
    private @Nullable LogCursor cursor;

    private long position;
    private boolean reading;
    private boolean pumping;

    /** It looks again a little later, behind an error. */
    private boolean retrying;

    /** It would have read on, but all groups together have as many events out as may be. */
    private boolean shortOfRoom;

    private boolean pumpAgain;
    private boolean touched;

    private boolean wasPausing;

    /** At the last tick it might not hand out. */
    private boolean wasHeldBack;

    private boolean ordered;
    private boolean forgotten;
    private long seenMicros;

    Group(GroupHome home, GroupProgress progress) {
        this.home = home;
        this.id = progress.id;
        this.key = progress.key;
        this.first = progress.first;
        this.open = new OpenEvents(home.openRoom());
        this.recentAcks = new RecentAcks(home.ackRoom());
        this.filter = new EventFilter(List.of(key.name()), false, key.owner(), null);
        this.position = progress.frontier;
        this.seenMicros = progress.seenMicros;
        this.dead = progress.dead;
        this.waiting = new Redelivery(this, home, filter);
        this.leases = new Leases(this, home, waiting);
        this.journal = new GroupJournal(this, home, progress.frontier);
        progress.open.forEachLong((sequence, attempts) -> {
            Entry entry = new Entry(this, sequence);
            entry.attempts = (int) attempts;
            open.put(entry);
            waiting.add(entry, 0);
        });
    }

    int id() {
        return id;
    }

    GroupKey key() {
        return key;
    }

    /** Where it began: what lies before has never been its own. */
    long first() {
        return first;
    }

    List<Member> members() {
        return members.all();
    }

    long position() {
        return position;
    }

    NavigableMap<Long, DeadMark> dead() {
        return dead;
    }

    OpenEvents open() {
        return open;
    }

    GroupJournal journal() {
        return journal;
    }

    GroupHome home() {
        return home;
    }

    RecentAcks recentAcks() {
        return recentAcks;
    }

    /** What consumers have of it. */
    Leases leases() {
        return leases;
    }

    int waitingCount() {
        return waiting.size() + order.held();
    }

    int heldCount() {
        return order.held();
    }

    long seenMicros() {
        return seenMicros;
    }

    // ---- consumers

    void add(Member member) {
        if (members.isEmpty()) {
            home.loop().feed().add(this, List.of(key.name()), false);
        }
        members.add(member);
        ordered |= member.spec().ordered();
        seen();
    }

    void remove(Member member) {
        if (!members.remove(member)) {
            return;
        }
        if (members.isEmpty()) {
            home.loop().feed().remove(this, List.of(key.name()), false);
        }
        leases.lost(member);
        seen();
        turnEnded();
    }

    /** Notes in the journal that the group is in use, so that it is not forgotten. */
    void seen() {
        seenMicros = home.hub().nowMicros();
        journal.changes().seenMicros = seenMicros;
        journal.write();
    }

    /** From now on nothing more. */
    void stopHandingOut() {
        forgotten = true;
    }

    void forget() {
        forgotten = true;
        open.end();
        recentAcks.forget();
    }

    boolean isReading() {
        return reading;
    }

    /** Goes on at the oldest that is retained where it stands before that: true then, and its consumers are told. */
    boolean skipDropped() {
        long oldest = home.hub().log().firstSequence();
        if (reading || position >= oldest) {
            return false;
        }
        position = oldest;
        cursor = null;
        members.tellTruncated();
        return true;
    }

    /** Whether everything below has been delivered at least once, and nothing waits to be delivered again. */
    boolean deliveredUpTo(long snapshotEnd) {
        return position >= snapshotEnd && !reading && !waiting.hasBelow(snapshotEnd);
    }

    // ---- handing out

    @Override
    public void moreToRead() {
        pump();
    }

    /** Hands out what there is, as far as consumers have room. */
    void pump() {
        if (pumping) {
            pumpAgain = true; // a delivery was taken at once, while it was being written
            return;
        }
        pumping = true;
        boolean through = false;
        try {
            handOut();
            through = true;
        } finally {
            pumping = false;
            if (!through && !retrying) {
                // Nothing else might ever come by here.
                retrying = true;
                var _ = home.loop().eventLoop().schedule(this::retry, RETRY_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
        if (pumpAgain) {
            home.loop().eventLoop().execute(this::turnEnded);
        }
    }

    private void retry() {
        retrying = false;
        turnEnded();
    }

    private void handOut() {
        int turns = 0;
        do {
            pumpAgain = false;
            while (step()) {
                // one read after the other, while they can be done at once
            }
            members.flush();
        } while (pumpAgain && ++turns < MAX_TURNS);
    }

    /** The end of whatever changed something: hand out, write to the consumers, write down. */
    void turnEnded() {
        pump();
        journal.write();
    }

    /** One read; true when another may follow at once. */
    private boolean step() {
        shortOfRoom = false;
        if (reading
                || forgotten
                || members.isEmpty()
                || journal.stalled()
                || leases.pausing()
                || !home.hub().mayHandOut(key.home())) {
            return false;
        }
        int room = Math.min(members.room(), leases.probingRoom());
        if (room <= 0) {
            return false;
        }
        long wanted = members.readUpTo(Long.MAX_VALUE);
        if (waiting.isDueBelow(wanted)) {
            waiting.fetch(room, members.roomBytes(), members.addedBytes(), wanted);
            reading = true;
            return false;
        }
        int shared = home.openRoom().room(open.size());
        shortOfRoom = shared == 0;
        return shared > 0 && !full() && readOn(Math.min(room, shared));
    }

    /** Whether nothing more is handed out for now since the last deliveries failed. */
    boolean backingOff() {
        return leases.pausing() || leases.probingRoom() <= 0 && !members.isEmpty();
    }

    /** Whether it reads no further since all groups together have too much out. */
    boolean shortOfRoom() {
        return shortOfRoom;
    }

    private boolean full() {
        return open.size() >= MAX_OPEN || order.held() >= KeyOrder.MAX_HELD || dead.size() >= MAX_DEAD;
    }

    private boolean readOn(int room) {
        EventLog log = home.hub().log();
        long upTo = members.readUpTo(log.head());
        if (position >= upTo) {
            return false;
        }
        LogCursor at = cursor;
        cursor = null; // until what it passes over has been handed out
        int roomBytes = Math.min(MAX_CHUNK_BYTES, members.roomBytes());
        int added = members.addedBytes();
        long from = position;
        if (at != null && log.isHot(at)) {
            GroupRead read = new GroupRead(log, home.chunk(), filter, room, roomBytes, added);
            read.on(at, from, upTo);
            return take(read);
        }
        home.reads()
                .begin(
                        chunk -> {
                            GroupRead read = new GroupRead(log, chunk, filter, room, roomBytes, added);
                            read.on(at, from, upTo);
                            return read;
                        },
                        read -> {
                            reading = false;
                            try {
                                take(read);
                            } finally {
                                members.readEnded();
                                turnEnded();
                            }
                        });
        reading = true;
        return false;
    }

    /** Hands out what was read; true when it got somewhere and may go on. */
    private boolean take(GroupRead read) {
        LogCursor at = read.cursor();
        if (read.failure() != null || at == null) {
            // The cursor has moved past events that were read before the failure and are not handed out.
            cursor = null;
            if (read.failure() != null) {
                home.hub().reportDamage(read.failure());
            }
            journal.stall();
            return false;
        }
        cursor = at;
        position = at.next();
        if (read.truncated()) {
            members.tellTruncated();
        }
        LineChunk chunk = read.chunk();
        for (int i = 0; i < chunk.count(); i++) {
            long sequence = chunk.sequence(i);
            Entry entry = new Entry(this, sequence);
            if (home.openRoom().room(open.size()) == 0) {
                shortOfRoom = true; // others have taken it while this was being read
                stepBackTo(sequence, entry);
                break;
            }
            if (ordered && chunk.hasKey(i) && !order.takeOrHold(chunk.key(i), entry)) {
                open.put(entry);
                journal.changes().held.addLong(sequence);
                continue;
            }
            Member member = members.next(sequence);
            if (member == null) {
                stepBackTo(sequence, entry);
                break;
            }
            boolean handed = false;
            try {
                leases.begin(entry, member, chunk, i);
                handed = true;
            } finally {
                if (!handed) {
                    stepBackTo(sequence, entry);
                }
            }
            open.put(entry);
            journal.changes().handedOut.addLong(sequence);
        }
        if (chunk.count() > 0 || position - journal.changes().frontier > FRONTIER_STEP) {
            journal.changes().frontier = position;
        }
        return position < home.hub().log().head();
    }

    /** Nobody can take that one any more (a consumer left meanwhile): it will be read again. */
    private void stepBackTo(long sequence, Entry entry) {
        order.release(entry);
        cursor = null;
        position = sequence;
    }

    /** What time brings: delays that are over, a pause that ends, room that others made, a log that takes writes again. */
    void tick() {
        open.shrink();
        if (members.isEmpty() && !journal.stalled()) {
            return;
        }
        journal.retry();
        boolean pausing = leases.pausing();
        boolean hasRoomAgain = shortOfRoom && home.openRoom().room(open.size()) > 0;
        boolean heldBack = !home.hub().mayHandOut(key.home());
        boolean freed = wasHeldBack && !heldBack;
        wasHeldBack = heldBack;
        if (!pausing && !heldBack && (wasPausing || freed || hasRoomAgain || waiting.isDue())) {
            turnEnded();
        }
        wasPausing = pausing;
    }

    // ---- again

    /** What was to be delivered again has been read; what was found of it is handed out one by one before this. */
    void fetched(@Nullable LogDamagedException failure, boolean truncated) {
        reading = false;
        members.readEnded();
        if (failure != null) {
            home.hub().reportDamage(failure);
            journal.stall();
        }
        if (truncated) {
            members.tellTruncated(); // some of it is no longer retained
        }
        turnEnded();
    }

    /** One more delivery of an event that has just been read. */
    void handOutAgain(Entry entry, LineChunk chunk, int index) {
        if (ordered && entry.key == null && chunk.hasKey(index) && !order.takeOrHold(chunk.key(index), entry)) {
            return;
        }
        Member member = members.next(entry.sequence);
        if (member == null) {
            waiting.add(entry, entry.notBefore);
        } else if (member.spec().explicit() && entry.attempts >= member.spec().maxDeliveries()) {
            home.deadLetters().bury(entry, entry.reason == null ? "delivered too often" : entry.reason);
        } else {
            journal.changes().again.addLong(entry.sequence);
            leases.begin(entry, member, chunk, index);
        }
    }

    /** The event is no longer retained: there is nothing left to deliver. */
    void gone(Entry entry) {
        journal.changes().done.addLong(entry.sequence);
        entry.state = Entry.State.SETTLING;
    }

    /** A held event whose key got free, or a dead letter that was given back. */
    void enqueue(Entry entry) {
        open.put(entry);
        waiting.add(entry, home.nowMillis());
    }

    /** The journal has it: the event is done or a dead letter. */
    void closed(Entry entry) {
        open.remove(entry.sequence);
        entry.member = null;
        Entry next = order.release(entry);
        if (next != null) {
            waiting.add(next, home.nowMillis());
        }
    }

    @Override
    public boolean markTouched() {
        boolean first = !touched;
        touched = true;
        return first;
    }

    @Override
    public void clearTouched() {
        touched = false;
    }
}
