package com.busdk.client.worker;

import static com.busdk.client.testing.StubHub.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.testing.StubHub.Exchange;
import io.vertx.core.Future;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a handler is told of its hold on a request, and what becomes of one that it lets go. */
@Timeout(60)
class LeaseTest extends WorkerFixture {
    /** A request is tried so often before the service counts as out of reach. */
    private static final int TRIES = 4;

    @Test
    void shouldHoldARequestWhoseLeaseTheServiceBeginsAnew() throws Exception {
        Worker worker = start(greeter());
        deliver(hub.next().open(), "evt_1", "tok_1", "null");
        Work work = work();
        Future<Boolean> held = work.lease().isHeld();
        assertEquals("[\"tok_1\"]", settled().path("extend").toString());
        assertTrue(await(held));
        finish(worker, work);
    }

    private void finish(Worker worker, Work work) throws IOException {
        work.reply().complete(Reply.none());
        assertTrue(settled().has("ack"));
        await(worker.stop());
    }

    @Test
    void shouldNotHoldARequestThatIsSomebodyElses() throws Exception {
        Worker worker = start(greeter());
        deliver(hub.next().open(), "evt_1", "tok_1", "null");
        Work work = work();
        Future<Boolean> held = work.lease().isHeld();
        ack().answer(200, STALE.formatted("\"tok_1\""));
        assertFalse(await(held));
        assertFalse(await(work.lease().isHeld()), "it is known, and not asked again");
        assertTrue(hub.hasNoMore());

        work.reply().fail(new LeaseLostException());
        assertEquals(
                "tok_1", settled().path("nack").path(0).path("token").asText(), "nothing is published or acknowledged");
        assertEquals(0, worker.status().inHand());
        assertEquals(0, worker.status().answered());
        await(worker.stop());
        assertTrue(hub.hasNoMore());
    }

    @Test
    void shouldHoldARequestThatComesBackAtOnce() throws Exception {
        Worker worker = start(greeter());
        Exchange stream = hub.next().open();
        deliver(stream, "evt_1", "tok_1", "null", 1);
        Work work = work();
        Future<Boolean> held = work.lease().isHeld();
        Exchange first = ack();
        deliver(stream, "evt_1", "tok_2", "null", 2);
        deliver(stream, "evt_2", "tok_3", "null");
        Work other = work(); // so the one before was taken as well
        first.answer(200, STALE.formatted("\"tok_1\""));
        assertEquals("[\"tok_2\"]", settled().path("extend").toString());
        assertTrue(await(held), "nobody had it meanwhile");
        other.reply().complete(Reply.none());
        settled();
        finish(worker, work);
    }

    @Test
    void shouldNotHoldARequestThatSomebodyElseHadMeanwhileAndBeginItAnew() throws Exception {
        Worker worker = start(greeter());
        Exchange stream = hub.next().open();
        deliver(stream, "evt_1", "tok_1", "null", 1);
        Work work = work();
        deliver(stream, "evt_1", "tok_3", "null", 3);
        deliver(stream, "evt_2", "tok_9", "null");
        Work other = work();
        assertFalse(await(work.lease().isHeld()));
        assertTrue(hub.hasNoMore());
        work.reply().fail(new LeaseLostException());
        Work again = work();
        assertTrue(hub.hasNoMore(), "given back, it might become a dead letter that nobody has begun");
        assertBegunAnew(again, 3, "tok_3");
        other.reply().complete(Reply.none());
        settled();
        finish(worker, again);
    }

    @Test
    void shouldBeginARequestAnewThatComesBackBehindTheNewsThatItsLeaseIsLost() throws Exception {
        Worker worker = start(greeter());
        Exchange stream = hub.next().open();
        deliver(stream, "evt_1", "tok_1", "null", 1);
        Work work = work();
        Future<Boolean> held = work.lease().isHeld();
        ack().answer(200, STALE.formatted("\"tok_1\""));
        assertFalse(await(held));
        deliver(stream, "evt_1", "tok_2", "null", 2);
        deliver(stream, "evt_2", "tok_9", "null");
        Work other = work(); // so the one before was taken as well
        work.reply().fail(new LeaseLostException());
        Work again = work();
        assertBegunAnew(again, 2, "tok_2");
        other.reply().complete(Reply.none());
        settled();
        finish(worker, again);
    }

    private void assertBegunAnew(Work again, int attempt, String token) throws IOException {
        assertEquals("evt_1", again.request().id());
        assertEquals(attempt, again.request().delivery().attempt());
        Future<Boolean> held = again.lease().isHeld();
        assertEquals("[\"" + token + "\"]", settled().path("extend").toString());
        assertTrue(await(held));
    }

