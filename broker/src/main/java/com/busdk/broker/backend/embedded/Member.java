package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.EventSink;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.backend.ListenRequest.GroupMember;
import com.busdk.broker.backend.log.LogDamagedException;
import com.busdk.broker.envelope.JsonText;
import com.busdk.client.event.EventLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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

    /** The end of a stored line that is not written before what the delivery adds: a brace and the line feed. */
    private static final int CLOSING_BYTES = 2;

    /** What a delivery adds behind group and consumer at most: the attempt, the token and what encloses them. */
    private static final int MOST_TAIL_BYTES = 16 + LeaseToken.LENGTH + 16;

    private static final long NO_LIMIT = Long.MAX_VALUE;

    /** When it wakes its groups again behind an error of this process, such as a lack of memory. */
    private static final long RETRY_MILLIS = 1_000;

    private final GroupHome home;
    private final long since;
    private final Loop connection;
    private final EventSink sink;
    private final GroupMember spec;
    private final Framing framing;
    private final byte[] deliveryPrefix;
    private final byte[] token = new byte[LeaseToken.LENGTH];

    /** Its groups, one for each name; set before it begins. */
    final List<Group> groups = new ArrayList<>();

    /** Sequence below which it delivers and then ends, or -1 to go on. */
    private final long snapshotEnd;

    private boolean truncated;
    private boolean tellAtBegin;

    /** One of its groups has found no room here: whatever makes some wakes all of them. */
    private boolean refused;

    /** They are about to be woken. */
    private boolean waking;

    /** The one that reads what is to have the room there is; until then the others find none. */
    private @Nullable Group readsForIt;

    /** The one whose turn it was last. */
    private @Nullable Group served;

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
        this.framing = framing;
        this.remaining = limit == 0 ? NO_LIMIT : limit;
        this.snapshotEnd = snapshotEnd;
        this.deliveryPrefix = (",\"delivery\":{\"group\":\"" + spec.group() + "\",\"consumer\":\""
                        + new String(JsonText.encode(spec.consumer()), StandardCharsets.UTF_8)
                        + "\",\"attempt\":")
                .getBytes(StandardCharsets.UTF_8);
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
            groups.forEach(Group::pump);
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
        int room = isTurnOf(group) ? room() : 0;
        refused |= room <= 0;
        return room;
    }

    /** Whether no other group is to have the room there is. */
    private boolean isTurnOf(Group group) {
        Group reader = readsForIt;
        if (groups.size() == 1 || group == reader) {
            return true;
        }
        return !waking && (reader == null || !reader.isReading());
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
        int head = framing == Framing.SSE ? LineFormat.SSE_OVERHEAD + EventLimits.MAX_NAME_BYTES : 0;
        return head + deliveryPrefix.length + MOST_TAIL_BYTES;
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

    boolean full() {
        return !ended && !hasRoom();
    }

    /** Gathers one delivery for the next {@link #flush}; nothing has changed where it fails. */
    void hand(Entry entry, LineChunk chunk, int index) {
        if (chunk.lineLength(index) > outgoing().mostInOnePiece()) {
            handInParts(entry, chunk, index);
        } else {
            handWhole(entry, chunk, index);
        }
        entry.member = this;
        served = entry.group;
        inFlight++;
        bytesInFlight += entry.bytes;
        if (remaining != NO_LIMIT) {
            remaining--;
        }
    }

    private void handWhole(Entry entry, LineChunk chunk, int index) {
        int length = chunk.lineLength(index);
        ByteBuf to = gathering(length + addedBytes());
        int before = to.readableBytes();
        if (framing == Framing.SSE) {
            writeHead(chunk, index, to);
        }
        to.writeBytes(chunk.bytes(), chunk.lineStart(index), length - CLOSING_BYTES);
        writeTail(entry, to);
        entry.bytes = to.readableBytes() - before;
        gatheredEvents++;
        if (!spec.explicit()) {
            gatherAuto(entry);
        }
    }

    private void handInParts(Entry entry, LineChunk chunk, int index) {
        byte[] head = framing == Framing.SSE ? bytesOf(to -> writeHead(chunk, index, to)) : new byte[0];
        int lineBytes = chunk.lineLength(index) - CLOSING_BYTES;
        PartialDelivery event =
                new PartialDelivery(home.hub().log(), entry, head, lineBytes, bytesOf(to -> writeTail(entry, to)));
        int first = outgoing().mostInOnePiece();
        event.begin(chunk.bytes(), chunk.lineStart(index), first, gathering(first));
        entry.bytes = event.length();
        partial = event;
        home.loop().halfWritten().add(this);
    }

    private static byte[] bytesOf(Consumer<ByteBuf> writing) {
        ByteBuf to = Unpooled.buffer();
        writing.accept(to);
        return ByteBufUtil.getBytes(to);
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

    private static void writeHead(LineChunk chunk, int index, ByteBuf to) {
        LineFormat.sseStart(chunk.bytes(), chunk.lineStart(index), chunk.nameStart(index), chunk.nameLength(index), to);
    }

    /** What belongs to this delivery alone, behind the stored line without its closing brace and line feed. */
    private void writeTail(Entry entry, ByteBuf to) {
        to.writeBytes(deliveryPrefix);
        writeNumber(entry.attempts, to);
        if (spec.explicit()) {
            to.writeBytes(TOKEN_PREFIX);
            LeaseToken.write(entry.group.id(), entry.sequence, entry.fence, token, 0);
            to.writeBytes(token);
            to.writeByte('"');
        }
        to.writeByte('}').writeByte('}').writeByte('\n');
        if (framing == Framing.SSE) {
            to.writeByte('\n');
        }
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
                    entry.group.settleDelivered(entry);
                } else {
                    entry.group.connectionLost(entry);
                }
            }
        }
        if (partial != null && ok) {
            // As a task of its own: what is written next may be taken at once.
            home.loop().eventLoop().execute(this::writeOn);
        }
        if (!entries.isEmpty()) {
            wakeAll();
        } else {
            wakeGroups();
        }
        if (ending != null) {
            end(ending);
        } else {
            endIfThrough();
        }
    }

    /**
     * There may be room again, for a group that found none: also for one whose own events had no part in it. Until it is
     * their turn nobody finds any, so that it does not always go to the one that made it.
     */
    private void wakeGroups() {
        if (refused && !ended && !waking) {
            home.loop().eventLoop().execute(this::wakeAll);
            waking = true;
        }
    }

    /** Lets all groups hand out, the one that was served last as the last, and write down what has changed. */
    private void wakeAll() {
        waking = false;
        boolean through = false;
        try {
            wakeInTurn();
            through = true;
        } finally {
            if (!through) {
                // Nothing else might ever wake those whose turn has not come.
                refused = true;
                var _ = home.loop().eventLoop().schedule(this::wakeGroups, RETRY_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
    }

    private void wakeInTurn() {
        if (readsForIt != null && readsForIt.isReading()) {
            refused = true; // they are woken when it is through
            writeDown(0, groups.size());
            return;
        }
        readsForIt = null;
        refused = false;
        int behind = groups.indexOf(served) + 1;
        for (int i = 0; i < groups.size(); i++) {
            Group group = groups.get((behind + i) % groups.size());
            boolean before = group.isReading();
            group.turnEnded();
            if (groups.size() > 1 && group.isReading() && !before) {
                // One that has what it would hand out in memory is no quicker than it for that.
                readsForIt = group;
                refused = true;
                writeDown(behind + i + 1, groups.size() - i - 1);
                return;
            }
        }
    }

    private void writeDown(int from, int count) {
        for (int i = from; i < from + count; i++) {
            groups.get(i % groups.size()).journal().write();
        }
    }

    /** A group has handed out what it has read: its turn is over, also where that was nothing. */
    void readEnded(Group group) {
        if (readsForIt == group) {
            readsForIt = null;
            served = group;
            wakeGroups();
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
            breakOff(); // the log has been closed
        }
    }

    private void writePart(PartialDelivery event) {
        ByteBuf bytes = event.takePart();
        if (ended) {
            if (bytes != null) {
                bytes.release();
            }
            return;
        }
        if (bytes == null) {
            LogDamagedException failure = event.failure();
            if (failure != null) {
                home.hub().reportDamage(failure);
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
            wakeAll();
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
        if (groups.size() > 1) {
            wakeGroups(); // the event's own group hands out by itself
        }
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
                remaining == 0 || snapshotEnd >= 0 && groups.stream().allMatch(g -> g.deliveredUpTo(snapshotEnd));
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
        partial = null;
        home.loop().halfWritten().remove(this);
        if (gathered != null) {
            gathered.release();
            gathered = null;
        }
        groups.forEach(group -> group.remove(this));
        home.left(this);
    }

    private static void writeNumber(int number, ByteBuf to) {
        if (number >= 10) {
            writeNumber(number / 10, to);
        }
        to.writeByte('0' + number % 10);
    }

    private static final byte[] TOKEN_PREFIX = ",\"token\":\"".getBytes(StandardCharsets.US_ASCII);
}
