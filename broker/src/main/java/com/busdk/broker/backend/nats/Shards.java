package com.busdk.broker.backend.nats;

import com.busdk.broker.backend.embedded.Bytes;
import com.busdk.broker.backend.embedded.GroupKey;
import com.busdk.broker.backend.embedded.GroupKey.HomeKey;
import com.busdk.broker.backend.embedded.GroupProgress;
import com.busdk.broker.backend.embedded.Hub;
import com.busdk.broker.backend.embedded.Progress;
import com.busdk.broker.backend.embedded.ProgressRequest;
import com.busdk.broker.backend.embedded.Responders;
import com.busdk.broker.backend.log.LogUnavailableException;
import com.busdk.broker.backend.nats.JournalRecord.Kind;
import com.busdk.broker.backend.nats.Shard.Answer;
import com.busdk.broker.backend.nats.Shard.Asked;
import com.busdk.broker.backend.nats.Shard.State;
import com.busdk.broker.backend.nats.Shard.Whole;
import com.busdk.broker.backend.nats.Shard.Writing;
import com.busdk.broker.envelope.EventBatch;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * In which process groups live, and what they have come to.
 *
 * <p>Groups are spread over {@link Subjects#SHARDS} shards, each with a journal on a subject of its own. Whoever writes to
 * it says which message it takes for the last one there, and the stream refuses it otherwise: so there is one writer at a
 * time, and a process that was taken for dead finds out with its next message. It tells that it lives by that, or by a
 * message that says nothing else; where none of its messages has come back for {@link #LEASE_NANOS} it hands out nothing
 * any more, and where none has come for {@link #TAKE_OVER_NANOS}, another may claim the shard. The first is counted from
 * the sending, the second from the arrival, and is the longer one: so two processes never hand out at the same time, as
 * long as their clocks run about equally fast.
 *
 * <p>What has come back from the stream, and nothing else, is what counts as written.
 *
 * <p>Threads: the cluster's writer, but for the methods under "any thread".
 */
final class Shards {
    static final long LEASE_NANOS = TimeUnit.MILLISECONDS.toNanos(4_000);
    static final long TAKE_OVER_NANOS = TimeUnit.MILLISECONDS.toNanos(6_000);

    /** Three times within a lease: one that gets lost is not missed. */
    private static final long RENEW_NANOS = TimeUnit.MILLISECONDS.toNanos(1_300);

    /** A message without an answer is sent again then, as the same one. */
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** A message that has not come back by then is given up, and the shard with it: its fold will tell what became of it. */
    private static final long GIVE_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(15_000);

    /** Who asks where a shard lives waits so long: longer than it takes to take over from one that died. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(12_000);

    /** Progress in one record. More waits for the next, which has more then. */
    private static final int MOST_RECORD_BYTES = 256 << 10;

    /** A journal is cut when it has so many messages, and is not short beside its snapshot. */
    private static final long SNAPSHOT_MESSAGES = 4_000;

    private static final long SNAPSHOT_BYTES = 8L << 20;

    /** Shards' numbers are the upper bits of those of groups. */
    private static final int GROUP_BITS = 24;

    private static final Logger LOG = LoggerFactory.getLogger(Shards.class);

    private final long self;
    private final Subjects subjects;
    private final NatsLink link;
    private final String stream;
    private final Hub hub;
    private final ClusterWriter writer;
    private final int chunkBytes;
    private final Shard[] shards = new Shard[Subjects.SHARDS];
    private final Responders groups = new Responders();
    private final AtomicLongArray leaseEnds = new AtomicLongArray(Subjects.SHARDS);
    private final AtomicLongArray owners = new AtomicLongArray(Subjects.SHARDS);
    private final AtomicIntegerArray lastGroupIds = new AtomicIntegerArray(Subjects.SHARDS);
    private final Consumer<Long> ownerLost;
    private long lastNumber;
    private boolean releasing;

    /** @param ownerLost told of a process from which a shard was taken */
    Shards(long self, NatsOptions options, NatsLink link, Hub hub, ClusterWriter writer, Consumer<Long> ownerLost) {
        this.self = self;
        this.subjects = new Subjects(options.stream());
        this.stream = options.groupsStream();
        this.link = link;
        this.hub = hub;
        this.writer = writer;
        this.ownerLost = ownerLost;
        this.chunkBytes = (int) Math.min(512 << 10, link.maxPayload() / 2);
        for (int i = 0; i < shards.length; i++) {
            shards[i] = new Shard(i);
            leaseEnds.set(i, System.nanoTime());
        }
    }

    // ---- any thread

    /** Whether the groups of that shard live here, and nobody else can think that it may take them. */
    boolean mayHandOut(int shard) {
        return leaseEnds.get(shard) - System.nanoTime() > 0;
    }

    /** The process that claimed a shard last and has not given it back, as this one knows; 0 for none. */
    long owner(int shard) {
        return owners.get(shard);
    }

    /** A number for a new group of a shard that lives here. */
    int nextGroupId(int shard) {
        return lastGroupIds.incrementAndGet(shard);
    }

    /** Which names groups wait for, wherever they live. */
    Responders groups() {
        return groups;
    }

    /** The groups of that home, as this process knows them: wherever they live. Any thread. */
    List<GroupKey> known(HomeKey home) {
        return shards[Subjects.shardOf(home)].known.stream()
                .filter(key -> key.home().equals(home))
                .toList();
    }

    // ---- what comes from the stream

    /** A message of a journal. */
    void arrived(long sequence, int number, JournalRecord message) {
        Shard shard = shards[number];
        Whole whole = shard.take(sequence, message);
        long now = System.nanoTime();
        shard.messagesSinceSnapshot++;
        shard.bytesSinceSnapshot += message.body().remaining();
        if (message.writer() == shard.owner) {
            shard.ownerSeenNanos = now;
        }
        if (whole != null) {
            fold(shard, whole, now);
        }
        Writing mine = shard.writing;
        if (mine != null && message.writer() == self && message.number() == mine.messageNumber) {
            cameBack(shard, mine, sequence);
        }
    }

    private void fold(Shard shard, Whole record, long now) {
        switch (record.kind()) {
            case CLAIM -> claimed(shard, record.writer(), now);
            case RENEW -> {}
            case RELEASE -> {
                shard.owner = Shard.NOBODY;
                owners.set(shard.number, Shard.NOBODY);
            }
            case PROGRESS -> progress(shard, record.body().duplicate());
            case SNAPSHOT -> {
                shard.progress.restore(record.body().duplicate());
                shard.messagesSinceSnapshot = 0;
                shard.bytesSinceSnapshot = 0;
                shard.lastSnapshotBytes = record.body().remaining();
                learn(shard);
            }
        }
    }

    private void claimed(Shard shard, long by, long now) {
        long before = shard.owner;
        shard.owner = by;
        shard.ownerSeenNanos = now;
        owners.set(shard.number, by);
        if (by != self && (shard.state == State.HERE || shard.state == State.CLAIMING)) {
            leave(shard, "another process has it");
        }
        if (before != Shard.NOBODY && before != by && before != self) {
            ownerLost.accept(before);
        }
        answer(shard);
    }

    private void progress(Shard shard, ByteBuffer body) {
        boolean groupsChanged = false;
        while (body.hasRemaining()) {
            byte kind = body.get();
            int length = body.getInt();
            ByteBuffer one = body.slice(body.position(), length);
            body.position(body.position() + length);
            shard.progress.apply(kind, new Bytes.Reader(one));
            groupsChanged |= kind != Progress.MOVED;
        }
        if (groupsChanged) {
            learn(shard);
        }
    }

    /** Tells others which groups there are. */
    private void learn(Shard shard) {
        Set<GroupKey> now = new HashSet<>();
        for (GroupProgress group : shard.progress.groups().values()) {
            now.add(group.key());
            if (!shard.known.contains(group.key())) {
                groups.add(group.key());
            }
        }
        for (GroupKey key : shard.known) {
            if (!now.contains(key)) {
                groups.remove(key);
            }
        }
        shard.known = now;
    }

    private void cameBack(Shard shard, Writing mine, long sequence) {
        shard.provenNanos = mine.sentNanos;
        if (shard.state == State.HERE) {
            leaseEnds.set(shard.number, mine.sentNanos + LEASE_NANOS);
        }
        mine.firstSequence = mine.firstSequence < 0 ? sequence : mine.firstSequence;
        mine.written += mine.messageBody;
        if (mine.written < mine.body.length) {
            send(shard, mine);
            return;
        }
        shard.writing = null;
        for (ProgressRequest request : mine.requests) {
            writer.handBack(request);
        }
        switch (mine.kind) {
            case CLAIM -> here(shard);
            case RELEASE -> shard.state = State.AWAY;
            case SNAPSHOT -> cut(shard, mine.firstSequence);
            case RENEW, PROGRESS -> {}
        }
        pump(shard);
    }

    private void here(Shard shard) {
        shard.state = State.HERE;
        leaseEnds.set(shard.number, shard.provenNanos + LEASE_NANOS);
        int highest = Math.max(shard.progress.lastId(), shard.number << GROUP_BITS);
        lastGroupIds.accumulateAndGet(shard.number, highest, Math::max);
        shard.wanted = false;
        hub.adopt(shard.progress.groups().values());
        if (!shard.known.isEmpty()) {
            hub.settleGroups(); // also those that nobody asks for are forgotten some day
        }
        LOG.debug("the groups of shard {} live here: {}", shard.number, shard.known.size());
        answer(shard);
    }

    private void cut(Shard shard, long below) {
        var _ = link.purgeBelow(stream, subjects.ofShard(shard.number), below).whenComplete((_, failure) -> {
            if (failure != null) {
                LOG.debug("the journal of shard {} could not be cut: {}", shard.number, failure.toString());
            }
        });
    }

    // ---- what goes to the stream

    /** Progress of a group that lives here. */
    void submit(ProgressRequest request) {
        Shard shard = shards[request.group() >>> GROUP_BITS & Subjects.SHARDS - 1];
        if (shard.state != State.HERE || releasing) {
            fail(request, "the group lives in another process now; try again");
            return;
        }
        shard.waiting.add(request);
        pump(shard);
    }

    private void fail(ProgressRequest request, String why) {
        request.failed(new LogUnavailableException(why));
        writer.handBack(request);
    }

    /** Begins to write what there is, unless something is on its way. */
    private void pump(Shard shard) {
        if (shard.writing != null || shard.state != State.HERE) {
            return;
        }
        if (!shard.waiting.isEmpty()) {
            write(shard, nextProgress(shard));
        } else if (isLong(shard)) {
            ByteBuffer snapshot = shard.progress.snapshot();
            byte[] body = new byte[snapshot.remaining()];
            snapshot.get(body);
            write(shard, new Writing(Kind.SNAPSHOT, body, List.of()));
        } else if (releasing) {
            write(shard, new Writing(Kind.RELEASE, new byte[0], List.of()));
        } else if (System.nanoTime() - shard.provenNanos > RENEW_NANOS) {
            write(shard, new Writing(Kind.RENEW, new byte[0], List.of()));
        }
    }

    private static boolean isLong(Shard shard) {
        return shard.messagesSinceSnapshot > SNAPSHOT_MESSAGES
                || shard.bytesSinceSnapshot > Math.max(SNAPSHOT_BYTES, 4 * shard.lastSnapshotBytes);
    }

    private static Writing nextProgress(Shard shard) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        List<ProgressRequest> requests = new ArrayList<>();
        do {
            ProgressRequest request = shard.waiting.remove();
            ByteBuffer one = request.body();
            body.write(request.kind());
            body.writeBytes(ByteBuffer.allocate(4).putInt(one.remaining()).array());
            byte[] bytes = new byte[one.remaining()];
            one.get(bytes);
            body.writeBytes(bytes);
            requests.add(request);
        } while (!shard.waiting.isEmpty() && body.size() < MOST_RECORD_BYTES);
        return new Writing(Kind.PROGRESS, body.toByteArray(), requests);
    }

    private void write(Shard shard, Writing writing) {
        shard.writing = writing;
        writing.sentNanos = System.nanoTime();
        tellThenSend(shard, writing);
    }

    /** What belongs to the record goes first: a crash between the two tells twice, and never of nothing. */
    private void tellThenSend(Shard shard, Writing writing) {
        List<CompletableFuture<?>> stored = new ArrayList<>();
        long number = writing.messageNumber == 0 ? ++lastNumber : writing.messageNumber;
        writing.messageNumber = number;
        int count = 0;
        for (ProgressRequest request : writing.requests) {
            EventBatch told = request.events();
            for (int i = 0; told != null && i < told.count(); i++) {
                String id = Long.toHexString(self) + "-told-" + number + "-" + count++;
                stored.add(link.publish(subjects.ofEvent(told, i), EventMessage.encode(told, i), id, -1));
            }
        }
        if (stored.isEmpty()) {
            writing.told = true;
            send(shard, writing);
            return;
        }
        var _ = CompletableFuture.allOf(stored.toArray(CompletableFuture[]::new))
                .whenComplete((_, failure) -> writer.run(() -> {
                    if (shard.writing != writing) {
                        return;
                    }
                    if (failure == null) {
                        writing.told = true;
                        send(shard, writing);
                    } else {
                        writing.retryNanos = System.nanoTime() + RETRY_NANOS;
                    }
                }));
    }

    /** Sends the next message of the record. */
    private void send(Shard shard, Writing writing) {
        int length = Math.min(chunkBytes, writing.body.length - writing.written);
        boolean last = writing.written + length == writing.body.length;
        writing.messageNumber = ++lastNumber;
        writing.messageBody = length;
        byte[] part = Arrays.copyOfRange(writing.body, writing.written, writing.written + length);
        writing.message =
                new JournalRecord(writing.kind, last, self, writing.messageNumber, ByteBuffer.wrap(part)).encode();
        writing.expected = shard.lastSequence;
        writing.sentNanos = System.nanoTime();
        transmit(shard, writing);
    }

    private void transmit(Shard shard, Writing writing) {
        long number = writing.messageNumber;
        writing.retryNanos = Long.MAX_VALUE;
        String id = Long.toHexString(self) + "-" + number;
        var _ = link.publish(subjects.ofShard(shard.number), writing.message, id, writing.expected)
                .whenComplete((_, failure) -> {
                    if (failure != null) {
                        writer.run(() -> notStored(shard, writing, number, NatsRefusal.of(failure)));
                    }
                });
    }

    private void notStored(Shard shard, Writing writing, long number, NatsRefusal why) {
        if (shard.writing != writing || writing.messageNumber != number) {
            return; // it has come back meanwhile, or has been given up
        }
        if (why.kind() == NatsRefusal.Kind.WRONG_LAST && writing.kind == Kind.CLAIM) {
            giveUpClaim(shard); // somebody was quicker: what was written will come, and says who
            return;
        }
        // Refused because of another's message: that will come, and end this. Because of its own first try: likewise.
        writing.retryNanos = System.nanoTime() + RETRY_NANOS;
    }

    private static void giveUpClaim(Shard shard) {
        shard.writing = null;
        shard.state = State.AWAY;
    }

    // ---- where it lives

    /** Answers where the groups of a shard live; claims it for this process where they live nowhere. */
    void ask(int number, Consumer<Answer> answer) {
        Shard shard = shards[number];
        shard.asked.add(new Asked(System.nanoTime() + PATIENCE_NANOS, answer));
        answer(shard);
        claimIfFree(shard);
    }

    /** The same for one who found that nobody is there: waits until somebody else has it. */
    void askAgain(int number, long process, Consumer<Answer> answer) {
        Shard shard = shards[number];
        if (shard.owner == process && shard.state == State.AWAY && !mayBeClaimed(shard)) {
            long wait = Math.min(PATIENCE_NANOS, RETRY_NANOS);
            writer.later(wait, () -> ask(number, answer));
            return;
        }
        ask(number, answer);
    }

    private void answer(Shard shard) {
        boolean elsewhere = shard.owner != Shard.NOBODY
                && shard.owner != self
                && System.nanoTime() - shard.ownerSeenNanos <= TAKE_OVER_NANOS;
        if (shard.asked.isEmpty() || shard.state != State.HERE && !(elsewhere && shard.state == State.AWAY)) {
            return;
        }
        List<Asked> all = List.copyOf(shard.asked);
        shard.asked.clear();
        all.forEach(one -> one.answer().accept(new Answer(shard.state == State.HERE ? self : shard.owner)));
    }

    private boolean mayBeClaimed(Shard shard) {
        return shard.owner == Shard.NOBODY
                || shard.owner == self
                || System.nanoTime() - shard.ownerSeenNanos > TAKE_OVER_NANOS;
    }

    private void claimIfFree(Shard shard) {
        boolean needed = !shard.asked.isEmpty() || shard.wanted;
        if (needed && shard.state == State.AWAY && !releasing && writer.caughtUp() && mayBeClaimed(shard)) {
            shard.state = State.CLAIMING;
            write(shard, new Writing(Kind.CLAIM, new byte[0], List.of()));
        }
    }

    /** The groups live here no longer. */
    private void leave(Shard shard, String why) {
        boolean lived = shard.state == State.HERE;
        leaseEnds.set(shard.number, System.nanoTime());
        Writing writing = shard.writing;
        shard.writing = null;
        if (writing != null) {
            writing.requests.forEach(request -> fail(request, "the group has moved to another process; try again"));
        }
        while (!shard.waiting.isEmpty()) {
            fail(shard.waiting.remove(), "the group has moved to another process; try again");
        }
        if (!lived) {
            shard.state = State.AWAY;
            return;
        }
        LOG.info("the groups of shard {} ({}) live here no longer: {}", shard.number, shard.known.size(), why);
        shard.state = State.LEAVING;
        var _ = hub.drop(key -> Subjects.shardOf(key) == shard.number)
                .onComplete(_ -> writer.run(() -> {
                    shard.state = State.AWAY;
                    answer(shard);
                    claimIfFree(shard);
                }));
    }

    // ---- time

    /** Now and then. */
    void tick() {
        long now = System.nanoTime();
        for (Shard shard : shards) {
            Writing writing = shard.writing;
            if (writing != null && now - writing.sentNanos > GIVE_UP_NANOS) {
                leave(
                        shard,
                        "the cluster has not answered for " + TimeUnit.NANOSECONDS.toSeconds(GIVE_UP_NANOS) + " s");
            } else if (writing != null && writing.retryNanos - now <= 0) {
                if (writing.told) {
                    transmit(shard, writing);
                } else {
                    writing.retryNanos = Long.MAX_VALUE;
                    tellThenSend(shard, writing);
                }
            }
            pump(shard);
            answer(shard);
            claimIfFree(shard);
            expire(shard, now);
        }
    }

    private static void expire(Shard shard, long now) {
        for (Asked one : List.copyOf(shard.asked)) {
            if (one.deadlineNanos() - now <= 0) {
                shard.asked.remove(one);
                one.answer().accept(new Answer(Shard.NOBODY));
            }
        }
    }

    /** Claims what lives nowhere and has groups that are to be forgotten. */
    void claimOutlived(long nowMicros, long retentionMicros) {
        for (Shard shard : shards) {
            if (shard.state == State.AWAY && mayBeClaimed(shard)) {
                shard.wanted = shard.progress.groups().values().stream()
                        .anyMatch(group -> nowMicros - group.seenMicros() > retentionMicros);
            }
        }
    }

    /** Shards that have groups, of which somebody may be asked. */
    List<Integer> used() {
        List<Integer> used = new ArrayList<>();
        for (Shard shard : shards) {
            if (!shard.known.isEmpty()) {
                used.add(shard.number);
            }
        }
        return used;
    }

    int groupCount() {
        int count = 0;
        for (Shard shard : shards) {
            count += shard.known.size();
        }
        return count;
    }

    /** Gives back what lives here, when all is written; takes nothing any more. */
    void release() {
        releasing = true;
        for (Shard shard : shards) {
            for (Asked one : List.copyOf(shard.asked)) {
                one.answer().accept(new Answer(Shard.NOBODY));
            }
            shard.asked.clear();
            pump(shard);
        }
    }

    /** Whether nothing lives here and nothing is on its way. */
    boolean released() {
        return Arrays.stream(shards).allMatch(shard -> shard.writing == null && shard.state != State.HERE);
    }
}
