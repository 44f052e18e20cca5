package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.EventSink;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.backend.ListenRequest.GroupMember;
import com.busdk.broker.backend.log.LogDamagedException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A consumer: one unicast stream, with one window over all the groups that it listens to. What is handed to it is
 * gathered and written once a turn, as far as its connection takes what was written before; a large event is written in
 * parts, and nothing else is handed to it until that is through.
 *
 * <p>Thread: the home loop of its groups; {@link #begin} and {@link #close} on its connection's loop, which hand over.
 */
final class Member implements Listening, HalfWritten.Stream {
    /** Bytes that may be out at one consumer, beside the count; one event may pass it. */
    private static final int MAX_BYTES_IN_FLIGHT = 1 << 20;

    private static final int FIRST_BUFFER_BYTES = 4 << 10;
    private static final int MOST_BUFFER_BYTES = OutgoingBytes.MOST_OF_STREAM;

    private static final long NO_LIMIT = Long.MAX_VALUE;

    private final GroupHome home;
    private final long since;
    private final Loop connection;
    private final EventSink sink;
    private final GroupMember spec;
    private final DeliveryFormat format;

    /** Its groups, one for each name; set before it begins. */
    private final GroupTurns turns;

    /** Sequence below which it delivers and then ends, or -1 to go on. */
    private final long snapshotEnd;

    private boolean truncated;
    private boolean tellAtBegin;

    private boolean begun;
    private boolean ended;
    private int inFlight;
    private long bytesInFlight;
    private long remaining;

    private int lastGathered = FIRST_BUFFER_BYTES;
    private @Nullable ByteBuf gathered;
    private int gatheredEvents;
    private @Nullable List<Entry> gatheredAuto;

    /** Bytes that were written and its connection has not taken. */
    private long waitingBytes;

    /** The event that is being written in parts. */
    private @Nullable PartialDelivery partial;

    private boolean readingPart;

    /** Why the stream is over with that event. */
    private @Nullable EndReason ending;

    Member(
            GroupHome home,
            Loop connection,
            EventSink sink,
            GroupMember spec,
            Framing framing,
            long limit,
            long snapshotEnd) {
        this.home = home;
        this.since = home.nextMoment();
        this.connection = connection;
        this.sink = sink;
        this.spec = spec;
        this.format = new DeliveryFormat(framing, spec);
        this.turns = new GroupTurns(home);
        this.remaining = limit == 0 ? NO_LIMIT : limit;
        this.snapshotEnd = snapshotEnd;
    }

    GroupTurns turns() {
        return turns;
    }

    GroupMember spec() {
        return spec;
    }

    /** When it came, in the order of {@link GroupHome#nextMoment}. */
    long since() {
        return since;
    }

    int inFlight() {
        return inFlight;
    }

    @Override
    public boolean truncated() {
        return truncated;
    }

    /** Before it is opened: one of its groups stood before what is retained. */
    void startsTruncated() {
        truncated = true;
    }

    /** Tells that a group has passed over events that are no longer retained. */
    void tellTruncated() {
        if (begun) {
            connection.run(() -> sink.notice("truncated"));
        } else {
            tellAtBegin = true; // the head of the response comes first
        }
    }

    @Override
    public void begin() {
        home.loop().run(() -> {
            begun = true;
            if (tellAtBegin) {
                tellTruncated();
            }
            turns.all().forEach(Group::pump);
        });
    }

    @Override
    public void end() {
        home.loop().run(() -> end(EndReason.COMPLETE));
    }

    @Override
    public void close() {
        home.loop().run(this::leave);
    }

    /** How many more events that group may give it now. */
    int free(Group group) {
        int room = turns.isTurnOf(group) ? room() : 0;
        if (room <= 0) {
            turns.refused();
        }
        return room;
    }

    private int room() {
        boolean takesNone = !begun || ended || remaining == 0 || partial != null || ending != null;
        if (takesNone || bytesInFlight >= MAX_BYTES_IN_FLIGHT || freeBytes() == 0) {
            return 0;
        }
        return (int) Math.min(spec.maxInFlight() - inFlight, remaining);
    }

    /** What a delivery adds to a stored line at most. */
    int addedBytes() {
        return format.addedBytes();
    }

    /** How many more bytes its connection has room for now; the last event may pass it. */
    int freeBytes() {
        int before = gathered == null ? 0 : gathered.readableBytes();
        return Math.max(0, outgoing().room(waitingBytes) - before);
    }

    private OutgoingBytes outgoing() {
        return home.loop().outgoing();
    }

    boolean ended() {
        return ended;
    }

    boolean hasRoom() {
        return room() > 0;
    }

    /** Gathers one delivery for the next {@link #flush}; nothing has changed where it fails. */
    void hand(Entry entry, LineChunk chunk, int index) {
        if (chunk.lineLength(index) > outgoing().mostInOnePiece()) {
            handInParts(entry, chunk, index);
        } else {
            handWhole(entry, chunk, index);
        }
        entry.member = this;
        turns.served(entry.group);
        inFlight++;
        bytesInFlight += entry.bytes;
        if (remaining != NO_LIMIT) {
            remaining--;
        }
    }

    private void handWhole(Entry entry, LineChunk chunk, int index) {
        ByteBuf to = gathering(chunk.lineLength(index) + format.addedBytes());
        int before = to.readableBytes();
        format.append(entry, chunk, index, to);
        entry.bytes = to.readableBytes() - before;
        gatheredEvents++;
        if (!spec.explicit()) {
            gatherAuto(entry);
        }
    }

    private void handInParts(Entry entry, LineChunk chunk, int index) {
        int first = outgoing().mostInOnePiece();
        ByteBuf to = gathering(first); // before anything is kept, which nobody would let go of where there is no memory
        PartialDelivery event = format.inParts(home.hub().log(), entry, chunk, index);
        event.begin(chunk.bytes(), chunk.lineStart(index), first, to);
        entry.bytes = event.length();
        partial = event;
        home.loop().halfWritten().add(this);
    }

    /** What is gathered, with room for so many bytes more. */
    private ByteBuf gathering(int more) {
        ByteBuf to = gathered;
        if (to == null) {
            int likely = Math.min(lastGathered, outgoing().mostInOnePiece());
            to = PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(likely, more));
            gathered = to;
        }
        return to.ensureWritable(more);
    }

    private void gatherAuto(Entry entry) {
        if (gatheredAuto == null) {
            gatheredAuto = new ArrayList<>();
        }
        gatheredAuto.add(entry);
    }

    /** Writes what was gathered, on the connection's loop. */
    void flush() {
        ByteBuf bytes = gathered;
        if (bytes == null || !bytes.isReadable()) {
            return;
        }
        // The next ones are likely to be as many: a buffer of that size need not grow, and be copied for it.
        lastGathered = Math.clamp(bytes.readableBytes() + 1024, FIRST_BUFFER_BYTES, MOST_BUFFER_BYTES);
        int events = gatheredEvents;
        List<Entry> entries = gatheredAuto;
        gathered = null;
        gatheredEvents = 0;
        gatheredAuto = null;
        write(bytes, events, entries == null ? List.of() : entries);
    }

    /** @param entries that are done as soon as the connection has these bytes */
    private void write(ByteBuf bytes, int events, List<Entry> entries) {
        int length = bytes.readableBytes();
        int capacity = bytes.capacity();
        boolean whole = partial == null;
        waitingBytes += length;
        outgoing().add(capacity);
        connection.run(() -> sink.write(
                bytes,
                events,
                whole,
                ok -> home.loop().run(() -> {
                    outgoing().remove(capacity);
                    taken(length, entries, ok);
                })));
    }

    /** The connection has taken a write (or will not), and with it deliveries that need no acknowledgement. */
    private void taken(int length, List<Entry> entries, boolean ok) {
        waitingBytes -= length;
        for (Entry entry : entries) {
            if (entry.state == Entry.State.LEASED && entry.member == this) {
                if (ok) {
                    entry.group.leases().settle(entry);
                } else {
                    entry.group.leases().connectionLost(entry);
                }
            }
        }
        if (partial != null && ok) {
            // As a task of its own: what is written next may be taken at once.
            home.loop().eventLoop().execute(this::writeOn);
        }
        if (!entries.isEmpty()) {
            turns.wakeAll();
        } else {
            turns.wake();
        }
        if (ending != null) {
            end(ending);
        } else {
            endIfThrough();
        }
    }

    // ---- a large event

    /** Goes on with the event that is being written in parts, as far as the connection has room. */
    private void writeOn() {
        PartialDelivery event = partial;
        int room = outgoing().room(waitingBytes);
        // Its first part may still be gathered, behind an error: the write of that goes on from there.
        if (event == null || readingPart || gathered != null || room == 0) {
            return;
        }
        if (event.isHot()) {
            event.read(room);
            writePart(event);
            return;
        }
        readingPart = true;
        try {
            home.hub().readers().execute(() -> {
                event.read(room);
                home.loop().run(() -> {
                    readingPart = false;
                    writePart(event);
                });
            });
        } catch (RejectedExecutionException e) {
            readingPart = false;
            breakOff(); // the log has been closed
        }
    }

    private void writePart(PartialDelivery event) {
        ByteBuf bytes = event.takePart();
        if (ended) {
            event.release();
            if (bytes != null) {
                bytes.release();
            }
            return;
        }
        LogDamagedException failure = event.failure();
        if (bytes == null || failure != null) {
            if (failure != null) {
                home.hub().reportDamage(failure);
            }
            if (bytes != null) {
                bytes.release(); // filled in part
            }
            breakOff();
            return;
        }
        if (!event.isWhole()) {
            write(bytes, 0, List.of());
            return;
        }
        partial = null;
        write(bytes, 1, spec.explicit() ? List.of() : List.of(event.entry()));
        if (ending == null) {
            home.loop().halfWritten().remove(this);
            turns.wakeAll();
        } else {
            end(ending); // unless its last bytes have to be taken first
        }
    }

    @Override
    public void breakOff() {
        EndReason orderly = partial == null ? ending : null;
        if (orderly == null) {
            end(EndReason.FAILED);
        } else {
            // All of it is whole; whether the peer takes it before its connection ends, nobody will know.
            leave();
            connection.run(() -> sink.end(orderly));
        }
    }

    /** An event is no longer out here. */
    void released(Entry entry) {
        inFlight--;
        bytesInFlight -= entry.bytes;
        turns.madeRoom();
    }

    /** An event is out here after all: its acknowledgement could not be written. */
    void retaken(Entry entry) {
        inFlight++;
        bytesInFlight += entry.bytes;
    }

    /** Whether that group may give it the event at that sequence. */
    boolean wants(Group group, long sequence) {
        return free(group) > 0 && (snapshotEnd < 0 || sequence < snapshotEnd);
    }

    /** How far it wants the log to be read, exclusive. */
    long readUpTo(long head) {
        return snapshotEnd < 0 ? head : Math.min(head, snapshotEnd);
    }

    /** Ends the stream when it has delivered all it should and nothing is out. */
    void endIfThrough() {
        if (ended || inFlight > 0 || !begun) {
            return;
        }
        boolean through =
                remaining == 0 || snapshotEnd >= 0 && turns.all().stream().allMatch(g -> g.deliveredUpTo(snapshotEnd));
        if (through) {
            end(EndReason.COMPLETE);
        }
    }

    /** Ends the stream when it is {@link #isThrough}; until then nothing new is handed to it. */
    void end(EndReason reason) {
        if (ended) {
            return;
        }
        if (!isThrough() && reason != EndReason.FAILED) {
            ending = reason;
            home.loop().halfWritten().add(this);
            return;
        }
        leave();
        connection.run(() -> sink.end(reason));
    }

    /** Whether no event is written in part, and none that is done when its bytes are taken is on its way. */
    private boolean isThrough() {
        return partial == null && (spec.explicit() || waitingBytes == 0);
    }

    private void leave() {
        if (ended) {
            return;
        }
        ended = true;
        if (partial != null && !readingPart) {
            partial.release();
        }
        partial = null;
        home.loop().halfWritten().remove(this);
        if (gathered != null) {
            gathered.release();
            gathered = null;
        }
        turns.end();
        home.left(this);
        for (Group group : turns.all()) {
            try {
                group.remove(this);
            } catch (RuntimeException | Error e) {
                home.failed(e); // the others are left all the same
            }
        }
    }
}
