package com.busdk.cli.events;

import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Fields;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenClaims;
import com.busdk.client.event.Delivery;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.Acks;
import com.busdk.client.events.EventHandler;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.ListenOptions;
import com.busdk.client.events.Listening;
import com.busdk.client.events.PublishStream;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One run of {@code bus events verify}: opens listeners of every kind, publishes, waits until they have all there is or
 * nothing more comes, and counts. It runs on the command's thread; handlers count on the event loop.
 */
final class Verification {
    /** Events in one request of lines; after each so many, some are published one by one, to have both ways. */
    private static final int BATCH = 500;

    private static final int SINGLE = 5;

    /** The listener that comes back goes away after so many events. */
    private static final int RESUME_EVERY = 1_000;

    /** Nothing new for so long means that nothing comes any more. */
    private static final Duration SILENCE = Duration.ofSeconds(5);

    /** How long to look out for repeats when all have come. */
    private static final Duration AFTERMATH = Duration.ofMillis(300);

    /** Groups are durable: with names of their own for each run they would pile up in the service. */
    private static final String AUTO_GROUP = "bus-verify-auto";

    private static final String EXPLICIT_GROUP = "bus-verify-explicit";

    /** Begins the correlation id of every run. */
    private static final String RUN_PREFIX = "verify-";

    /** How long another run is waited for: most take moments. */
    private static final Duration OTHERS = Duration.ofSeconds(10);

    private static final Duration OTHERS_POLL = Duration.ofMillis(200);

    private final EventsSession session;
    private final EventsClient client;

    /** Publishes and acknowledges; another process of the service than that of the streams, or the same. */
    private final EventsClient other;

    private final Invocation invocation;
    private final String name;
    private final String run;

    /** Their names are of this run alone, so that those of another one can be told from them. */
    private final List<String> consumers;

    /** Has a permit when something came since the command's thread last looked. */
    private final Semaphore arrived = new Semaphore(0);

    private final List<Listening> open = new ArrayList<>();
    private final AtomicReference<@Nullable Listening> resuming = new AtomicReference<>();

    private final OtherRuns others = new OtherRuns();

    private final Tally broadcast = new Tally("broadcast");
    private final Tally resumed = new Tally("broadcast, resumed");
    private final Tally auto = new Tally("unicast, auto");
    private final Tally explicit = new Tally("unicast, explicit");
    private final Tally replayed = new Tally("replay");

    /** @param other publishes and acknowledges; the session's own client does the rest */
    Verification(EventsSession session, EventsClient other, Invocation invocation, String name) {
        this.session = session;
        this.client = session.client();
        this.other = other;
        this.invocation = invocation;
        this.name = name;
        byte[] random = new byte[8];
        new SecureRandom().nextBytes(random);
        this.run = RUN_PREFIX + HexFormat.of().formatHex(random);
        this.consumers = List.of(run + "-a", run + "-b");
    }

    /**
     * Runs it.
     *
     * @param most publish at most so many events
     * @param limit publish at most for so long
     * @throws CliException also where another run has the same groups and does not end
     */
    List<Tally.Result> run(int most, Duration limit) throws InterruptedException {
        try {
            awaitOthers();
            listen();
            meetOthers(); // who ends before the first event is answered is there now
            int published = publish(most, limit);
            awaitAll(List.of(broadcast, resumed, auto, explicit), published);
            var history = ListenOptions.of(name).correlationId(run).replay().snapshot();
            session.await(start(history, event -> count(replayed, "one", event)).ended());
            List<Tally.Result> results = List.of(
                    broadcast.result(published),
                    resumed.result(published),
                    auto.result(published),
                    explicit.result(published),
                    replayed.result(published));
            // What is chosen by the correlation id is nobody else's doing.
            boolean alone = Stream.of(broadcast, resumed, replayed)
                    .allMatch(tally -> tally.result(published).isClean());
            if (alone && !results.stream().allMatch(Tally.Result::isClean) && (others.goOn() || othersListen())) {
                throw another();
            }
            return results;
        } finally {
            open.forEach(Listening::close);
            Listening last = resuming.getAndSet(null);
            if (last != null) {
                last.close();
            }
        }
    }

