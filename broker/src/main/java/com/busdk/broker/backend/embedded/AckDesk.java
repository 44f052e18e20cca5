package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.Backend.AckRequest;
import com.busdk.broker.backend.Backend.AckResult;
import com.busdk.broker.backend.Backend.Nack;
import com.busdk.broker.backend.Backend.Reject;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Settles leases by their tokens. A token counts only while its lease lives, or for the repeat of an ack that was
 * taken; everything else is told to the caller as stale or unknown and changes nothing. A token that a request names
 * more than once is settled once, by the first of ack, nack and reject that has it, and extended before that: what the
 * request itself has ended is not stale, since nobody took it away.
 *
 * <p>Thread: the home loop.
 */
final class AckDesk {
    private final GroupHome home;

    AckDesk(GroupHome home) {
        this.home = home;
    }

    Future<AckResult> settle(AckRequest request) {
        Int2ObjectHashMap<Group> groups = new Int2ObjectHashMap<>();
        for (Group group : home.groups()) {
            GroupKey key = group.key();
            if (key.group().equals(request.group()) && Objects.equals(key.owner(), request.ownerView())) {
                if (!request.mayListen().test(key.name())) {
                    continue;
                }
                groups.put(group.id(), group);
            }
        }
        if (groups.isEmpty()) {
            return Future.failedFuture(Failures.noSuchGroup());
        }
        return new Settling(groups, request).run();
    }

    /** One request. */
    private final class Settling {
        private final Int2ObjectHashMap<Group> groups;
        private final AckRequest request;
        private final List<String> stale = new ArrayList<>();
        private final List<String> unknown = new ArrayList<>();
        private final Set<Group> changed = new LinkedHashSet<>();
        private @Nullable Group lastChanged;

        /** What settled each token, where another list may have it as well. */
        private final Map<String, Verb> settled = new HashMap<>();

        private final List<Future<Void>> written = new ArrayList<>();

        Settling(Int2ObjectHashMap<Group> groups, AckRequest request) {
            this.groups = groups;
            this.request = request;
        }

        Future<AckResult> run() {
            AckResult result;
            try {
                result = settle();
            } finally {
                // Also behind an error of this process: what is noted is written, and not with the group's next turn.
                for (Group group : changed) {
                    Promise<Void> promise = group.journal().whenWritten();
                    written.add(promise.future());
                    group.turnEnded();
                }
            }
            return written.isEmpty()
                    ? Future.succeededFuture(result)
                    : Future.all(written).map(all -> result);
        }

        private AckResult settle() {
            List<String> notExtended = new ArrayList<>();
            int extended = 0;
            for (String token : request.extend()) {
                if (extend(token)) {
                    extended++;
                } else {
                    notExtended.add(token);
                }
            }
            boolean acksOnly = request.nack().isEmpty() && request.reject().isEmpty() && notExtended.isEmpty();
            int acked = 0;
            for (String token : request.ack()) {
                if (ack(token)) {
                    acked++;
                    if (!acksOnly) {
                        settled.put(token, Verb.ACK);
                    }
                }
            }
            int nacked = 0;
            for (Nack nack : request.nack()) {
                nacked += nack(nack) ? 1 : 0;
            }
            int rejected = 0;
            for (Reject reject : request.reject()) {
                rejected += reject(reject) ? 1 : 0;
            }
            for (String token : notExtended) {
                if (settled.get(token) == Verb.ACK) {
                    extended++; // the whole request is a repeat, as its ack is
                } else {
                    leased(token); // notes why not
                }
            }
            return new AckResult(acked, nacked, rejected, extended, stale, unknown);
        }

        private boolean extend(String text) {
            LeaseToken token = LeaseToken.parse(text);
            Group group = token == null ? null : groups.get(token.group());
            Entry entry = entry(token, group);
            Member member = entry == null ? null : entry.member;
            if (token == null || entry == null || member == null || !isLease(entry, token) || !isOfCaller(member)) {
                return false;
            }
            home.endLease(entry);
            home.startLease(entry, member.spec().ackWait().toMillis());
            return true;
        }

        private boolean nack(Nack nack) {
            Verb before = settled.get(nack.token());
            Entry entry = before == null ? leased(nack.token()) : null;
            if (entry == null) {
                return before == Verb.NACK;
            }
            settled.put(nack.token(), Verb.NACK);
            entry.group.leases().failed(entry, nack.reason(), nack.delayMillis());
            changed(entry.group);
            return true;
        }

        private boolean reject(Reject reject) {
            Verb before = settled.get(reject.token());
            Entry entry = before == null ? leased(reject.token()) : null;
            if (entry == null) {
                return before == Verb.REJECT;
            }
            settled.put(reject.token(), Verb.REJECT);
            written.add(home.deadLetters().bury(entry, reject.reason() == null ? "rejected" : reject.reason()));
            entry.group.leases().takeAway(entry);
            return true;
        }

        private boolean ack(String text) {
            LeaseToken token = LeaseToken.parse(text);
            Group group = token == null ? null : groups.get(token.group());
            Entry entry = entry(token, group);
            if (token != null && group != null) {
                boolean live = entry != null && entry.fence == token.fence();
                if (live && entry != null && entry.state == Entry.State.SETTLING
                        || entry == null && group.recentAcks().contains(token.sequence(), token.fence())) {
                    changed(group); // a repeat: answered when the first is durable
                    return true;
                }
            }
            Entry leased = leased(text, token, group, entry);
            if (leased == null) {
                return false;
            }
            leased.group.leases().settle(leased);
            changed(leased.group);
            return true;
        }

        private void changed(Group group) {
            // Most tokens of a request are of one group: a set is asked only when they are not.
            if (group != lastChanged) {
                lastChanged = group;
                changed.add(group);
            }
        }

        private @Nullable Entry leased(String text) {
            LeaseToken token = LeaseToken.parse(text);
            Group group = token == null ? null : groups.get(token.group());
            Entry entry = entry(token, group);
            return leased(text, token, group, entry);
        }

        /** The entry, if this token's delivery leases it to this caller; or null, having noted why not. */
        private @Nullable Entry leased(
                String text, @Nullable LeaseToken token, @Nullable Group group, @Nullable Entry entry) {
            if (token == null || group == null) {
                unknown.add(text);
                return null;
            }
            if (entry != null && isLease(entry, token)) {
                Member member = entry.member;
                if (member != null && isOfCaller(member)) {
                    return entry;
                }
                unknown.add(text);
                return null;
            }
            // A crash may have forgotten that it was handed out.
            if (token.sequence() < group.position() || home.isOfBefore(token.fence())) {
                stale.add(text);
            } else {
                unknown.add(text);
            }
            return null;
        }

        private static @Nullable Entry entry(@Nullable LeaseToken token, @Nullable Group group) {
            return token == null || group == null ? null : group.open().get(token.sequence());
        }

        private static boolean isLease(Entry entry, LeaseToken token) {
            return entry.state == Entry.State.LEASED && entry.fence == token.fence();
        }

        private boolean isOfCaller(Member member) {
            return member.spec().identity().equals(request.identity());
        }
    }

    /** What settles a lease. */
    private enum Verb {
        ACK,
        NACK,
        REJECT
    }
}
