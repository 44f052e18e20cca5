package com.busdk.workers.run;

import static com.busdk.workers.store.Hub.until;
import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.event.Delivery;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.ListenOptions;
import com.busdk.client.events.Listening;
import com.busdk.client.http.ApiException;
import com.busdk.client.testing.StubHub;
import com.busdk.client.worker.Reply;
import com.busdk.client.worker.RequestHandler;
import com.busdk.workers.store.Hub;
import com.busdk.workers.upcloud.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A worker on its way to taking requests. */
@Timeout(120)
class WorkerRunTest {
    private static final String WORK = "example.work.request";
    private static final String SCOPES = "events:send events:listen";

    private final Hub hub = new Hub();
    private final EventsClient user = hub.client("user", SCOPES);
    private final List<Integer> attempts = new CopyOnWriteArrayList<>();
    private final HeldResource resource = new HeldResource(false);
    private int processes;

    /** Takes as long as a test wants to start. */
    private static final class HeldResource implements WorkerResource {
        private final boolean comesBeforeGroups;
        private final Promise<Void> begun = Promise.promise();
        private final Promise<Void> release = Promise.promise();

        HeldResource(boolean comesBeforeGroups) {
            this.comesBeforeGroups = comesBeforeGroups;
        }

        @Override
        public Future<Void> start() {
            begun.complete();
            return release.future();
        }

        @Override
        public Future<Void> stop() {
            return Future.succeededFuture();
        }

        @Override
        public boolean comesBeforeGroups() {
            return comesBeforeGroups;
        }
    }

    @AfterEach
    void close() {
        hub.close();
    }

    private WorkerContext context() {
        return hub.context(
                "worker", SCOPES, Map.of("consumer", "worker-" + processes++, "listener-retry-min", "10ms"), Map.of());
    }

    private RequestHandler counting() {
        return request -> {
            Delivery delivery = Objects.requireNonNull(request.delivery());
            attempts.add(delivery.attempt());
            return Future.succeededFuture(Reply.of("\"done\""));
        };
    }

    private WorkerRun begin(WorkerContext context, boolean fromOldest, WorkerResource... resources) {
        WorkerContext.Part part = new WorkerContext.Part(List.of(WORK), 4, fromOldest);
        WorkerSet set = new WorkerSet(context.workers(counting(), List.of(part)), List.of(resources));
        return await(WorkerRun.start(set, context));
    }

    private static void stop(WorkerContext context, WorkerRun run) {
        await(run.stop().transform(ignored -> context.vertx().close()));
    }

    private void publish() {
        await(user.publish(
                Envelope.builder(WORK).payload("1").correlationId("c").build()));
    }

    private boolean hasGroup() {
        return !await(user.groups(WORK)).path("groups").isEmpty();
    }

    @Test
    void shouldAnswerARequestThatComesDuringItsVeryFirstStart() {
        WorkerContext context = context();
        WorkerRun run = begin(context, false, resource);
        await(resource.begun.future());

        Future<Envelope> answer =
                user.request(Envelope.builder(WORK).payload("1").build(), Duration.ofSeconds(50));
        until("it waits in the group", () -> lag() == 1);
        assertFalse(run.running().isComplete());
        resource.release.complete();

        assertEquals("\"done\"", await(answer).payload());
        assertEquals(List.of(1), attempts);
        stop(context, run);
    }

    private int lag() {
        return await(user.groups(WORK)).at("/groups/0/lag").asInt();
    }

    /** With five deliveries a request is a dead letter: starts that come to nothing must not use them up. */
    @Test
    void shouldNotCostAWaitingRequestADelivery() {
        WorkerContext before = context();
        WorkerRun earlier = begin(before, false);
        await(earlier.running());
        stop(before, earlier);
        publish();

        WorkerContext context = context();
        WorkerRun run = begin(context, false, resource);
        await(resource.begun.future());
        resource.release.complete();

        until("it is done", () -> !attempts.isEmpty());
        assertEquals(List.of(1), attempts);
        stop(context, run);
    }

