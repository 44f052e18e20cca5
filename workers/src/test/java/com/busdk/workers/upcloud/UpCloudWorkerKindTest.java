package com.busdk.workers.upcloud;

import static com.busdk.workers.upcloud.testing.Await.await;
import static com.busdk.workers.upcloud.testing.Await.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.config.ConfigException;
import com.busdk.client.events.EventsClient;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerSettings;
import com.busdk.workers.upcloud.api.CloudException;
import com.busdk.workers.upcloud.testing.StubCloud;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class UpCloudWorkerKindTest {
    private static final Map<String, String> ENVIRONMENT = Map.of("UPCLOUD_TOKEN", StubCloud.TOKEN);

    private final Vertx vertx = Vertx.vertx();
    private final StubCloud cloud = StubCloud.start(vertx);
    private final UpCloudWorkerKind kind = new UpCloudWorkerKind();

    @AfterEach
    void stop() {
        cloud.close();
        await(vertx.close());
    }

    private Map<String, String> check(String name) {
        return Map.of(
                "check-vm-status",
                "",
                "provider",
                "upcloud",
                "upcloud-api-url",
                cloud.url().toString(),
                "vm-name",
                name);
    }

    @Test
    void shouldPassItsSelfTest() {
        assertTrue(await(kind.selfTest(vertx)).startsWith("OK upcloud"));
    }

    @Test
    void shouldPrintOneStatusInsteadOfWorking() {
        String uuid = cloud.machine("gpu", "started").uuid;
        String status = await(kind.instead(vertx, check("gpu"), ENVIRONMENT).orElseThrow());
        assertTrue(status.startsWith("{\"status\":{\"state\":\"ready\",\"provider\":\"upcloud\""), status);
        assertTrue(status.contains(uuid));
        assertFalse(status.contains(StubCloud.PASSWORD) || status.contains("\n"));
        assertEquals(1, cloud.calls().size());
    }

    @Test
    void shouldFailAStatusThatCannotBeHad() {
        cloud.fail("GET", "/server", 401, StubCloud.error("AUTHENTICATION_FAILED", "no"));
        CloudException e = failure(
                CloudException.class,
                kind.instead(vertx, check("gpu"), ENVIRONMENT).orElseThrow());
        assertTrue(String.valueOf(e.getMessage()).contains("UPCLOUD_TOKEN"), e.getMessage());
    }

    @Test
    void shouldWorkUnlessAStatusIsAskedFor() {
        assertTrue(kind.instead(vertx, Map.of(), Map.of()).isEmpty());
        assertTrue(kind.instead(vertx, Map.of("check-vm-status", "false"), Map.of())
                .isEmpty());
        Map<String, String> nameless = Map.of("check-vm-status", "true", "provider", "upcloud");
        assertThrows(ConfigException.class, () -> kind.instead(vertx, nameless, ENVIRONMENT));
    }

    @Test
    void shouldNeedNoNameForAMachineThatIsMadeUp() {
        assertEquals(
                "{\"status\":{\"state\":\"ready\",\"provider\":\"static\",\"details\":{}}}",
                await(kind.instead(vertx, Map.of("check-vm-status", "", "provider", "static"), Map.of())
                        .orElseThrow()));
    }

    @Test
    void shouldRefuseToRunForNothing() {
        WorkerSettings settings = WorkerSettings.read("upcloud", Map.of(), Map.of("BUS_API_TOKEN", "t"), ignored -> {});
        EventsClient client = EventsClient.create(vertx, URI.create("http://127.0.0.1:1"), TokenSource.fixed("t"));
        WorkerContext context = new WorkerContext("upcloud", vertx, client, settings, Map.of(), Map.of());
        ConfigException e = assertThrows(ConfigException.class, () -> kind.create(context));
        assertTrue(String.valueOf(e.getMessage()).contains("--container-runner-name"));
    }

    @Test
    void shouldShowEachFlagOnce() {
        Set<String> names = new HashSet<>();
        kind.flags().forEach(flag -> assertTrue(names.add(flag.name()), flag.name()));
        assertTrue(names.contains("container-events"));
    }
}
