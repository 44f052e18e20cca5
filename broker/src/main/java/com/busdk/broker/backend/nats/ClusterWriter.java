package com.busdk.broker.backend.nats;

import com.busdk.broker.backend.Backend.Published;
import com.busdk.broker.backend.embedded.Hub;
import com.busdk.broker.backend.embedded.HubWriter;
import com.busdk.broker.backend.embedded.KeyTable;
import com.busdk.broker.backend.embedded.ProgressRequest;
import com.busdk.broker.backend.embedded.PublishRequest;
import com.busdk.broker.backend.embedded.WriteRequest;
import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.backend.log.LogUnavailableException;
import com.busdk.broker.backend.log.SegmentLog;
import com.busdk.broker.backend.nats.Arrivals.Arrived;
import com.busdk.broker.envelope.EventBatch;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread of this process between its hub and the cluster: publishes what is to be stored, writes what comes back
 * from the stream into this process's copy, and hands each request back when it is acknowledged by the cluster and can be
 * read here. Nothing is published one by one: as much is on its way as comes.
 *
 * <p>Threads: {@link #submit} from any event loop, {@link #run(Runnable)} and the arrivals from any thread, everything else
 * on its own.
 */
final class ClusterWriter implements HubWriter {
    /** As of the hub's own writer: with one a connection, more than there are connections; a full queue is a 503. */
    private static final int QUEUE_CAPACITY = 1 << 17;

    /** What may wait to be published: beyond that the cluster is far behind, and publishers are told so. */
    private static final long QUEUE_BYTES = 64L << 20;

    /** Messages on their way at once: some ten milliseconds' worth of a fast cluster. */
    private static final int MOST_OUTSTANDING = 8_192;

    private static final long MOST_OUTSTANDING_BYTES = 32L << 20;

    /** How long a publish that is acknowledged waits for its events to come back, before it is answered without. */
    private static final long COME_BACK_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** How long a stop waits for what is on its way. */
    private static final long END_NANOS = TimeUnit.SECONDS.toNanos(6);

    private static final long PARK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A full disk may have room again any moment. */
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private static final Logger LOG = LoggerFactory.getLogger(ClusterWriter.class);

    private final NatsLink link;
    private final Subjects subjects;
    private final Hub hub;
    private final SegmentLog copy;
    private final KeyTable keys;
    private final Probe probe;
    private final Thread thread = Thread.ofPlatform().name("bus-cluster-writer").unstarted(this::work);
    private final MpscAtomicArrayQueue<WriteRequest> queue = new MpscAtomicArrayQueue<>(QUEUE_CAPACITY);
    private final AtomicLong queuedBytes = new AtomicLong();

    /** Bounded by what is on its way, and by those who ask. */
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    private final Arrivals events = new Arrivals();
    private final Arrivals records = new Arrivals();
    private volatile boolean parked;
    private volatile boolean stopping;
    private volatile boolean ending;
    private volatile boolean caughtUp;
    private volatile String brokenBecause = "";

    /** Why the copy takes nothing at the moment; empty while it does. */
    private volatile String copyTrouble = "";

    // its own thread
    private @Nullable Shards shards;
    private final List<Arrived> batch = new ArrayList<>();
    private final ArrayDeque<Arrived> unwritten = new ArrayDeque<>();
    private final PriorityQueue<Publishing> acknowledged =
            new PriorityQueue<>(Comparator.comparingLong(publishing -> publishing.last));
    private final PriorityQueue<Until> whenHead = new PriorityQueue<>(Comparator.comparingLong(until -> until.at));
    private final PriorityQueue<Until> whenRecord = new PriorityQueue<>(Comparator.comparingLong(until -> until.at));
    private final PriorityQueue<Later> later = new PriorityQueue<>(Comparator.comparingLong(Later::atNanos));
    private int outstanding;
    private long outstandingBytes;
    private long nextSecond;
    private long retryCopy;
    private long lastRecord;
    private long eventsAtStart;
    private long recordsAtStart;
    private long endBy;
    private boolean handedBack;

    private record Later(long atNanos, Runnable task) {}

    /** @param at the head, or the sequence of a record */
    private record Until(long at, Runnable then) {}

    ClusterWriter(NatsLink link, Subjects subjects, Hub hub, SegmentLog copy, KeyTable keys, Probe probe) {
        this.link = link;
        this.subjects = subjects;
        this.hub = hub;
        this.copy = copy;
        this.keys = keys;
        this.probe = probe;
    }

    /**
     * Before it is started.
     *
     * @param lastEvent of the stream, up to which it reads before it is {@link #caughtUp}
     * @param lastJournal likewise
     */
    void prepare(Shards groups, long lastEvent, long lastJournal) {
        shards = groups;
        eventsAtStart = lastEvent;
        recordsAtStart = lastJournal;
    }

    Arrivals events() {
        return events;
    }

    Arrivals records() {
        return records;
    }

    // ---- any thread

    @Override
    public void start() {
        thread.start();
    }

    @Override
    public boolean submit(WriteRequest request) {
        int bytes = request.bytes();
        if (stopping || !copyTrouble.isEmpty()) {
            return false;
        }
        if (queuedBytes.addAndGet(bytes) > QUEUE_BYTES + bytes) {
            queuedBytes.addAndGet(-bytes);
            return false;
        }
        if (!queue.offer(request)) {
            queuedBytes.addAndGet(-bytes);
            return false;
        }
        wake();
        return true;
    }

    /** Runs that on the writer's thread, soon. */
    void run(Runnable task) {
        tasks.add(task);
        wake();
    }

    /** Something has arrived. */
    void wake() {
        VarHandle.fullFence(); // what is offered is seen before `parked` is read, or both sides could go to sleep
        if (parked) {
            LockSupport.unpark(thread);
        }
    }

    @Override
    public String brokenBecause() {
        return brokenBecause.isEmpty() ? copyTrouble : brokenBecause;
    }

    @Override
    public long queuedBytes() {
        return queuedBytes.get();
    }

    /** Whether all is here that was in the streams when this process came. */
    boolean caughtUp() {
        return caughtUp;
    }

    /** Runs that, on the writer's thread, when the copy has all events below that sequence. */
    void whenHead(long head, Runnable then) {
        run(() -> {
            if (copy.head() >= head) {
                then.run();
            } else {
                whenHead.add(new Until(head, then));
            }
        });
    }

    /** Runs that, on the writer's thread, when all messages of the journals up to that one have come. */
    void whenRecord(long sequence, Runnable then) {
        run(() -> {
            if (lastRecord >= sequence) {
                then.run();
            } else {
                whenRecord.add(new Until(sequence, then));
            }
        });
    }

    @Override
    public void stopAndWait() throws InterruptedException {
        stopping = true;
        ending = true;
        LockSupport.unpark(thread);
        if (thread.isAlive()) {
            thread.join();
        }
        giveUp("the service is shutting down");
        events.close();
        records.close();
    }

    // ---- the thread

    /** On the writer's thread. */
    void later(long nanos, Runnable task) {
        later.add(new Later(System.nanoTime() + nanos, task));
    }

    /** A request is done with; its failure, if any, is in it. */
    void handBack(WriteRequest request) {
        queuedBytes.addAndGet(-request.bytes());
        hub.handBack(request);
        handedBack = true;
    }

    private void work() {
        try {
            nextSecond = System.nanoTime();
            while (true) {
                boolean busy = takeEvents();
                busy |= takeRecords();
                busy |= takeTasks();
                busy |= takeRequests();
                answerComeBack();
                tick();
                if (handedBack) {
                    handedBack = false;
                    hub.headMoved();
                }
                if (ended()) {
                    return;
                }
                if (!busy) {
                    park();
                }
            }
        } catch (RuntimeException | Error defect) {
            LOG.error("the writer to the cluster failed and takes no more events; restart the service", defect);
            breakDown("the writer to the cluster failed; the service must be restarted");
            giveUp(brokenBecause);
        }
    }

    private Shards shards() {
        Shards all = shards;
        if (all == null) {
            throw new IllegalStateException("the writer was not prepared");
        }
        return all;
    }

    private void park() {
        parked = true;
        VarHandle.fullFence();
        if (queue.isEmpty() && tasks.isEmpty() && events.isEmpty() && records.isEmpty() && !ending) {
            LockSupport.parkNanos(this, PARK_NANOS);
        } else if (ending) {
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(1));
        }
        parked = false;
    }

    private boolean takeTasks() {
        boolean some = false;
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
            some = true;
        }
        while (!later.isEmpty() && later.peek().atNanos() - System.nanoTime() <= 0) {
            later.remove().task().run();
            some = true;
        }
        return some;
    }

    private void tick() {
        long now = System.nanoTime();
        Shards groups = shards();
        groups.tick();
        if (now - nextSecond >= 0) {
            nextSecond = now + SECOND_NANOS;
            copy.tick(hub.nowMicros());
            probe.tick();
            groups.claimOutlived(hub.nowMicros(), hub.groupRetentionMicros());
            lookWhetherCaughtUp();
        }
    }

    private void lookWhetherCaughtUp() {
        if (!caughtUp && copy.head() > eventsAtStart && lastRecord >= recordsAtStart) {
            caughtUp = true;
        }
    }

    private boolean ended() {
        if (!ending) {
            return false;
        }
        long now = System.nanoTime();
        if (endBy == 0) {
            endBy = now + END_NANOS;
        }
        if (queue.isEmpty() && outstanding == 0 && acknowledged.isEmpty()) {
            shards().release();
        }
        return now - endBy > 0 || queue.isEmpty() && outstanding == 0 && acknowledged.isEmpty() && shards().released();
    }

    private void breakDown(String why) {
        brokenBecause = why;
        stopping = true;
        LOG.error("{}", why);
    }

    private void giveUp(String why) {
        LogUnavailableException failure = new LogUnavailableException(why);
        for (WriteRequest waiting = queue.poll(); waiting != null; waiting = queue.poll()) {
            waiting.failed(failure);
            handBack(waiting);
        }
        hub.headMoved();
    }

    // ---- from the stream

    /** Writes events that have come into the copy, and shows them to this process's listeners. */
    private boolean takeEvents() {
        if (unwritten.isEmpty()) {
            batch.clear();
            events.drain(batch, EventLog.MAX_STAGED_BYTES / 2);
            unwritten.addAll(batch);
        } else if (retryCopy - System.nanoTime() > 0) {
            return false;
        }
        if (unwritten.isEmpty()) {
            return false;
        }
        try {
            write();
            if (!copyTrouble.isEmpty()) {
                LOG.info("the copy of the stream takes events again");
                copyTrouble = "";
            }
        } catch (LogUnavailableException e) {
            copy.rollback();
            retryCopy = System.nanoTime() + RETRY_NANOS;
            if (copyTrouble.isEmpty()) {
                LOG.error("the copy of the stream takes nothing: {}", e.getMessage());
                copyTrouble = "the service's copy of the events takes nothing: " + e.getMessage();
            }
        }
        hub.headMoved();
        if (!caughtUp) {
            lookWhetherCaughtUp();
        }
        for (Until next = whenHead.peek(); next != null && next.at() <= copy.head(); next = whenHead.peek()) {
            whenHead.remove().then().run();
        }
        return true;
    }

    /** What is written is taken out of {@link #unwritten}. */
    private void write() throws LogUnavailableException {
        while (!unwritten.isEmpty()) {
            List<Arrived> staged = new ArrayList<>();
            EventBatch one = new EventBatch(1 << 16, unwritten.size());
            long next = copy.head();
            for (Arrived event : unwritten) {
                boolean stop = event.sequence() > next || event.sequence() == next && !append(event, one);
                if (stop) {
                    break;
                }
                staged.add(event);
                next = Math.max(next, event.sequence() + 1);
            }
            commit(staged, one);
            for (int i = 0; i < staged.size(); i++) {
                unwritten.remove();
            }
            Arrived odd = unwritten.peek();
            if (odd != null) {
                skip(odd);
            }
        }
    }

    /** False where it is no event. */
    private static boolean append(Arrived event, EventBatch to) {
        return EventMessage.decode(event.body(), to) == null;
    }

    private void commit(List<Arrived> staged, EventBatch decoded) throws LogUnavailableException {
        int index = 0;
        for (Arrived event : staged) {
            if (event.sequence() >= copy.head()) {
                copy.append(decoded, index++, event.timeMicros());
            }
        }
        copy.commit();
        index = 0;
        for (Arrived event : staged) {
            if (index < decoded.count() && event.sequence() >= copy.head() - decoded.count()) {
                if (decoded.hasIdempotencyKey(index)) {
                    keys.restore(
                            decoded.idempotencyHigh(index),
                            decoded.idempotencyLow(index),
                            event.sequence(),
                            event.timeMicros());
                }
                index++;
            }
        }
    }

    /** Events before that one are not to be had, or it is none itself. */
    private void skip(Arrived odd) throws LogUnavailableException {
        long head = copy.head();
        if (odd.sequence() > head) {
            LOG.error(
                    "the stream has no events {} to {}: they were deleted, or the cluster has lost them",
                    head,
                    odd.sequence() - 1);
            copy.skipTo(odd.sequence(), odd.timeMicros());
        } else if (EventMessage.isNewer(odd.body())) {
            breakDown("event " + odd.sequence() + " was written by a newer program; update this one");
            unwritten.clear();
        } else {
            LOG.error("message {} of the stream is no event: another program has written it", odd.sequence());
            copy.skipTo(odd.sequence() + 1, odd.timeMicros());
            unwritten.remove();
        }
    }

    private boolean takeRecords() {
        batch.clear();
        records.drain(batch, EventLog.MAX_STAGED_BYTES);
        for (Arrived message : batch) {
            lastRecord = message.sequence();
            int shard = subjects.shardOf(message.subject());
            if (shard < 0) {
                probe.arrived(message.subject(), message.sequence());
                continue;
            }
            JournalRecord record = JournalRecord.decode(message.body());
            if (record == null) {
                breakDown("the journal of groups has a message, " + message.sequence()
                        + ", that this program does not know; update it");
                return false;
            }
            shards().arrived(message.sequence(), shard, record);
        }
        if (!batch.isEmpty() && !caughtUp) {
            lookWhetherCaughtUp();
        }
        for (Until next = whenRecord.peek(); next != null && next.at() <= lastRecord; next = whenRecord.peek()) {
            whenRecord.remove().then().run();
        }
        return !batch.isEmpty();
    }

    // ---- to the stream

    private boolean takeRequests() {
        boolean some = false;
        while (outstanding < MOST_OUTSTANDING && outstandingBytes < MOST_OUTSTANDING_BYTES) {
            WriteRequest next = queue.poll();
            if (next == null) {
                break;
            }
            some = true;
            if (next instanceof PublishRequest publish) {
                publish(publish);
            } else if (next instanceof ProgressRequest progress) {
                shards().submit(progress);
            }
        }
        return some;
    }

    private void publish(PublishRequest request) {
        EventBatch events = request.batch();
        int count = events.count();
        long now = hub.nowMicros();
        if (!brokenBecause.isEmpty() || !keysFit(events, now)) {
            String why = brokenBecause.isEmpty()
                    ? "too many idempotency keys are remembered at the moment; try again later"
                    : brokenBecause;
            request.failed(new LogUnavailableException(why));
            handBack(request);
            return;
        }
        Publishing publishing = new Publishing(request, count);
        outstanding += count;
        outstandingBytes += request.bytes();
        for (int i = 0; i < count; i++) {
            int index = i;
            boolean keyed = events.hasIdempotencyKey(i);
            long known = keyed ? keys.find(events.idempotencyHigh(i), events.idempotencyLow(i), now) : KeyTable.NONE;
            if (known != KeyTable.NONE) {
                publishing.settled(index, known, true, null);
                continue;
            }
            String id = keyed
                    ? Long.toHexString(events.idempotencyHigh(i)) + "-" + Long.toHexString(events.idempotencyLow(i))
                    : null;
            var _ = link.publish(subjects.ofEvent(events, i), EventMessage.encode(events, i), id, -1)
                    .whenComplete((stored, failure) -> {
                        if (failure == null) {
                            publishing.settled(index, stored.sequence(), stored.duplicate(), null);
                        } else {
                            publishing.settled(index, 0, false, failure);
                        }
                    });
        }
        if (count == 0) {
            request.stored(new Published(0, 0, 0, 0));
            handBack(request);
        }
    }

    private boolean keysFit(EventBatch events, long now) {
        int keyed = 0;
        for (int i = 0; i < events.count(); i++) {
            keyed += events.hasIdempotencyKey(i) ? 1 : 0;
        }
        return keyed == 0 || keys.hasRoom(keyed, now);
    }

    private void published(Publishing publishing) {
        outstanding -= publishing.count;
        outstandingBytes -= publishing.request.bytes();
        Throwable failure = publishing.failure;
        if (failure != null) {
            publishing.request.failed(new LogUnavailableException(inWords(NatsRefusal.of(failure))));
            handBack(publishing.request);
            return;
        }
        publishing.request.stored(new Published(
                publishing.count - publishing.duplicates.get(),
                publishing.duplicates.get(),
                publishing.first,
                publishing.lastOfBatch));
        publishing.answerBy = System.nanoTime() + COME_BACK_NANOS;
        acknowledged.add(publishing);
    }

    /** Answers publishers whose events can be read here. */
    private void answerComeBack() {
        long head = copy.head();
        long now = acknowledged.isEmpty() ? 0 : System.nanoTime();
        for (Publishing next = acknowledged.peek();
                next != null && (next.last < head || next.answerBy - now <= 0);
                next = acknowledged.peek()) {
            handBack(acknowledged.remove().request);
        }
    }

    private static String inWords(NatsRefusal refusal) {
        return switch (refusal.kind()) {
            case NO_RESPONDERS -> "the cluster has no leader for the events at the moment; try again";
            case DISCONNECTED -> "the cluster cannot be reached at the moment; try again";
            case TIMEOUT -> "the cluster has not acknowledged in time; try again with the same idempotency key";
            case TOO_LARGE -> "the event is larger than the cluster's servers take";
            case NO_ROOM -> "the cluster has no room for more events; an operator has to look at it";
            case WRONG_LAST, OTHER -> "the cluster has refused the event; an operator finds why in the log";
        };
    }

    /** A batch on its way. Its events are settled on any thread, the last of them hands it to the writer. */
    private final class Publishing {
        private final PublishRequest request;
        private final int count;
        private final AtomicInteger left;
        private final AtomicInteger duplicates = new AtomicInteger();
        private final AtomicLong highest = new AtomicLong();
        private volatile long first;
        private volatile long lastOfBatch;
        private volatile @Nullable Throwable failure;

        /** The highest sequence; writer. */
        private long last;

        private long answerBy;

        Publishing(PublishRequest request, int count) {
            this.request = request;
            this.count = count;
            this.left = new AtomicInteger(count);
        }

        void settled(int index, long sequence, boolean duplicate, @Nullable Throwable why) {
            if (why != null) {
                failure = why;
            } else {
                if (index == 0) {
                    first = sequence;
                }
                if (index == count - 1) {
                    lastOfBatch = sequence;
                }
                if (duplicate) {
                    duplicates.incrementAndGet();
                }
                highest.accumulateAndGet(sequence, Math::max);
            }
            if (left.decrementAndGet() == 0) {
                last = highest.get();
                run(() -> published(this));
            }
        }
    }
}
