package com.busdk.broker.backend;

import com.busdk.broker.envelope.EventBatch;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Takes events, streams them, keeps them. Failures are {@code ApiException}s whose text is fit
 * for a client: {@code unavailable} (503) while nothing can be stored, {@code bad_request} for a position that is not
 * of this log, {@code not_found} for a group or event that is not there.
 *
 * <p>An <em>owner view</em> is the identity whose events a caller may see, or null for those of all.
 *
 * <p>Thread: every method is called on an event loop of the service, and its future completes there.
 */
public interface Backend {
    /** Makes what is stored available; fails with a message for the operator where that cannot be done safely. */
    Future<Void> start();

    /**
     * Refuses new publishes with 503, finishes what is under way, ends the streams at a line's end
     * ({@link EndReason#CLOSING}), and closes the log.
     */
    Future<Void> stop();

    /** Stores the batch as one; the future completes when all of it is as durable as promised. */
    Future<Published> publish(EventBatch batch);

    /**
     * Opens a stream. Where it stands is decided before the future completes; nothing is pushed before
     * {@link Listening#begin}.
     */
    Future<Listening> listen(ListenRequest request, EventSink sink);

    /** Settles leases. {@code not_found} where the identity has no such group, or none whose name passes. */
    Future<AckResult> ack(AckRequest request);

    /** The groups of these names that the view may see ({@code name} null: all), ordered by group and name. */
    Future<List<GroupInfo>> groups(@Nullable String ownerView, @Nullable String name, Predicate<String> mayListen);

    /** One event, or null where it is not retained, not in the view, or of a name that may not be listened to. */
    Future<@Nullable EventInfo> event(EventId id, @Nullable String ownerView, Predicate<String> mayListen);

    /** Names with retained events in order, from behind {@code after} on, as far as one question looks. */
    Future<Names> names(@Nullable String ownerView, Predicate<String> mayListen, String after, int limit);

    /**
     * Dead letters of the groups of that name, for the event names that pass, oldest first, from behind the id
     * {@code after} on. {@code not_found} where there is no such group, or none whose name passes; only names of groups
     * that are there are asked about.
     *
     * @param name of that event name alone; null: of all
     * @param limit so many at most; fewer where their lines are long, but never none while there is one
     */
    Future<List<DeadLetter>> deadLetters(
            String group,
            @Nullable String ownerView,
            @Nullable String name,
            Predicate<String> mayListen,
            @Nullable EventId after,
            int limit);

    /** Gives dead letters back to their group ({@code redrive}) or forgets them; answers how many. */
    Future<Integer> settleDeadLetters(
            String group, @Nullable String ownerView, @Nullable List<EventId> idsOrAll, boolean redrive);

    /** Whether a listener or a group would see an event of that name and owner now. */
    Future<Boolean> hasResponders(String name, @Nullable String owner);

    /** The id of the event at that sequence. */
    EventId id(long sequence);

    /** Empty when ready, else why not, in words for a client. */
    String notReadyBecause();

    /** Figures for {@code /metrics}, by Prometheus name without prefix. */
    Map<String, Double> gauges();

    /**
     * What became of a batch.
     *
     * @param accepted events stored now
     * @param duplicates events whose idempotency key was known, not stored again
     * @param first sequence of the first event of the batch (where it was stored first, for a duplicate)
     * @param last likewise of the last one
     */
    record Published(int accepted, int duplicates, long first, long last) {}

    /** An open stream. Methods on the loop of its connection. */
    interface Listening {
        /** Whether what was asked for begins before what is retained. */
        boolean truncated();

        /** From now on events are pushed to the sink. */
        void begin();

        /**
         * Comes to an end: nothing new is pushed, and once the event that is under way is whole, and what counts as done
         * when its bytes are taken has been, the sink is ended with {@link EndReason#COMPLETE}.
         */
        void end();

        /** The connection is gone or the stream has ended: leases go back, nothing is pushed any more. */
        void close();
    }

    /**
     * @param identity the caller's subject: must be that of the stream that got the tokens
     * @param ownerView as for the stream
     * @param mayListen which event names the caller may listen to; asked only of names of groups that are there
     * @param nack tokens to give back
     */
    record AckRequest(
            String group,
            String identity,
            @Nullable String ownerView,
            Predicate<String> mayListen,
            List<String> ack,
            List<Nack> nack,
            List<Reject> reject,
            List<String> extend) {}

    /** @param delayMillis how long it stays with the group before the next try, or -1 for the group's own back-off */
    record Nack(String token, long delayMillis, @Nullable String reason) {}

    record Reject(String token, @Nullable String reason) {}

    /** Counts of what was settled, and tokens that were not: the lease was lost, or it never was one of this group. */
    record AckResult(int ack, int nack, int reject, int extend, List<String> stale, List<String> unknown) {}

    /**
     * @param owner the owner view of the group, null for all identities
     * @param position sequence up to which everything has been handed out
     * @param lag events that wait to be delivered for the first time
     * @param lagIsAtLeast whether older events were not looked at, of which some may wait as well
     * @param waiting events that wait to be delivered again
     * @param redeliveries deliveries beyond the first since the service started
     * @param idleBecause in words, where events wait and nothing is delivered; else null
     */
    record GroupInfo(
            String group,
            String name,
            @Nullable String owner,
            List<ConsumerInfo> consumers,
            long position,
            long lag,
            boolean lagIsAtLeast,
            long inFlight,
            long waiting,
            long redeliveries,
            long deadLetters,
            @Nullable String idleBecause) {}

    record ConsumerInfo(String consumer, int inFlight, int maxInFlight) {}

    /**
     * @param line the stored line
     * @param groups where each group that sees the event stands with it, of those that the view may see
     */
    record EventInfo(String line, List<Standing> groups) {}

    /**
     * @param owner the owner view of the group, null for all identities
     * @param state {@code waiting}, {@code leased}, {@code done} or {@code dead}
     * @param consumer who has it, where leased
     * @param until when the lease ends, milliseconds since 1970, 0 where not leased
     */
    record Standing(
            String group,
            @Nullable String owner,
            String state,
            int attempts,
            @Nullable String consumer,
            long until) {}

    /**
     * Some of the names.
     *
     * @param more whether it ends before the last name: the next ones are behind the last of these
     * @param incomplete whether names of the view may be missing, and asking for the next ones does not find them:
     *     because their events lie behind more of others than are looked at, or because none came for so long that
     *     looking further would take too long
     */
    record Names(List<NameInfo> names, boolean more, boolean incomplete) {
        public Names {
            names = List.copyOf(names);
        }
    }

    /** @param countIsAtLeast whether older events were not looked at, of which some may be in the view as well */
    record NameInfo(String name, long count, boolean countIsAtLeast, EventId lastId, long lastTimeMicros) {}

    /** @param line the stored line, or null where the event is no longer retained */
    record DeadLetter(
            EventId id,
            String name,
            @Nullable String line,
            int attempts,
            @Nullable String reason,
            long timeMicros) {}

    /** Why a stream ended from below. */
    enum EndReason {
        /** The snapshot or the limit is reached. */
        COMPLETE,
        /** The service shuts down. */
        CLOSING,
        /** The log could not be read; it is logged, and said to the operator. */
        FAILED
    }
}
