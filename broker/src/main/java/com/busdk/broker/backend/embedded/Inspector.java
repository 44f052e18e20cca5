package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.Backend.DeadLetter;
import com.busdk.broker.backend.Backend.EventInfo;
import com.busdk.broker.backend.Backend.GroupInfo;
import com.busdk.broker.backend.Backend.Names;
import com.busdk.broker.backend.Backend.Standing;
import com.busdk.broker.backend.EventId;
import com.busdk.broker.backend.embedded.GroupKey.HomeKey;
import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.backend.log.LogCursor;
import com.busdk.broker.backend.log.LogDamagedException;
import com.busdk.broker.backend.log.LogRecord;
import com.busdk.broker.backend.log.NameSelector;
import com.busdk.broker.backend.log.RecordVisitor.Next;
import com.busdk.broker.envelope.JsonText;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Answers questions about what the hub holds. What is read from the log is read on a reader thread, what a group knows
 * is asked on its loop.
 *
 * <p>Thread: called on event loops, stateless.
 */
final class Inspector {
    /** Lines of events in one answer: a few of the largest, and what a service can hold for some who ask at once. */
    static final int MAX_PAGE_BYTES = 4 << 20;

    private final Hub hub;
    private final Homes homes;
    private final NameList names;

    Inspector(Hub hub, Homes homes, NameList names) {
        this.hub = hub;
        this.names = names;
        this.homes = homes;
    }

    Future<List<GroupInfo>> groups(@Nullable String view, @Nullable String name, Predicate<String> mayListen) {
        return statuses(view, name, mayListen).compose(this::infos);
    }

    /** What the loops of this process know of groups that live here. */
    Future<List<GroupStatus>> statuses(@Nullable String view, @Nullable String name, Predicate<String> mayListen) {
        return homes.askAll(home -> {
            List<GroupStatus> found = new ArrayList<>();
            for (Group group : home.groups()) {
                GroupKey key = group.key();
                if ((view == null || view.equals(key.owner()))
                        && (name == null || name.equals(key.name()))
                        && mayListen.test(key.name())) {
                    found.add(GroupStatus.of(group));
                }
            }
            return found;
        });
    }

    /** The same with how far each lags behind, in order. */
    Future<List<GroupInfo>> infos(List<GroupStatus> found) {
        return hub.onReader(() -> {
            NameList.Work work = names.work();
            return found.stream()
                    .map(status -> withLag(status, work))
                    .sorted(Comparator.comparing(GroupInfo::group).thenComparing(GroupInfo::name))
                    .toList();
        });
    }

    /** An owner's events have to be looked at to be counted; where that would be too many, they are not counted. */
    private GroupInfo withLag(GroupStatus status, NameList.Work work) {
        EventLog log = hub.log();
        GroupKey key = status.key();
        long head = log.head();
        long all = log.count(key.name(), status.position(), head);
        if (key.owner() == null) {
            return status.with(all, false);
        }
        if (!work.take(all)) {
            return status.with(0, all > 0);
        }
        var own = names.own(key.name(), key.owner(), status.position(), head);
        return status.with(own.count(), own.atLeast());
    }

    Future<@Nullable EventInfo> event(EventId id, @Nullable String view, Predicate<String> mayListen) {
        if (id.epoch() != hub.log().epoch()) {
            return Future.succeededFuture(null);
        }
        return visible(id, view, mayListen)
                .compose(stored -> stored == null
                        ? Future.succeededFuture(null)
                        : standings(stored, view).map(standings -> new EventInfo(stored.line(), standings)));
    }

    /** An event of this log that the view may see, or null. */
    Future<@Nullable StoredEvent> visible(EventId id, @Nullable String view, Predicate<String> mayListen) {
        return hub.onReader(() -> stored(id.sequence())).map(stored -> {
            boolean visible = stored != null
                    && mayListen.test(stored.name())
                    && (view == null
                            || stored.owner().equals(new String(JsonText.encode(view), StandardCharsets.UTF_8)));
            return visible ? stored : null;
        });
    }

    /** Where the groups that live here stand with it, of those that the view may see. */
    Future<List<Standing>> standings(StoredEvent event, @Nullable String view) {
        return homes.askAll(home -> standings(home, event, view));
    }

    private @Nullable StoredEvent stored(long sequence) {
        EventLog log = hub.log();
        if (sequence < log.firstSequence() || sequence >= log.head()) {
            return null;
        }
        StoredEvent[] found = new StoredEvent[1];
        LogCursor at = log.cursorAt(sequence);
        try {
            log.read(at, sequence + 1, NameSelector.ALL, EventLog.Trust.VERIFY, event -> {
                if (event.sequence() == sequence) {
                    found[0] = new StoredEvent(
                            sequence,
                            text(event, event.nameStart(), event.nameLength()),
                            text(event, event.ownerStart(), event.ownerLength()),
                            text(event, event.lineStart(), event.lineLength() - 1));
                }
                return Next.STOP_BEHIND;
            });
        } catch (LogDamagedException e) {
            hub.reportDamage(e);
            throw Failures.unavailable("that event cannot be read from the log; an operator has to look at it");
        }
        return found[0];
    }