    /** Waits until nobody else is in the groups. */
    private void awaitOthers() throws InterruptedException {
        long end = System.nanoTime() + invocation.common().timeoutOr(OTHERS).toNanos();
        boolean told = false;
        while (othersListen()) {
            if (System.nanoTime() >= end) {
                throw another();
            }
            if (!told) {
                invocation.note("another bus events verify runs on this service: waiting for it to end");
                told = true;
            }
            // Nothing is listened to yet, so that nothing arrives.
            boolean _ = arrived.tryAcquire(OTHERS_POLL.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void meetOthers() throws InterruptedException {
        if (othersListen()) {
            others.meet();
        }
    }

    private boolean othersListen() throws InterruptedException {
        String owner = TokenClaims.peek(EventsSession.tokenSource(invocation).token())
                .filter(claims -> !claims.service() && !claims.audience().contains(Scopes.AUDIENCE_INTERNAL))
                .map(TokenClaims::subject)
                .orElse("");
        for (JsonNode group : Answer.items(session.await(client.groups(name)), "groups")) {
            // Those of other identities are other groups; an administrator is shown them too.
            boolean ours = List.of(AUTO_GROUP, EXPLICIT_GROUP).contains(Fields.text(group, "group"))
                    && group.path("owner").asText("").equals(owner);
            for (JsonNode consumer : group.path("consumers")) {
                if (ours && !consumers.contains(Fields.text(consumer, "consumer"))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static CliException another() {
        return CliException.failed(
                "another bus events verify runs on this service, and each takes events of the other: run it again when"
                        + " that has ended, or give --name NAME");
    }

    private void listen() throws InterruptedException {
        start(ListenOptions.of(name).correlationId(run), event -> count(broadcast, "one", event));
        for (String consumer : consumers) {
            start(ListenOptions.of(name).unicast(AUTO_GROUP, consumer), event -> count(auto, consumer, event));
            Acks acks = other.acks(EXPLICIT_GROUP);
            start(
                    ListenOptions.of(name).unicast(EXPLICIT_GROUP, consumer).explicitAck(),
                    event -> countAndAck(acks, consumer, event));
        }
        Listening first = resume(null);
        for (Listening listening : open) {
            session.await(listening.connected());
        }
        session.await(first.connected());
    }

    private Listening start(ListenOptions.Builder options, EventHandler handler) {
        Listening listening = client.listen(options.build(), handler, new ListenNotes(invocation));
        open.add(listening);
        return listening;
    }

    /** A listener that ends after some events, and is followed by one that goes on behind the last of them. */
    private Listening resume(@Nullable String after) {
        ListenOptions options = ListenOptions.of(name)
                .correlationId(run)
                .after(after)
                .limit(RESUME_EVERY)
                .build();
        Listening listening =
                client.listen(options, event -> count(resumed, "one", event), new ListenNotes(invocation));
        resuming.set(listening);
        listening.ended().onSuccess(_ -> {
            // Closed at the end of the run, it is not the current one any more.
            if (resuming.compareAndSet(listening, null)) {
                resume(listening.lastId().orElse(after));
            }
        });
        return listening;
    }

    private int publish(int most, Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        // Who came in the same moment, and saw nobody either, is there now, or publishes behind this first event.
        session.await(other.publishJson(lines(0, 1)));
        meetOthers();
        int published = 1;
        while (published < most && System.nanoTime() < end) {
            int lines = Math.min(BATCH, most - published);
            PublishStream stream = session.await(other.openPublishStream());
            session.await(stream.writeLines(lines(published, lines)));
            session.await(stream.end());
            published += lines;
            for (int i = 0; i < SINGLE && published < most; i++) {
                session.await(other.publishJson(lines(published, 1)));
                published++;
            }
        }
        return published;
    }

    private Buffer lines(int from, int count) {
        Buffer lines = Buffer.buffer(count * 120);
        for (int number = from; number < from + count; number++) {
            lines.appendString("{\"name\":\"")
                    .appendString(name)
                    .appendString("\",\"correlationId\":\"")
                    .appendString(run)
                    .appendString("\",\"payload\":")
                    .appendString(Integer.toString(number))
                    .appendString("}\n");
        }
        return lines;
    }

    /** Waits until all have come and no repeat follows, or nothing comes any more. */
    private void awaitAll(List<Tally> tallies, int published) throws InterruptedException {
        Duration patience = SILENCE;
        while (arrived.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
            arrived.drainPermits();
            long distinct = tallies.stream().mapToLong(Tally::distinct).sum();
            patience = distinct == (long) published * tallies.size() ? AFTERMATH : SILENCE;
        }
    }

    private Future<Void> count(Tally tally, String listener, Envelope event) {
        String of = event.correlationId();
        if (run.equals(of)) {
            others.own(event);
            tally.add(listener, Integer.parseInt(event.payload()));
            if (arrived.availablePermits() == 0) {
                arrived.release();
            }
        } else if (of != null && of.startsWith(RUN_PREFIX)) {
            others.other(event);
        }
        return Future.succeededFuture();
    }

    private Future<Void> countAndAck(Acks acks, String consumer, Envelope event) {
        Delivery delivery = event.delivery();
        String token = delivery == null ? null : delivery.token();
        Future<Void> counted = count(explicit, consumer, event);
        return token == null ? counted : acks.ack(token).mapEmpty();
    }
}
