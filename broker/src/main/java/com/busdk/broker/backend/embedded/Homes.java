package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.broker.backend.embedded.GroupKey.HomeKey;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which loop a group lives on: the one that first asks for it, so that load spreads as connections do. Groups found at
 * recovery wait here until then. A name has a home for as long as there are groups of it, or somebody is joining them: two
 * homes of one group would each hand out its events. So this is bounded by the number of groups and of connections.
 *
 * <p>Threads: the lookups on any event loop, what they return on its own loop.
 */
final class Homes {
    private final Hub hub;
    private final Loops loops;
    private final Map<Loop, GroupHome> byLoop = new ConcurrentHashMap<>();
    private final Map<HomeKey, Place> byKey = new ConcurrentHashMap<>();
    private final Map<HomeKey, Queue<GroupProgress>> recovered = new ConcurrentHashMap<>();

    /** @param joining how many are about to join groups there */
    private record Place(GroupHome home, int joining) {
        Place with(int more) {
            return new Place(home, joining + more);
        }
    }

    Homes(Hub hub, Loops loops) {
        this.hub = hub;
        this.loops = loops;
    }

    /** A group from the log, before the hub runs. */
    void recovered(GroupProgress group) {
        recovered
                .computeIfAbsent(group.key.home(), _ -> new ConcurrentLinkedQueue<>())
                .add(group);
    }

    /**
     * The home of the groups of that name and view, for one who joins; asked on an event loop, which becomes the home if
     * there is none. It stays so until {@link #joined}, which has to follow.
     */
    GroupHome toJoin(HomeKey key) {
        return place(key, 1).home();
    }

    /** One who asked {@link #toJoin} has joined, or was refused. On the home's loop. */
    void joined(HomeKey key) {
        byKey.computeIfPresent(key, (_, place) -> unlessEmpty(key, place.with(-1)));
    }

    /** A group has been forgotten. On its home's loop. */
    void forgotten(HomeKey key) {
        byKey.computeIfPresent(key, (_, place) -> unlessEmpty(key, place));
    }

    private static @Nullable Place unlessEmpty(HomeKey key, Place place) {
        return place.joining() == 0 && !place.home().has(key) ? null : place;
    }

    private Place place(HomeKey key, int joining) {
        Place place = byKey.compute(key, (_, known) -> (known == null ? new Place(here(key), 0) : known).with(joining));
        return Objects.requireNonNull(place);
    }

    /** Makes this loop the home; in one step with its entry, so that nobody finds it without the groups of before. */
    private GroupHome here(HomeKey key) {
        GroupHome home = here();
        Queue<GroupProgress> waiting = recovered.remove(key);
        if (waiting != null) {
            waiting.forEach(home::recovered);
        }
        return home;
    }

    /** Groups of those homes live here no longer; completes, on any thread, when all loops have let go of them. */
    Future<Void> drop(Predicate<HomeKey> which) {
        for (HomeKey key : List.copyOf(recovered.keySet())) {
            Queue<GroupProgress> waiting = which.test(key) ? recovered.remove(key) : null;
            if (waiting != null) {
                waiting.forEach(group -> hub.uncount(group.key()));
            }
        }
        List<Future<Void>> dropped = new ArrayList<>();
        for (GroupHome home : byLoop.values()) {
            Promise<Void> promise = Promise.promise();
            dropped.add(promise.future());
            home.loop().eventLoop().execute(() -> {
                home.drop(which);
                promise.complete();
            });
        }
        return Future.all(dropped).mapEmpty();
    }

    /** How many names have a home: for tests. */
    int size() {
        return byKey.size();
    }

    /** The home of groups that are there, or null: asking about a name that nobody listens by leaves no trace. */
    @Nullable
    GroupHome find(HomeKey key) {
        Place known = byKey.get(key);
        if (known != null) {
            return known.home();
        }
        if (recovered.containsKey(key)) {
            return place(key, 0).home();
        }
        // Another loop may be about to become its home: that is waited for.
        Place made = byKey.compute(key, (_, found) -> found);
        return made == null ? null : made.home();
    }

    /** Finds a home for every group that still waits for one, so that it is forgotten some day; spreads them. */
    void settleEverywhere() {
        List<Loop> all = List.copyOf(loops.all());
        int next = 0;
        for (HomeKey key : recovered.keySet()) {
            all.get(next++ % all.size()).eventLoop().execute(() -> {
                if (recovered.containsKey(key)) {
                    place(key, 0);
                }
            });
        }
    }

    /** Finds a home for every group that still waits for one, so that it can be asked about. */
    void settleAll() {
        List.copyOf(recovered.keySet()).forEach(key -> place(key, 0));
    }

    private GroupHome here() {
        return byLoop.computeIfAbsent(loops.current(), loop -> new GroupHome(loop, hub));
    }

    /** Asks every home, each on its own loop; completes on the caller's context with all answers. */
    <T> Future<List<T>> askAll(Function<GroupHome, List<T>> question) {
        settleAll();
        List<Future<List<T>>> answers = new ArrayList<>();
        for (GroupHome home : byLoop.values()) {
            answers.add(ask(home, question));
        }
        return Future.all(answers).map(all -> {
            List<T> together = new ArrayList<>();
            for (Future<List<T>> answer : answers) {
                together.addAll(answer.result());
            }
            return together;
        });
    }

    /** Asks one home on its loop; completes on the caller's context. */
    <T> Future<T> ask(GroupHome home, Function<GroupHome, T> question) {
        Promise<T> promise = ContextInternal.current().promise();
        home.loop().run(() -> {
            try {
                promise.complete(question.apply(home));
            } catch (RuntimeException e) {
                promise.fail(e);
            }
        });
        return promise.future();
    }

    /** Ends all streams, each on its loop. */
    Future<Void> endAll() {
        List<Future<Void>> ended = new ArrayList<>();
        for (Loop loop : loops.all()) {
            Promise<Void> promise = Promise.promise();
            ended.add(promise.future());
            loop.eventLoop().execute(() -> {
                loop.feed().endAll(EndReason.CLOSING);
                GroupHome home = byLoop.get(loop);
                if (home != null) {
                    home.endAll(EndReason.CLOSING);
                    home.stopTicking();
                }
                promise.complete();
            });
        }
        return Future.all(ended).mapEmpty();
    }
}
