package com.busdk.broker.backend.nats;

import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.EventSink;
import com.busdk.client.http.ApiException;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A stream of this process whose group lives in another one: writes what that sends to the connection, and tells it what
 * the connection has taken.
 *
 * <pre>
 *   JOINING ─joined→ OPEN ─finish, close, gone, silent, a hole→ OVER
 *      └────refused, not answered, gone─────────────────────────↗
 * </pre>
 *
 * <p>Thread: the loop of its connection.
 */
final class EdgeStream extends StreamSide implements Listening {
    private enum State {
        JOINING,
        OPEN,
        OVER
    }

    /** A message of the host, until the connection has taken it and all before it. */
    private static final class Piece {
        private final long number;
        private boolean taken;

        private Piece(long number) {
            this.number = number;
        }
    }

    private final RemoteStreams streams;
    private final String host;
    private final long id;
    private final EventSink sink;
    private final PromiseInternal<Listening> promise;
    private final long openedAt = Pace.upMillis();
    private State state = State.JOINING;

    /** What it joins with; null when that has been answered. */
    private @Nullable ByteBuffer request;

    private boolean joinedAgain;
    private boolean truncated;

    private boolean begun;
    private boolean begunKnown;
    private boolean ended;
    private boolean endedKnown;

    /** When the host was last asked to confirm these. */
    private long toldAt;

    /** Number of the last message that came. */
    private long received;

    /** Number of the last one of which it and all before it are taken. */
    private long taken;

    /** What came and is not, in order. Bounded by what the host lets be out ({@link RemoteSink#MOST_OUT}). */
    private final Queue<Piece> pending = new ArrayDeque<>();

    private boolean midEvent;

    /** What was taken is told in this turn of the loop, whatever else is taken in it. */
    private boolean telling;

    /** This process stops: the end is its own doing, and is waited for until then. */
    private boolean closing;

    private long endsBy = Long.MAX_VALUE;

    EdgeStream(RemoteStreams streams, String host, long id, byte[] request, EventSink sink, ContextInternal loop) {
        super(streams.pace(), loop);
        this.streams = streams;
        this.host = host;
        this.id = id;
        this.request = ByteBuffer.wrap(request);
        this.sink = sink;
        this.promise = loop.promise();
    }

    String host() {
        return host;
    }

    long id() {
        return id;
    }

    private void tell(Message message) {
        streams.tell(host, message);
    }

    private void tellState(boolean asks) {
        tell(new Message.EdgeState(id, asks, taken, begun, ended));
    }

    /** Asks the host; called once. */
    Future<Listening> join() {
        tellJoin();
        lookAt(openedAt + pace().joinAgain());
        return promise.future();
    }

    private void tellJoin() {
        ByteBuffer bytes = request;
        if (bytes != null) {
            tell(new Message.Join(id, bytes));
        }
    }

    // ---- the stream as its connection sees it

    @Override
    public boolean truncated() {
        return truncated;
    }

    @Override
    public void begin() {
        if (state == State.OPEN && !begun) {
            begun = true;
            ask(Pace.upMillis());
        }
    }

    @Override
    public void end() {
        if (state == State.OPEN && !ended) {
            ended = true;
            ask(Pace.upMillis());
        }
    }

    @Override
    public void close() {
        if (state != State.OVER) {
            leave();
            tell(new Message.Close(id, taken));
        }
    }

    private void ask(long now) {
        toldAt = now;
        tellState(true);
        lookAt(now + pace().again());
    }

    // ---- what the host says

    void heard(Message.ToEdge message) {
        if (state == State.OVER) {
            return;
        }
        heard();
        switch (message) {
            case Message.Joined joined -> opened(joined);
            case Message.Refused refused -> refused(refused.why());
            case Message.Chunk chunk -> write(chunk);
            case Message.Notice notice -> tellNotice(notice);
            case Message.Finish finish -> finish(finish);
            case Message.HostState hosts -> compare(hosts);
            case Message.HostGone _ -> breakOff();
        }
    }

    private void opened(Message.Joined joined) {
        if (state != State.JOINING) {
            return; // the answer to the second question
        }
        state = State.OPEN;
        request = null;
        truncated = joined.truncated();
        lookAt(nextCheck());
        promise.complete(this);
    }

    private void refused(ApiException why) {
        if (state == State.JOINING) {
            leave();
            promise.fail(why);
        }
    }

    /** Whether that is the next message; a hole before it breaks the stream off. */
    private boolean isNext(Message.Numbered message) {
        if (message.number() <= received) {
            return false;
        }
        if (state == State.JOINING || message.number() > received + 1) {
            breakOff(); // while it joins: the answer was lost, and the hub has ended it already
            return false;
        }
        begunKnown |= begun; // nothing but an end comes before the host knows
        received = message.number();
        return true;
    }