    /** A service that was started anew counts from what it had written down of its deliveries. */
    @Test
    void shouldBeginAnewARequestThatCameBackOverAnotherConnection() throws Exception {
        Worker worker = start(greeter());
        Exchange stream = hub.next().open();
        deliver(stream, "evt_1", "tok_1", "null", 1);
        Work work = work();
        stream.cut();
        Exchange next = hub.next().open();
        deliver(next, "evt_1", "tok_2", "null", 2);
        deliver(next, "evt_2", "tok_9", "null");
        Work other = work();
        assertFalse(await(work.lease().isHeld()));
        assertTrue(hub.hasNoMore());
        work.reply().fail(new LeaseLostException());
        Work again = work();
        assertBegunAnew(again, 2, "tok_2");
        other.reply().complete(Reply.none());
        settled();
        finish(worker, again);
    }

    @Test
    void shouldGiveBackARequestThatCameBackToAWorkerThatIsBeingStopped() throws Exception {
        Worker worker = start(greeter());
        Exchange stream = hub.next().open();
        deliver(stream, "evt_1", "tok_1", "null", 1);
        Work work = work();
        deliver(stream, "evt_1", "tok_3", "null", 3);
        deliver(stream, "evt_2", "tok_9", "null");
        Work other = work();
        Future<Void> stopped = worker.stop();
        work.reply().fail(new LeaseLostException());
        assertEquals("tok_3", settled().path("nack").path(0).path("token").asText());
        other.reply().complete(Reply.none());
        assertEquals("[\"tok_9\"]", settled().path("ack").toString());
        await(stopped);
        assertTrue(works.isEmpty());
    }

    /** As one answers that was started anew: it may have forgotten the delivery, or its group with everything else. */
    @Test
    void shouldNotHoldARequestThatTheServiceDoesNotKnow() throws Exception {
        Worker worker = start(greeter());
        Exchange stream = hub.next().open();
        deliver(stream, "evt_1", "tok_1", "null");
        Work work = work();
        Future<Boolean> held = work.lease().isHeld();
        ack().answer(404, "{\"error\":{\"type\":\"not_found\",\"message\":\"no such group\"}}");
        assertFalse(await(held));
        Future<Boolean> heldLater = work.lease().isHeld();
        ack().answer(200, "{\"ack\":0,\"nack\":0,\"reject\":0,\"extend\":0,\"stale\":[],\"unknown\":[\"tok_1\"]}");
        assertFalse(await(heldLater));
        work.reply().complete(Reply.none());
        assertTrue(settled().has("ack"));
        await(worker.stop());
    }

    @Test
    void shouldNotHoldARequestWhileTheServiceCannotBeAsked() throws Exception {
        Worker worker = start(greeter());
        deliver(hub.next().open(), "evt_1", "tok_1", "null");
        Work work = work();
        Future<Boolean> held = work.lease().isHeld();
        for (int i = 0; i < TRIES; i++) {
            ack().answer(503, UNAVAILABLE);
        }
        assertFalse(await(held));
        finish(worker, work);
    }

    /** Were it begun anew instead, under the lease that nobody confirms, that would go on without a pause. */
    @Test
    void shouldGiveBackARequestThatWasLetGoWhileTheServiceCouldNotBeAsked() throws Exception {
        Worker worker = start(greeter());
        deliver(hub.next().open(), "evt_1", "tok_1", "null");
        Work work = work();
        Future<Boolean> held = work.lease().isHeld();
        for (int i = 0; i < TRIES; i++) {
            ack().answer(503, UNAVAILABLE);
        }
        assertFalse(await(held));
        work.reply().fail(new LeaseLostException());
        assertEquals("tok_1", settled().path("nack").path(0).path("token").asText());
        await(worker.stop());
        assertTrue(works.isEmpty());
    }

    @Test
    void shouldNotHoldARequestWhoseLeaseIsOverWhileTheServiceDoesNotAnswer() throws Exception {
        Worker worker = start(greeter().lease(Duration.ofMillis(300)).drain(Duration.ZERO));
        deliver(hub.next().open(), "evt_1", "tok_1", "null");
        assertFalse(await(work().lease().isHeld()));
        worker.stop();
    }

    @Test
    void shouldNotHoldARequestThatWasGivenBack() throws Exception {
        Worker worker = start(greeter().drain(Duration.ZERO));
        deliver(hub.next().open(), "evt_1", "tok_1", "null");
        Work work = work();
        Future<Void> stopped = worker.stop();
        assertTrue(settled().has("nack"));
        assertFalse(await(work.lease().isHeld()));
        work.reply().fail(new LeaseLostException());
        await(stopped);
        assertTrue(hub.hasNoMore());
    }

    @Test
    void shouldKeepWhatCameFromNoGroup() {
        assertTrue(await(Lease.KEPT.isHeld()));
    }
}