    @Test
    void shouldLeaveNoGroupWhereItCannotWork() {
        HeldResource local = new HeldResource(true);
        WorkerContext context = context();
        WorkerRun run = begin(context, false, local, resource);
        await(local.begun.future());

        local.release.fail(new IllegalStateException("no such program"));

        assertEquals(
                "no such program",
                Await.failure(IllegalStateException.class, run.ended()).getMessage());
        assertFalse(hasGroup());
        stop(context, run);
    }

    @Test
    void shouldFindItsGroupsWhenTheServiceComesLater() {
        hub.goAway();
        WorkerContext context = context();
        WorkerRun run = begin(context, false, resource);
        assertTrue(run.notReady().isPresent());

        hub.comeBack();

        await(resource.begun.future());
        assertTrue(hasGroup());
        stop(context, run);
    }

    /** Not for a moment, in which it might be handed what waits: whether it is depends on who is quicker. */
    @Test
    void shouldNotListenToAGroupThatIsThereBeforeItCanWork() {
        try (StubHub service = StubHub.start(hub.vertx)) {
            WorkerContext context = context(service);
            WorkerRun run = begin(context, false, resource);

            service.next().answer(200, "{\"groups\":[{\"group\":\"worker\",\"name\":\"" + WORK + "\"}]}");

            await(resource.begun.future());
            assertTrue(service.hasNoMore());
            stop(context, run);
        }
    }

    /** It is another group, of the same name; only an administrator is shown it. */
    @Test
    void shouldMakeItsGroupWhereAUserHasOneOfThatName() {
        EventsClient alice = hub.user("alice", SCOPES);
        Listening other = alice.listen(
                ListenOptions.of(WORK).unicast("worker", "a").build(), ignored -> Future.succeededFuture());
        await(other.connected());
        assertFalse(hasGroup());
        WorkerContext context = hub.context("worker", SCOPES + " events:admin", Map.of(), Map.of());
        WorkerRun run = begin(context, false, resource);

        await(resource.begun.future());

        assertTrue(hasGroup());
        stop(context, run);
        await(other.close());
    }

    @Test
    void shouldMakeAUsersGroupWhereAServiceHasOneOfThatName() {
        Listening other =
                user.listen(ListenOptions.of(WORK).unicast("worker", "a").build(), ignored -> Future.succeededFuture());
        await(other.connected());
        WorkerContext context = hub.contextOfUser("worker", SCOPES + " events:admin");
        WorkerRun run = begin(context, false, resource);

        await(resource.begun.future());

        assertFalse(
                await(hub.user("worker", SCOPES).groups(WORK)).path("groups").isEmpty());
        stop(context, run);
        await(other.close());
    }

    private WorkerContext context(StubHub service) {
        return hub.context(
                "worker", SCOPES, Map.of("events-url", "http://" + service.url().getAuthority()), Map.of());
    }

    @Test
    void shouldDoWithoutWhereNobodySaysWhichGroupsThereAre() {
        try (StubHub service = StubHub.start(hub.vertx)) {
            WorkerContext context = context(service);
            WorkerRun run = begin(context, false, resource);
            StubHub.Exchange question = service.next();
            assertTrue(question.path().endsWith("/groups"), question.path());

            question.answer(404, "{\"error\":{\"type\":\"not_found\",\"message\":\"no such path\"}}");

            await(resource.begun.future());
            stop(context, run);
        }
    }

    @Test
    void shouldEndWithATokenThatIsRefused() {
        WorkerContext context = hub.context("worker", "vm:read", Map.of("consumer", "worker"), Map.of());
        WorkerRun run = begin(context, false, resource);

        assertTrue(Await.failure(ApiException.class, run.ended()).message().contains("events:listen"));
        assertFalse(resource.begun.future().isComplete());
        stop(context, run);
    }
}
