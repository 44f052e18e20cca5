package com.busdk.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.PooledByteBufAllocator;
import java.net.http.HttpResponse;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was put together for a stream is given back once its connection has it. */
class StreamMemoryTest {
    private static final int EVENTS = 2_000;

    /** What the pool may have out for other reasons, such as a read that is under way. */
    private static final long SLACK_BYTES = 256 << 10;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "follow=false",
                "replay=true&limit=" + EVENTS,
                "delivery=unicast&group=g&replay=true&max_in_flight=4096&limit=" + EVENTS,
            })
    void shouldGiveBackTheMemoryOfWhatWasWritten(String query) throws Exception {
        try (TestService service = TestService.start()) {
            String event = "{\"name\":\"example.large\",\"payload\":\"" + "x".repeat(2_000) + "\"}\n";
            assertEquals(
                    202,
                    service.post(TestService.token(), "application/x-ndjson", event.repeat(EVENTS))
                            .statusCode());
            long before = PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
            HttpResponse<String> all = service.send(service.to("/api/v1/events/stream?name=example.large&" + query)
                    .header("Authorization", "Bearer " + TestService.token()));
            assertEquals(EVENTS, all.body().lines().count());
            // The last writes may still be about to be confirmed.
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            long out = Long.MAX_VALUE;
            while (out > before + SLACK_BYTES && System.nanoTime() < deadline) {
                LockSupport.parkNanos(1_000_000);
                out = PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
            }
            assertTrue(out <= before + SLACK_BYTES, out - before + " bytes were not given back");
        }
    }
}
