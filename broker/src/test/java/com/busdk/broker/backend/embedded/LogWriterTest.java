package com.busdk.broker.backend.embedded;

import static com.busdk.broker.backend.embedded.HubFixture.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.Backend.Published;
import com.busdk.broker.backend.log.LogOptions;
import com.busdk.broker.backend.log.MemoryLog;
import com.busdk.broker.envelope.EventBatch;
import com.busdk.client.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LogWriterTest {
    /** The check whether the writer is at work, and the place in its queue, are two steps: it may fail between them. */
    @Test
    void shouldAnswerThoseWhoCameInTheInstantInWhichItFailed() throws Exception {
        try (HubFixture it = HubFixture.inMemory()) {
            Loops loops = new Loops(eventLoop -> new Loop(eventLoop, it.hub));
            Loop loop = await(
                    Future.future(made -> it.loops.getFirst().runOnContext(ignored -> made.complete(loops.current()))));
            LogWriter writer = writer(loops, 1);
            writer.start();
            try {
                Request first = new Request(loop, LogWriterTest::fail);
                assertTrue(writer.submit(first));
                String answer = await(first.settled.future());
                assertEquals(writer.brokenBecause(), answer);
                assertFalse(writer.submit(new Request(loop, LogWriterTest::fail)), "taken by a writer that has failed");
                Request late = new Request(loop, LogWriterTest::fail);
                assertTrue(writer.offer(late));
                assertEquals(writer.brokenBecause(), await(late.settled.future()));
                assertTrue(writer.brokenBecause().contains("restarted"), writer.brokenBecause());
            } finally {
                writer.stopAndWait();
            }
        }
    }

    /** The keys of one publisher are no reason to refuse what others publish in the same commit. */
    @Test
    void shouldRefuseAlonePublishesWhoseKeysHaveNoRoom() throws Exception {
        try (HubFixture it = HubFixture.inMemory()) {
            Loops loops = new Loops(eventLoop -> new Loop(eventLoop, it.hub));
            Loop loop = await(
                    Future.future(made -> it.loops.getFirst().runOnContext(ignored -> made.complete(loops.current()))));
            LogWriter writer = writer(loops, 2);
            CountDownLatch all = new CountDownLatch(1);
            writer.start();
            try {
                assertTrue(writer.submit(new Request(loop, all::await)));
                Future<Published> first = publish(writer, loop, 1);
                Future<Published> tooMany = publish(writer, loop, 2, 3);
                Future<Published> repeated = publish(writer, loop, 1);
                Future<Published> fits = publish(writer, loop, 4);
                Future<Published> without = publish(writer, loop);
                all.countDown();
                assertEquals(new Published(1, 0, 1, 1), await(first));
                ApiException refused = assertThrows(ApiException.class, () -> await(tooMany));
                assertEquals(503, refused.status());
                assertTrue(String.valueOf(refused.getMessage()).contains("keys"), refused.getMessage());
                assertEquals(new Published(0, 1, 1, 1), await(repeated));
                assertEquals(new Published(1, 0, 2, 2), await(fits));
                assertEquals(new Published(1, 0, 3, 3), await(without));
            } finally {
                writer.stopAndWait();
            }
        }
    }

    /** One of a log in memory, that remembers so many keys. */
    private static LogWriter writer(Loops loops, int mostKeys) {
        KeyTable keys = new KeyTable(1_000_000, mostKeys);
        Progress progress = new Progress(keys);
        return new LogWriter(MemoryLog.open(LogOptions.defaults(), progress), progress, keys, () -> 1, loops);
    }

    private static void fail() {
        throw new IllegalStateException("a defect that a test has put there");
    }

    /** Events with these keys, or one without. */
    private static Future<Published> publish(LogWriter writer, Loop loop, long... keys) {
        EventBatch batch = new EventBatch(64, 1);
        for (long key : keys) {
            batch.addAll(HubFixture.batch("example.test", null, null, 1));
            batch.idempotencyKey(1, key);
        }
        Promise<Published> promise = Promise.promise();
        assertTrue(writer.submit(new PublishRequest(
                loop, keys.length == 0 ? HubFixture.batch("example.test", null, null, 1) : batch, promise)));
        return promise.future();
    }

    @FunctionalInterface
    private interface Staging {
        void run() throws Exception;
    }

    /** Does that instead of being staged. */
    private static final class Request extends WriteRequest {
        private final Promise<String> settled = Promise.promise();
        private final Staging staging;

        Request(Loop loop, Staging staging) {
            super(loop);
            this.staging = staging;
        }

        @Override
        public int bytes() {
            return 1;
        }

        @Override
        void stage(LogWriter writer, long nowMicros) {
            try {
                staging.run();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        void committed(LogWriter writer) {
            settled.complete("stored");
        }

        @Override
        void settle() {
            settled.tryComplete(failure == null ? "stored" : String.valueOf(failure.getMessage()));
        }
    }
}
