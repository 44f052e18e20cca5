package com.busdk.broker.backend.nats;

import io.nats.client.Dispatcher;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tells others to what is listened here, as subscriptions: who wants to know asks the subject, and hears at once where
 * nobody is there. Bounded by the streams that there are. Any thread.
 */
final class Interest {
    private static final byte[] YES = {};

    private final NatsLink link;
    private final Dispatcher dispatcher;
    private final Map<String, Integer> counts = new ConcurrentHashMap<>();

    Interest(NatsLink link) {
        this.link = link;
        this.dispatcher = link.connection().createDispatcher(message -> {
            String replyTo = message.getReplyTo();
            if (replyTo != null) {
                link.answer(replyTo, YES);
            }
        });
    }

    /** One more listens to that. */
    void add(String subject) {
        counts.compute(subject, (_, count) -> {
            if (count == null) {
                dispatcher.subscribe(subject);
                return 1;
            }
            return count + 1;
        });
    }

    /** One less. */
    void remove(String subject) {
        counts.computeIfPresent(subject, (_, count) -> {
            if (count > 1) {
                return count - 1;
            }
            dispatcher.unsubscribe(subject);
            return null;
        });
    }

    /** Whether anybody does, in any process; also where somebody is there and slow. */
    CompletableFuture<Boolean> anyone(String subject, Duration timeout) {
        return link.ask(subject, YES, timeout).handle((_, failure) -> {
            NatsRefusal.Kind kind =
                    failure == null ? null : NatsRefusal.of(failure).kind();
            return kind != NatsRefusal.Kind.NO_RESPONDERS; // without a connection nobody knows that nobody is there
        });
    }
}
