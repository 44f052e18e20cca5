package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.backend.log.LogCursor;
import com.busdk.broker.backend.log.LogDamagedException;
import com.busdk.broker.backend.log.LogRecord;
import com.busdk.broker.backend.log.NameSelector;
import com.busdk.broker.backend.log.RecordVisitor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is new in the log, given to one loop's listeners in rounds. A round reads from where the last one ended up to
 * the head (a bounded number of bytes), puts together what each audience gets, and writes it. While a round is under way
 * the log grows, so under load each write carries more events.
 *
 * <p>Invariant: every live listener has been written everything it wants below {@link #position}, and nothing above.
 *
 * <p>Thread: the loop's.
 */
final class LiveFeed {
    /** Bytes put together in a round before they are written, so that a round stays short and its buffers small. */
    private static final int ROUND_BYTES = 256 << 10;

    /**
     * The most that a round puts together: an event that many audiences want is in each of them. Whose share does not fit
     * reads for itself, as does everybody where one event is larger than a round.
     */
    private static final int MOST_ROUND_BYTES = 4 << 20;

    /** When it looks again behind an error of this process, such as a lack of memory. */
    private static final long RETRY_MILLIS = 1_000;

    /** Names remembered for wildcard listeners before they are worked out anew. */
    private static final int MAX_LEARNED_NAMES = 10_000;

    /** All that listeners of this loop who are behind may be reading at once, shared between them. */
    private static final int CATCH_UP_BYTES = 16 << 20;

    private static final int MAX_CHUNK = 256 << 10;
    private static final int MIN_CHUNK = 8 << 10;
    private static final Logger LOG = LoggerFactory.getLogger(LiveFeed.class);

    private final Loop loop;
    private final Hub hub;
    private final Set<Listener> listeners = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Map<Audience.Key, Audience> audiences = new HashMap<>();
    private final List<Audience> wildcards = new ArrayList<>();
    private final List<Puller> wildcardPullers = new ArrayList<>();
    private final NameMap<Route> routes = new NameMap<>();

    /** What a name's wildcard audiences were last time; empty lists too. */
    private final NameMap<List<Audience>> learned = new NameMap<>();

    private final LineFormat format = new LineFormat();
    private final List<Audience> touched = new ArrayList<>();
    private final List<Puller> touchedPullers = new ArrayList<>();
    private final RecordVisitor visitor = this::see;
    private int roundBytes;
    private @Nullable LogRecord current;
    private final Consumer<Audience> gatherer = this::gather;

    /** Null until somebody here reads or is live, and again when the last live one leaves. */
    private @Nullable LogCursor tail;

    private boolean inRound;
    private int routed;
    private int catchingUp;
    private int writes;
    private long writtenBytes;

    LiveFeed(Loop loop, Hub hub) {
        this.loop = loop;
        this.hub = hub;
    }

    Loop loop() {
        return loop;
    }

    Hub hub() {
        return hub;
    }

    LineFormat format() {
        return format;
    }

    void opened(Listener listener) {
        listeners.add(listener);
        catchingUp++;
    }

    void closed(Listener listener) {
        listeners.remove(listener);
        catchingUp--;
    }

    /** Ends every stream of this loop. */
    void endAll(EndReason reason) {
        for (Listener listener : List.copyOf(listeners)) {
            listener.end(reason);
        }
    }

    /** How much a listener that is behind may read at a time: less, the more of them there are. */
    int chunkBytes() {
        return Math.clamp(CATCH_UP_BYTES / (1 + catchingUp), MIN_CHUNK, MAX_CHUNK);
    }

    /**
     * The sequence up to which live listeners have been served. A listener whose own position is this one may
     * {@link #join}.
     */
    long position() {
        return tail().next();
    }

    private LogCursor tail() {
        LogCursor at = tail;
        if (at == null) {
            EventLog log = hub.log();
            at = log.cursorAt(log.head());
            tail = at;
        }
        return at;
    }

    /** Whether a round is being written, during which nobody can join. */
    boolean inRound() {
        return inRound;
    }

    /** From now on the listener is pushed to; its position must be {@link #position}. */
    void join(Listener listener) {
        Audience audience = audiences.get(listener.audienceKey());
        if (audience == null) {
            audience = new Audience(listener.audienceKey());
            audiences.put(audience.key(), audience);
            register(audience);
        }
        audience.join(listener);
        catchingUp--;
    }

    /** Takes a live listener out; it reads for itself from now on, or has ended. */
    void leave(Listener listener) {
        Audience audience = audiences.get(listener.audienceKey());
        if (audience != null) {
            audience.leave(listener);
            catchingUp++;
            if (audience.isEmpty()) {
                audience.discard();
                audiences.remove(audience.key());
                unregister(audience);
            }
        }
    }

    /** From now on the puller is told when an event of these names comes (of any name, for wildcards). */
    void add(Puller puller, List<String> names, boolean wildcard) {
        if (wildcard) {
            wildcardPullers.add(puller);
        } else {
            for (String name : names) {
                route(name).add(puller);
            }
        }
        routed(1);
    }

    void remove(Puller puller, List<String> names, boolean wildcard) {
        if (wildcard) {
            wildcardPullers.remove(puller);
        }
        for (String name : wildcard ? List.<String>of() : names) {
            Route route = route(name);
            route.remove(puller);
            dropIfEmpty(name, route);
        }
        routed(-1);
    }

    private void register(Audience audience) {
        EventFilter filter = audience.key().filter();
        if (filter.wildcards()) {
            wildcards.add(audience);
            learned.clear();
        } else {
            for (String name : filter.names()) {
                route(name).add(audience);
            }
        }
        routed(1);
    }

    private void unregister(Audience audience) {
        EventFilter filter = audience.key().filter();
        if (filter.wildcards()) {
            wildcards.remove(audience);
            learned.clear();
        } else {
            for (String name : filter.names()) {
                Route route = route(name);
                route.remove(audience);
                dropIfEmpty(name, route);
            }
        }
        routed(-1);
    }

    private Route route(String name) {
        Route route = routes.get(name);
        if (route == null) {
            route = new Route();
            routes.put(name, route);
        }
        return route;
    }

    private void dropIfEmpty(String name, Route route) {
        if (route.isEmpty()) {
            routes.remove(name);
        }
    }

    private void routed(int change) {
        routed += change;
        if (routed > 0) {
            // Where the feed stands must be known before the writer is asked to wake it.
            LogCursor at = tail();
            loop.following(true);
            if (hub.log().head() > at.next()) {
                // What was committed in between woke nobody: the writer did not know yet that somebody follows.
                loop.lookSoon();
            }
        } else {
            loop.following(false);
            tail = null;
        }
    }

    /** The log has grown, or may have. */
    void headMoved() {
        writes = 0;
        writtenBytes = 0;
        LogCursor at = tail;
        if (at == null) {
            return;
        }
        long head = hub.log().head();
        boolean isThere = at.next() >= hub.log().firstSequence();
        if (at.next() < head && !(isThere && hub.log().isHot(at))) {
            everybodyFellBehind(at, head);
        }
        try {
            // The cursor is another one when, in the middle, everybody left and somebody came.
            while (tail == at && at.next() < head) {
                round(at, head);
            }
        } finally {
            wakePullers(); // also those that an error of this process has not let read yet
        }
    }

    private void wakePullers() {
        for (int i = 0; i < touchedPullers.size(); i++) {
            Puller puller = touchedPullers.get(i);
            puller.clearTouched();
            puller.moreToRead();
        }
        touchedPullers.clear();
    }

    /** How long to rest after {@link #headMoved} took that long, in nanoseconds. */
    long restAfter(long tookNanos) {
        return Rest.nanosAfter(tookNanos, writes, writtenBytes);
    }

    private void round(LogCursor at, long head) {
        LogCursor roundStart = at.copy();
        roundBytes = 0;
        boolean through = false;
        inRound = true;
        try {
            hub.log().read(at, head, NameSelector.ALL, EventLog.Trust.HOT, visitor);
            if (at.truncated()) {
                // Dropped just now: each reads what is left for itself, and is told that some are missing.
                touched.forEach(Audience::discard);
                touched.clear();
                everybodyFellBehind(roundStart, head);
            }
            flush(roundStart);
            through = true;
        } catch (LogDamagedException e) {
            LOG.error("the newest events cannot be read back", e);
            touched.forEach(Audience::discard);
            touched.clear();
            endAll(EndReason.FAILED);
            // Groups find the damage themselves, and say so; they hear of what comes behind it.
            tail = routed > 0 ? hub.log().cursorAt(head) : null;
            touchAll();
        } finally {
            if (!through) {
                afterError(roundStart);
            }
            inRound = false;
        }
    }

    /** Some have events that others have not, and would have them twice in the next round: they read for themselves. */
    private void afterError(LogCursor roundStart) {
        touched.forEach(Audience::leaveOut);
        flush(roundStart);
        // Nothing else might come by here for long; at once it would go on for as long as the error does.
        var _ = loop.eventLoop().schedule(loop::lookSoon, RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void flush(LogCursor roundStart) {
        while (!touched.isEmpty()) {
            Audience audience = touched.removeLast();
            int bytes = audience.gatheredBytes();
            int reached = audience.flush(roundStart, loop.outgoing());
            writes += reached;
            writtenBytes += (long) reached * bytes;
        }
    }

    private RecordVisitor.Next see(LogRecord event) {
        Route route = routes.get(event.buffer(), event.nameStart(), event.nameLength(), event.nameHash());
        current = event;
        if (route != null) {
            route.forEachAudience(event, gatherer);
            touch(route.pullers());
        }
        touch(wildcardPullers);
        if (!wildcards.isEmpty()) {
            for (Audience audience : wildcardsFor(event)) {
                if (audience.key().filter().admits(event)) {
                    gather(audience);
                }
            }
        }
        current = null;
        return roundBytes >= ROUND_BYTES ? RecordVisitor.Next.STOP_BEHIND : RecordVisitor.Next.GO_ON;
    }

    private void touch(List<Puller> pullers) {
        for (int i = 0; i < pullers.size(); i++) {
            if (pullers.get(i).markTouched()) {
                touchedPullers.add(pullers.get(i));
            }
        }
    }

    private void gather(Audience audience) {
        LogRecord event = current;
        if (event == null) {
            throw new IllegalStateException("nothing to gather");
        }
        int length = LineFormat.framedLength(audience.key().framing(), event);
        int before = audience.gatheredBytes();
        boolean fits = length <= ROUND_BYTES && roundBytes + length <= MOST_ROUND_BYTES;
        boolean first = fits ? audience.gather(event, format) : audience.leaveOut();
        if (first) {
            touched.add(audience);
        }
        roundBytes += audience.gatheredBytes() - before;
    }

    private List<Audience> wildcardsFor(LogRecord event) {
        List<Audience> known = learned.get(event.buffer(), event.nameStart(), event.nameLength(), event.nameHash());
        if (known != null) {
            return known;
        }
        byte[] bytes = new byte[event.nameLength()];
        event.buffer().get(event.nameStart(), bytes);
        String name = new String(bytes, StandardCharsets.US_ASCII);
        List<Audience> matching = wildcards.stream()
                .filter(audience ->
                        NamePattern.anyMatches(audience.key().filter().names(), name))
                .toList();
        if (learned.size() >= MAX_LEARNED_NAMES) {
            learned.clear();
        }
        learned.put(name, matching);
        return matching;
    }

    /** This loop was held up for so long that the news is no longer fresh: everybody reads for themselves. */
    private void everybodyFellBehind(LogCursor at, long head) {
        LogCursor from = at.copy();
        LogCursor next = hub.log().cursorAt(head);
        next.truncated(); // by now that may be dropped as well: who falls behind is told so as it reads
        tail = next;
        for (Audience audience : List.copyOf(audiences.values())) {
            for (Listener listener : audience.listeners()) {
                listener.fellBehind(from);
            }
        }
        touchAll();
    }

    private void touchAll() {
        for (Route route : routes.values()) {
            touch(route.pullers());
        }
        touch(wildcardPullers);
    }
}
