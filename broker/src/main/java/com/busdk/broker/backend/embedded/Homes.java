package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.broker.backend.embedded.GroupKey.HomeKey;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which loop a group lives on: the one that first asks for it, so that load spreads as connections do. Groups found at
 * recovery wait here until then. Bounded by the number of groups.
 *
 * <p>Threads: the lookups on any event loop, what they return on its own loop.
 */
final class Homes {
    /**
     * Group names that a home is remembered for, over the life of the process: a name keeps its home, since two homes of
     * one group would each hand out its events.
     */
    private static final int MAX_NAMES = 1_000_000;

    private final Hub hub;
    private final Loops loops;
    private final Map<Loop, GroupHome> byLoop = new ConcurrentHashMap<>();
    private final Map<HomeKey, GroupHome> byKey = new ConcurrentHashMap<>();
    private final Map<HomeKey, Queue<GroupProgress>> recovered = new ConcurrentHashMap<>();

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

    /** The home of the groups of that name and view; asked on an event loop, which becomes the home if there is none. */
    GroupHome of(HomeKey key) {
        GroupHome known = byKey.get(key);
        if (known != null) {
            return known;
        }
        if (byKey.size() >= MAX_NAMES) {
            throw Failures.unavailable(
                    "too many group names have been used since the service started; use one of them");
        }
        GroupHome here = here();
        GroupHome home = byKey.computeIfAbsent(key, _ -> here);
        Queue<GroupProgress> waiting = recovered.remove(key);
        if (waiting != null) {
            // Queued before whatever the caller wants from that home.
            home.loop().run(() -> waiting.forEach(home::adopt));
        }
        return home;
    }

    /** The home of groups that are there, or null: asking about a name that nobody listens by leaves no trace. */
    @Nullable
    GroupHome find(HomeKey key) {
        GroupHome known = byKey.get(key);
        return known != null || !recovered.containsKey(key) ? known : of(key);
    }

    /** Finds a home for every group that still waits for one, so that it can be asked about or forgotten. */
    void settleAll() {
        List.copyOf(recovered.keySet()).forEach(this::of);
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
