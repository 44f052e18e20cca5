package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.Backend.AckRequest;
import com.busdk.broker.backend.Backend.AckResult;
import com.busdk.broker.backend.Backend.Nack;
import com.busdk.broker.backend.Backend.Reject;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Settles leases by their tokens. A token counts only while its lease lives, or for the repeat of an ack that was
 * taken; everything else is told to the caller as stale or unknown and changes nothing.
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
        private final List<Future<Void>> written = new ArrayList<>();

        Settling(Int2ObjectHashMap<Group> groups, AckRequest request) {
            this.groups = groups;
            this.request = request;
        }

        Future<AckResult> run() {
            int acked = 0;
            for (String token : request.ack()) {
                acked += ack(token) ? 1 : 0;
            }
            int nacked = 0;
            for (Nack nack : request.nack()) {
                Entry entry = leased(nack.token());
                if (entry != null) {
                    entry.group.failed(entry, nack.reason(), nack.delayMillis());
                    changed(entry.group);
                    nacked++;
                }
            }
            int rejected = 0;
            for (Reject reject : request.reject()) {
                Entry entry = leased(reject.token());
                if (entry != null) {
                    entry.group.takeAway(entry);
                    written.add(home.deadLetters().bury(entry, reject.reason() == null ? "rejected" : reject.reason()));
                    rejected++;
                }
            }
            int extended = 0;
            for (String token : request.extend()) {
                Entry entry = leased(token);
                Member member = entry == null ? null : entry.member;
                if (entry != null && member != null) {
                    home.endLease(entry);
                    home.startLease(entry, member.spec().ackWait().toMillis());
                    extended++;
                }
            }
            AckResult result = new AckResult(acked, nacked, rejected, extended, stale, unknown);
            for (Group group : changed) {
                Promise<Void> promise = group.journal().whenWritten();
                written.add(promise.future());
                group.turnEnded();
            }
            return written.isEmpty()
                    ? Future.succeededFuture(result)
                    : Future.all(written).map(all -> result);
        }

        private boolean ack(String text) {
            LeaseToken token = LeaseToken.parse(text);
            Group group = token == null ? null : groups.get(token.group());
            Entry entry = group == null || token == null ? null : group.open().get(token.sequence());
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
            leased.group.settle(leased);
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
            Entry entry = group == null || token == null ? null : group.open().get(token.sequence());
            return leased(text, token, group, entry);
        }

        /** The entry, if this token's delivery leases it to this caller; or null, having noted why not. */
        private @Nullable Entry leased(
                String text, @Nullable LeaseToken token, @Nullable Group group, @Nullable Entry entry) {
            if (token == null || group == null) {
                unknown.add(text);
                return null;
            }
            if (entry != null && entry.state == Entry.State.LEASED && entry.fence == token.fence()) {
                Member member = entry.member;
                if (member != null && member.spec().identity().equals(request.identity())) {
                    return entry;
                }
                unknown.add(text);
                return null;
            }
            if (token.sequence() < group.position()) {
                stale.add(text);
            } else {
                unknown.add(text);
            }
            return null;
        }
    }
}
