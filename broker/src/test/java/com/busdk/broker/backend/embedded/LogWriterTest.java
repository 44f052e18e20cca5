package com.busdk.broker.backend.embedded;

import static com.busdk.broker.backend.embedded.HubFixture.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.log.LogOptions;
import com.busdk.broker.backend.log.MemoryLog;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LogWriterTest {
    /** The check whether the writer is at work, and the place in its queue, are two steps: it may fail between them. */
    @Test
    void shouldAnswerThoseWhoCameInTheInstantInWhichItFailed() throws Exception {
        try (HubFixture it = HubFixture.inMemory()) {
            KeyTable keys = new KeyTable(1, 1);
            Progress progress = new Progress(keys);
            Loops loops = new Loops(eventLoop -> new Loop(eventLoop, it.hub));
            Loop loop = await(
                    Future.future(made -> it.loops.getFirst().runOnContext(ignored -> made.complete(loops.current()))));
            LogWriter writer =
                    new LogWriter(MemoryLog.open(LogOptions.defaults(), progress), progress, keys, () -> 1, loops);
            writer.start();
            try {
                Request first = new Request(loop);
                assertTrue(writer.submit(first));
                String answer = await(first.settled.future());
                assertEquals(writer.brokenBecause(), answer);
                assertFalse(writer.submit(new Request(loop)), "taken by a writer that has failed");
                Request late = new Request(loop);
                assertTrue(writer.offer(late));
                assertEquals(writer.brokenBecause(), await(late.settled.future()));
                assertTrue(writer.brokenBecause().contains("restarted"), writer.brokenBecause());
            } finally {
                writer.stopAndWait();
            }
        }
    }

    /** Has a defect. */
    private static final class Request extends WriteRequest {
        private final Promise<String> settled = Promise.promise();

        Request(Loop loop) {
            super(loop);
        }

        @Override
        int bytes() {
            return 1;
        }

        @Override
        void stage(LogWriter writer, long nowMicros) {
            throw new IllegalStateException("a defect that a test has put there");
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
