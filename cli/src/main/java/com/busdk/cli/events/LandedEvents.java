package com.busdk.cli.events;

import com.busdk.cli.command.CliException;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.ListenOptions;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the new service for events that an import has published and could not note: they are behind the last one that
 * it noted, and have their old id in the metadata. On the command's thread.
 */
final class LandedEvents {
    /** Names of one stream; a service takes 256, and a request's head has 16 KiB. */
    private static final int MAX_NAMES = 32;

    private final EventsSession session;
    private @Nullable String refusal;

    /** What an event is known by. Who copies metadata makes several of one label: they were published in their order. */
    private record Label(String name, String oldId) {}

    LandedEvents(EventsSession session) {
        this.session = session;
    }

    /**
     * Looks for events.
     *
     * @param events those that are published next
     * @param behind the new id of the last one that was noted; null for none
     * @return old id to new id of those that are there
     * @throws CliException failed, when {@code behind} is of another service
     */
    Map<String, String> find(List<HistoryEvent> events, @Nullable String behind) throws InterruptedException {
        Map<Label, Deque<String>> wanted = new HashMap<>();
        Set<String> names = new LinkedHashSet<>();
        for (HistoryEvent event : events) {
            names.add(event.name());
            if (event.label() != null) {
                wanted.computeIfAbsent(new Label(event.name(), event.label()), _ -> new ArrayDeque<>())
                        .add(event.id());
            }
        }
        Map<String, String> found = new ConcurrentHashMap<>();
        List<String> all = new ArrayList<>(names);
        for (int from = 0; from < all.size(); from += MAX_NAMES) {
            List<String> some = all.subList(from, Math.min(from + MAX_NAMES, all.size()));
            if (!look(some, behind, event -> {
                String label = event.metadata().get(HistoryEvent.OLD_ID);
                Deque<String> ids = label == null ? null : wanted.get(new Label(event.name(), label));
                String old = ids == null ? null : ids.poll();
                String id = event.id();
                if (old != null && id != null) {
                    found.put(old, id);
                }
            })) {
                break;
            }
        }
        return found;
    }

    /** Why not all of them could be looked for; null if nothing was in the way. */
    @Nullable
    String refusal() {
        return refusal;
    }

    private boolean look(List<String> names, @Nullable String behind, Consumer<Envelope> taker)
            throws InterruptedException {
        ListenOptions options =
                ListenOptions.of(names).replay().after(behind).snapshot().build();
        try {
            session.await(session.client()
                    .listen(options, event -> {
                        taker.accept(event);
                        return Future.succeededFuture();
                    })
                    .ended());
            return true;
        } catch (CliException e) {
            if (!(e.getCause() instanceof ApiException refused)) {
                throw e;
            }
            if (refused.isUnknownPosition()) {
                throw new CliException(
                        e.exitCode(),
                        "this is not the service that the import was begun at: it has no " + behind
                                + ". Check the URL; to import the file into this one too, use a copy of it",
                        refused);
            }
            if (refused.errorType().filter(ErrorType.FORBIDDEN::equals).isEmpty()) {
                throw e;
            }
            refusal = refused.message();
            return false;
        }
    }
}