    private static String text(LogRecord event, int start, int length) {
        byte[] bytes = new byte[length];
        event.buffer().get(start, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static List<Standing> standings(GroupHome home, StoredEvent event, @Nullable String view) {
        List<Standing> standings = new ArrayList<>();
        for (Group group : home.groups()) {
            GroupKey key = group.key();
            String owner = key.owner();
            boolean sees = event.sequence() >= group.first()
                    && key.name().equals(event.name())
                    && (owner == null
                            || new String(JsonText.encode(owner), StandardCharsets.UTF_8).equals(event.owner()));
            if (sees && (view == null || view.equals(owner))) {
                standings.add(GroupStatus.standing(group, event.sequence()));
            }
        }
        return standings;
    }

    Future<Names> names(@Nullable String view, Predicate<String> mayListen, String after, int limit) {
        return hub.onReader(() -> names.names(view, mayListen, after, limit));
    }

    Future<List<DeadLetter>> deadLetters(
            String group,
            @Nullable String view,
            @Nullable String name,
            Predicate<String> mayListen,
            @Nullable EventId after,
            int limit) {
        return marks(group, view, name, mayListen, after, limit).compose(this::letters);
    }

    /** Which dead letters those are, of a group that lives here. */
    Future<List<NamedMark>> marks(
            String group,
            @Nullable String view,
            @Nullable String name,
            Predicate<String> mayListen,
            @Nullable EventId after,
            int limit) {
        GroupHome home = homes.find(new HomeKey(group, view));
        if (home == null) {
            return Future.failedFuture(Failures.noSuchGroup());
        }
        long behind = after == null ? -1 : after.sequence();
        return homes.ask(home, asked -> marks(groupsOf(asked, group, view, mayListen), name, behind, limit));
    }

    /** The first ones with their lines, as many as one answer may hold. */
    Future<List<DeadLetter>> letters(List<NamedMark> marks) {
        return hub.onReader(() -> withLines(marks));
    }

    private static List<NamedMark> marks(List<Group> groups, @Nullable String name, long behind, int limit) {
        return groups.stream()
                .filter(one -> name == null || name.equals(one.key().name()))
                .flatMap(one -> one.dead().tailMap(behind, false).values().stream()
                        .limit(limit)
                        .map(mark -> new NamedMark(one.key().name(), mark)))
                .sorted(Comparator.comparingLong(named -> named.mark().sequence()))
                .limit(limit)
                .toList();
    }

    /** The first one whatever its length. */
    private List<DeadLetter> withLines(List<NamedMark> marks) {
        List<DeadLetter> letters = new ArrayList<>();
        long bytes = 0;
        for (NamedMark named : marks) {
            DeadMark mark = named.mark();
            StoredEvent stored = stored(mark.sequence());
            String line = stored == null ? null : stored.line();
            bytes += line == null ? 0 : line.length();
            if (bytes > MAX_PAGE_BYTES && !letters.isEmpty()) {
                break;
            }
            letters.add(new DeadLetter(
                    hub.id(mark.sequence()), named.name(), line, mark.attempts(), mark.reason(), mark.timeMicros()));
        }
        return letters;
    }

    private static List<Group> groupsOf(
            GroupHome home, String group, @Nullable String view, Predicate<String> mayListen) {
        List<Group> found = new ArrayList<>();
        for (Group one : home.groups()) {
            if (one.key().group().equals(group)
                    && Objects.equals(one.key().owner(), view)
                    && mayListen.test(one.key().name())) {
                found.add(one);
            }
        }
        if (found.isEmpty()) {
            throw Failures.noSuchGroup();
        }
        return found;
    }

    Future<Integer> settleDeadLetters(
            String group, @Nullable String view, @Nullable List<EventId> ids, boolean redrive) {
        GroupHome home = homes.find(new HomeKey(group, view));
        if (home == null) {
            return Future.failedFuture(Failures.noSuchGroup());
        }
        Promise<Integer> promise = ContextInternal.current().promise();
        home.loop().run(() -> {
            try {
                settle(groupsOf(home, group, view, name -> true), ids, redrive).onComplete(promise);
            } catch (RuntimeException e) {
                promise.fail(e);
            }
        });
        return promise.future();
    }

    private Future<Integer> settle(List<Group> groups, @Nullable List<EventId> ids, boolean redrive) {
        Set<Long> wanted = null;
        if (ids != null) {
            wanted = new HashSet<>();
            for (EventId id : ids) {
                if (id.epoch() == hub.log().epoch()) {
                    wanted.add(id.sequence());
                }
            }
        }
        int count = 0;
        List<Future<Void>> written = new ArrayList<>();
        for (Group group : groups) {
            for (Long sequence : group.dead().keySet()) {
                if (wanted == null || wanted.contains(sequence)) {
                    ProgressDelta changes = group.journal().changes();
                    (redrive ? changes.redriven : changes.purged).addLong(sequence);
                    count++;
                }
            }
            written.add(group.journal().whenWritten().future());
            group.turnEnded();
        }
        int settled = count;
        return Future.all(written).map(all -> settled);
    }
}
