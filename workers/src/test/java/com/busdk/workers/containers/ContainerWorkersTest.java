package com.busdk.workers.containers;

import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.events.EventsClient;
import com.busdk.client.testing.StubHub;
import com.busdk.client.testing.StubHub.Exchange;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerRun;
import com.busdk.workers.run.WorkerSettings;
import io.vertx.core.Vertx;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What container workers ask of the events service. */
class ContainerWorkersTest {
    private static final int MAX_RUNS = 4;

    private static ContainerBackend backend(ContainerBackend inner, boolean outlives) {
        return (ContainerBackend) Proxy.newProxyInstance(
                ContainerBackend.class.getClassLoader(),
                new Class<?>[] {ContainerBackend.class},
                (ignored, method, arguments) -> method.getName().equals("outlivesWorkers")
                        ? (Object) outlives
                        : method.invoke(inner, arguments));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldLetARunBeWaitedForOftenWhereItsContainerGoesOn(boolean outlives) throws Exception {
        Vertx vertx = Vertx.vertx();
        try (StubHub hub = StubHub.start(vertx)) {
            WorkerSettings settings = WorkerSettings.read(
                    "podman",
                    Map.of("drain", "1s"),
                    Map.of("BUS_EVENTS_API_URL", "http://" + hub.url().getAuthority(), "BUS_API_TOKEN", "a.b.c"),
                    ignored -> {});
            EventsClient client = EventsClient.create(vertx, hub.url(), TokenSource.fixed("a.b.c"));
            var context =
                    new WorkerContext("podman", vertx, client, settings, Map.of("container-events", "runs"), Map.of());
            ContainerRunOptions options = ContainerRunOptions.DEFAULT;
            WorkerRun run = await(WorkerRun.start(
                    ContainerWorkers.create(
                            context,
                            backend(new StaticContainers(vertx, options), outlives),
                            options,
                            List.of(),
                            MAX_RUNS),
                    context));
            boolean runs = false;
            boolean others = false;
            while (!runs || !others) {
                Exchange stream = hub.next();
                if (stream.path().endsWith("/groups")) {
                    stream.answer(200, "{\"groups\":[{\"group\":\"podman\"}]}"); // none has to be made
                    continue;
                }
                stream.open().line("{\"notice\":\"caught_up\"}");
                List<String> names = stream.parameters().getAll("name");
                if (!stream.parameters().contains("group")) {
                    continue; // it reads what was before
                }
                if (names.contains(ContainerEvents.RUN)) {
                    assertEquals("4", stream.parameters().get("max_in_flight"));
                    assertEquals(outlives ? "100" : null, stream.parameters().get("max_deliveries"));
                    runs = true;
                } else if (names.contains(ContainerEvents.DELETE)) {
                    assertFalse(stream.parameters().contains("max_deliveries"), "the hub's default");
                    others = true;
                }
            }
            await(run.running());
            await(run.stop());
        } finally {
            await(vertx.close());
        }
    }
}
