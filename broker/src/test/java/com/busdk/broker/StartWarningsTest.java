package com.busdk.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator is told, or refused, when the service starts. */
class StartWarningsTest {
    private static final Map<String, String> SECRET =
            Map.of("BUS_EVENTS_JWT_SECRET", "0123456789abcdef0123456789abcdef");

    @TempDir
    private Path folder;

    private static List<String> told(String flag, String value) {
        return EventsService.whatIsNotDurable(EventsOptions.read(Map.of(flag, value), SECRET));
    }

    @Test
    void shouldSayWhatMayBeLost() {
        assertEquals(List.of(), told("fsync", "always"));
        assertEquals(
                List.of("a power failure may lose events that were answered within the last 250ms (--fsync interval)"),
                told("fsync", "interval=250ms"));
        assertEquals(
                List.of("a power failure may lose events that were answered: nothing is flushed (--fsync never)"),
                told("fsync", "never"));
        assertEquals(
                List.of("the events are kept in memory: nothing survives a restart (--events-backend memory)"),
                told("events-backend", "memory"));
    }

    @Test
    void shouldRefuseAShortSecretWhereOthersCanReachIt() throws Exception {
        Map<String, String> shortSecret = Map.of("BUS_EVENTS_JWT_SECRET", "31-bytes-are-too-few-for-HS256.");
        Map<String, String> anywhere =
                Map.of("addr", "0.0.0.0:0", "data-dir", folder.resolve("a").toString());
        ExecutionException refused = assertThrows(ExecutionException.class, () -> stop(start(anywhere, shortSecret)));
        ConfigException why = assertInstanceOf(ConfigException.class, refused.getCause());
        assertTrue(why.getMessage().contains("BUS_EVENTS_JWT_SECRET"), why.getMessage());
        assertEquals(0, folder.toFile().list().length, "nothing was begun");
        Map<String, String> here =
                Map.of("addr", "127.0.0.1:0", "data-dir", folder.resolve("b").toString());
        stop(start(here, shortSecret)); // with a warning
    }

    private static EventsService start(Map<String, String> flags, Map<String, String> environment) throws Exception {
        return await(EventsService.start(null, EventsOptions.read(flags, environment)));
    }

    private static void stop(EventsService service) throws Exception {
        await(service.stop());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }
}
