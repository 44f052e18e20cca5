package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.EventSink;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.backend.ListenRequest.GroupMember;
import com.busdk.broker.envelope.JsonText;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A consumer: one unicast stream, with one window over all the groups that it listens to. What is handed to it is
 * gathered and written once a turn.
 *
 * <p>Thread: the home loop of its groups; {@link #begin} and {@link #close} on its connection's loop, which hand over.
 */
final class Member implements Listening {
    /** Bytes that may be out at one consumer, beside the count; one event may pass it. */
    private static final int MAX_BYTES_IN_FLIGHT = 1 << 20;

    private static final int FIRST_BUFFER_BYTES = 4 << 10;
    private static final int MOST_BUFFER_BYTES = 256 << 10;

    private static final long NO_LIMIT = Long.MAX_VALUE;

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
    private boolean begun;
    private boolean ended;
    private int inFlight;
    private long bytesInFlight;
    private long remaining;

    private int lastGathered = FIRST_BUFFER_BYTES;
    private @Nullable ByteBuf gathered;
    private int gatheredEvents;
    private @Nullable List<Entry> gatheredAuto;

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
    public void close() {
        home.loop().run(this::leave);
    }

    /** How many more events it may be given now. */
    int free() {
        if (!begun || ended || remaining == 0 || bytesInFlight >= MAX_BYTES_IN_FLIGHT) {
            return 0;
        }
        return (int) Math.min(spec.maxInFlight() - inFlight, remaining);
    }

    boolean ended() {
        return ended;
    }

    boolean full() {
        return !ended && free() <= 0;
    }

    /** Gathers one delivery for the next {@link #flush}. */
    void hand(Entry entry, LineChunk chunk, int index) {
        ByteBuf to = gathered;
        int length = chunk.lineLength(index);
        if (to == null) {
            to = PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(lastGathered, length + 256));
            gathered = to;
        }
        int before = to.readableBytes();
        int start = chunk.lineStart(index);
        if (framing == Framing.SSE) {
            LineFormat.sseStart(chunk.bytes(), start, chunk.nameStart(index), chunk.nameLength(index), to);
        }
        // The stored line without its closing brace and line feed, then what belongs to this delivery alone.
        to.writeBytes(chunk.bytes(), start, length - 2);
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
        gatheredEvents++;
        entry.bytes = to.readableBytes() - before;
        entry.member = this;
        inFlight++;
        bytesInFlight += entry.bytes;
        if (remaining != NO_LIMIT) {
            remaining--;
        }
        if (!spec.explicit()) {
            gatherAuto(entry);
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
        if (bytes == null) {
            return;
        }
        // The next ones are likely to be as many: a buffer of that size need not grow, and be copied for it.
        lastGathered = Math.clamp(bytes.readableBytes() + 1024, FIRST_BUFFER_BYTES, MOST_BUFFER_BYTES);
        int events = gatheredEvents;
        List<Entry> entries = gatheredAuto;
        gathered = null;
        gatheredEvents = 0;
        gatheredAuto = null;
        if (entries == null) {
            connection.run(() -> sink.write(bytes, events));
        } else {
            connection.run(() -> sink.write(bytes, events, ok -> home.loop().run(() -> taken(entries, ok))));
        }
    }

    /** The connection has taken deliveries that need no acknowledgement (or will not). */
    private void taken(List<Entry> entries, boolean ok) {
        for (Entry entry : entries) {
            if (entry.state == Entry.State.LEASED && entry.member == this) {
                if (ok) {
                    entry.group.settleDelivered(entry);
                } else {
                    entry.group.connectionLost(entry);
                }
            }
        }
        for (Group group : groups) {
            group.turnEnded();
        }
        endIfThrough();
    }

    /** An event is no longer out here. */
    void released(Entry entry) {
        inFlight--;
        bytesInFlight -= entry.bytes;
    }

    /** An event is out here after all: its acknowledgement could not be written. */
    void retaken(Entry entry) {
        inFlight++;
        bytesInFlight += entry.bytes;
    }

    /** Whether it may be given the event at that sequence. */
    boolean wants(long sequence) {
        return free() > 0 && (snapshotEnd < 0 || sequence < snapshotEnd);
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

    void end(EndReason reason) {
        if (!ended) {
            leave();
            connection.run(() -> sink.end(reason));
        }
    }

    private void leave() {
        if (ended) {
            return;
        }
        ended = true;
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
