package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.log.LogRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who on one loop wants the events of one name. Audiences of one owner or one correlation id are found by it, so that a
 * thousand waiting requests cost an event no more than one. One event loop.
 */
final class Route {
    private final List<Audience> everyone = new ArrayList<>();
    private final Map<ByteKey, List<Audience>> byOwner = new HashMap<>();
    private final Map<ByteKey, List<Audience>> byCorrelation = new HashMap<>();
    private final List<Puller> pullers = new ArrayList<>();

    void add(Audience audience) {
        listFor(audience).add(audience);
    }

    void remove(Audience audience) {
        List<Audience> list = listFor(audience);
        list.remove(audience);
        if (list.isEmpty()) {
            EventFilter filter = audience.key().filter();
            if (filter.correlation() != null) {
                byCorrelation.remove(filter.correlation());
            } else if (filter.owner() != null) {
                byOwner.remove(filter.owner());
            }
        }
    }

    private List<Audience> listFor(Audience audience) {
        EventFilter filter = audience.key().filter();
        if (filter.correlation() != null) {
            return byCorrelation.computeIfAbsent(filter.correlation(), _ -> new ArrayList<>(1));
        }
        if (filter.owner() != null) {
            return byOwner.computeIfAbsent(filter.owner(), _ -> new ArrayList<>(1));
        }
        return everyone;
    }

    void add(Puller puller) {
        pullers.add(puller);
    }

    void remove(Puller puller) {
        pullers.remove(puller);
    }

    boolean isEmpty() {
        return everyone.isEmpty() && byOwner.isEmpty() && byCorrelation.isEmpty() && pullers.isEmpty();
    }

    List<Puller> pullers() {
        return pullers;
    }

    void forEachAudience(LogRecord event, Consumer<Audience> each) {
        for (int i = 0; i < everyone.size(); i++) {
            each.accept(everyone.get(i));
        }
        if (!byOwner.isEmpty() && event.ownerLength() > 0) {
            List<Audience> own = byOwner.get(ByteKey.copyOf(event.buffer(), event.ownerStart(), event.ownerLength()));
            admit(own, event, each);
        }
        if (!byCorrelation.isEmpty() && event.correlationLength() > 0) {
            List<Audience> waiting = byCorrelation.get(
                    ByteKey.copyOf(event.buffer(), event.correlationStart(), event.correlationLength()));
            admit(waiting, event, each);
        }
    }

    private static void admit(@Nullable List<Audience> audiences, LogRecord event, Consumer<Audience> each) {
        if (audiences != null) {
            for (int i = 0; i < audiences.size(); i++) {
                Audience audience = audiences.get(i);
                if (audience.key().filter().admits(event)) {
                    each.accept(audience);
                }
            }
        }
    }
}
