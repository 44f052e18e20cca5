package com.busdk.broker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.broker.backend.Backend;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmUpTest {
    private final Vertx vertx = Vertx.vertx();

    @TempDir
    private Path folder;

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    @Test
    void shouldHaveEachOfItsRequestsAnswered() throws Exception {
        await(WarmUp.attempt(vertx, folder)); // fails unless each is answered with what was asked for
        assertEquals(0, vertx.deploymentIDs().size(), "servers that stay behind");
        assertArrayEquals(new String[0], folder.toFile().list(), "files that stay behind");
    }

    @Test
    void shouldLeaveNoEventInTheServiceThatItWarms() throws Exception {
        var options = EventsOptions.read(
                Map.of("addr", "127.0.0.1:0", "events-backend", "memory"),
                Map.of("BUS_EVENTS_JWT_SECRET", "0123456789abcdef0123456789abcdef"));
        EventsService service = await(EventsService.startWarm(vertx, options));
        try {
            Future<Backend.Names> names = Future.future(asked -> vertx.runOnContext(
                    _ -> service.backend().names(null, _ -> true, "", 10).onComplete(asked)));
            assertEquals(List.of(), await(names).names());
        } finally {
            await(service.stop());
        }
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }
}