    private void write(Message.Chunk chunk) {
        if (!isNext(chunk)) {
            return;
        }
        midEvent = !chunk.whole();
        Piece piece = new Piece(chunk.number());
        pending.add(piece);
        sink.write(Unpooled.wrappedBuffer(chunk.bytes()), chunk.events(), chunk.whole(), ok -> written(piece, ok));
    }

    private void written(Piece piece, boolean ok) {
        if (state == State.OVER) {
            return;
        }
        if (ok) {
            piece.taken = true;
            settle();
        } else {
            leave();
            tell(new Message.Close(id, taken));
            sink.end(EndReason.FAILED); // it has a hole, which an orderly end would hide
        }
    }

    private void tellNotice(Message.Notice notice) {
        if (isNext(notice)) {
            Piece piece = new Piece(notice.number());
            piece.taken = true;
            pending.add(piece);
            sink.notice(notice.kind());
            settle();
        }
    }

    /** Counts what is taken from the front on, and tells it once a turn. */
    private void settle() {
        long before = taken;
        for (Piece piece = pending.peek(); piece != null && piece.taken; piece = pending.peek()) {
            taken = piece.number;
            var _ = pending.remove();
        }
        if (taken > before && !telling && state != State.OVER) {
            telling = true;
            run(this::tellTaken);
        }
    }

    private void tellTaken() {
        telling = false;
        if (state != State.OVER) {
            tellState(false);
        }
    }

    private void finish(Message.Finish finish) {
        if (!isNext(finish)) {
            return;
        }
        EndReason reason = finish.reason();
        if (midEvent) {
            reason = EndReason.FAILED;
        } else if (closing && reason == EndReason.COMPLETE) {
            reason = EndReason.CLOSING;
        }
        end(reason);
    }

    private void compare(Message.HostState hosts) {
        if (hosts.last() > received) {
            breakOff();
            return;
        }
        begunKnown |= hosts.begun();
        endedKnown |= hosts.ended();
        if (hosts.asks()) {
            tellState(false);
        }
    }

    /** The host, or its process, has no such stream any more. */
    void hostGone() {
        breakOff();
    }

    /** Something is missing: what was sent so far is whole or not, but nothing comes behind it. */
    private void breakOff() {
        if (state == State.JOINING) {
            giveUp("the group's process has gone away; try again");
        } else if (state == State.OPEN) {
            end(midEvent ? EndReason.FAILED : EndReason.CLOSING);
        }
    }

    private void giveUp(String why) {
        leave();
        tell(new Message.Close(id, taken));
        promise.fail(RemoteStreams.unavailable(why));
    }

    private void end(EndReason reason) {
        leave();
        tell(new Message.Close(id, taken));
        sink.end(reason);
    }

    private void leave() {
        state = State.OVER;
        request = null;
        streams.left(this);
    }

    // ---- time

    /** This process stops: the stream comes to an end as if its caller had asked for it. */
    void endSoon() {
        if (state == State.JOINING) {
            giveUp(RemoteStreams.STOPPING);
        } else if (state == State.OPEN && !closing) {
            long now = Pace.upMillis();
            closing = true;
            ended = true;
            endsBy = now + pace().endOfEvent();
            lookAt(endsBy);
            ask(now);
        }
    }

    @Override
    void look() {
        long now = Pace.upMillis();
        switch (state) {
            case JOINING -> lookWhileJoining(now);
            case OPEN -> lookWhileOpen(now);
            case OVER -> {}
        }
    }

    private void lookWhileJoining(long now) {
        if (now >= openedAt + pace().joinAnswer()) {
            giveUp("the group's process does not answer; try again");
            return;
        }
        if (!joinedAgain && now >= openedAt + pace().joinAgain()) {
            joinedAgain = true;
            tellJoin();
        }
        lookAt(openedAt + (joinedAgain ? pace().joinAnswer() : pace().joinAgain()));
    }

    private void lookWhileOpen(long now) {
        if (now >= endsBy) {
            breakOff();
            return;
        }
        if (now >= nextCheck()) {
            if (silent()) {
                breakOff();
                return;
            }
            checking(now);
            tellState(true);
        } else if (isUnconfirmed() && now >= toldAt + pace().again()) {
            ask(now);
        }
        lookAt(Math.min(nextCheck(), endsBy));
        if (isUnconfirmed()) {
            lookAt(toldAt + pace().again());
        }
    }

    /** Whether the host may not know that it begins, or ends. */
    private boolean isUnconfirmed() {
        return begun && !begunKnown || ended && !endedKnown;
    }
}
