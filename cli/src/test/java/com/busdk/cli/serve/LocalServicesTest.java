package com.busdk.cli.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.EventsOptions;
import com.busdk.broker.EventsService;
import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code bus up} starts beside the events service. */
@Timeout(120)
class LocalServicesTest {
    private static final String SECRET = "a-secret-of-the-tests-that-is-long-enough-for-hs256";

    @TempDir
    Path data;

    private final Vertx vertx = Vertx.vertx();
    private EventsService events;

    @BeforeEach
    void start() throws Exception {
        events = await(EventsService.start(
                vertx,
                EventsOptions.read(
                        Map.of("addr", "127.0.0.1:0", "events-backend", "memory"),
                        Map.of("BUS_EVENTS_JWT_SECRET", SECRET))));
    }

    @AfterEach
    void stop() throws Exception {
        await(events.stop());
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void shouldServeTheAdministrationOfTheRunner() throws Exception {
        var plan = new LocalServices.Plan(
                Map.of("HOME", data.toString()),
                "http://127.0.0.1:" + events.port(),
                data,
                SECRET,
                0,
                false,
                Optional.empty(),
                _ -> {},
                _ -> {},
                new CompletableFuture<>());
        var grant = TokenMinter.Grant.service("operator", Scopes.parse("container:admin"))
                .withAudience(Scopes.AUDIENCE_INTERNAL);
        String token = new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC()).mint(grant);
        try (LocalServices services = LocalServices.start(vertx, plan);
                HttpClient http = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create(services.url() + "/api/internal/containers/runner"))
                    .header("Authorization", "Bearer " + token);
            var status = http.send(request.build(), BodyHandlers.ofString());
            assertEquals(200, status.statusCode(), status.body());
            assertEquals("{\"status\":{\"state\":\"ready\",\"provider\":\"static\",\"details\":{}}}", status.body());
            var deleted = http.send(request.DELETE().build(), BodyHandlers.ofString());
            assertEquals("{\"deleted\":true}", deleted.body());
        }
    }

    private LocalServices.Plan plan(String variable, String value) {
        return new LocalServices.Plan(
                Map.of("HOME", data.toString(), variable, value),
                "http://127.0.0.1:" + events.port(),
                data,
                SECRET,
                0,
                false,
                Optional.empty(),
                _ -> {},
                _ -> {},
                new CompletableFuture<>());
    }

    @ParameterizedTest
    @CsvSource({
        "BUS_AUTH_SESSION_TTL, abc",
        "BUS_VM_BILLING_BACKEND, event",
        "BUS_CONTAINERS_USAGE_BACKEND, event",
        "BUS_EVENTS_LISTENER_RETRY_MIN, soon",
    })
    void shouldNameTheVariableThatIsWrong(String variable, String value) {
        var problem = assertThrows(CliException.class, () -> LocalServices.start(vertx, plan(variable, value)));

        assertEquals(ExitCode.USAGE, problem.exitCode());
        assertTrue(String.valueOf(problem.getMessage()).contains(variable), problem.getMessage());
    }

    /** They are for services elsewhere; a key of the user's would sign tokens that the other parts do not take. */
    @ParameterizedTest
    @CsvSource({
        "BUS_AUTH_POSTGRES_DSN, postgres://user@127.0.0.1:1/nowhere",
        "BUS_AUTH_SIGNING_KEY, /nowhere/key.pem",
        "BUS_USAGE_DATABASE_URL, postgres://user@127.0.0.1:1/nowhere",
    })
    void shouldKeepAndSignWithWhatIsInItsOwnFolder(String variable, String value) throws Exception {
        try (LocalServices services = LocalServices.start(vertx, plan(variable, value))) {
            assertTrue(services.url().startsWith("http://127.0.0.1:"), services.url());
            assertTrue(Files.exists(data.resolve("auth.db")));
        }
    }

    /** With the policy of the user's own, as with the user's own quotas. */
    @Test
    void shouldHandOnToBillingWhatTheUserSays() throws Exception {
        Path policy = Files.writeString(data.resolve("policy.json"), """
            {"exports": [{"event_type": "container_run_finished", "quantity": "data.duration_ms",
             "feature": "container:run", "meter_event_name": "bus_container_runtime_milliseconds"}]}
            """);
        try (LocalServices services =
                LocalServices.start(vertx, plan("BUS_USAGE_BILLING_EXPORT_POLICY", policy.toString()))) {
            assertTrue(services.url().startsWith("http://127.0.0.1:"), services.url());
        }
        Files.writeString(policy, "{}");
        var problem = assertThrows(
                CliException.class,
                () -> LocalServices.start(vertx, plan("BUS_USAGE_BILLING_EXPORT_POLICY", policy.toString())));
        assertTrue(String.valueOf(problem.getMessage()).contains("policy.json"), problem.getMessage());
    }

    /** As the events service, which warns of it: nobody but this machine reaches the stack. */
    @Test
    void shouldStartWithAShortSecretOfTheUser() throws Exception {
        String secret = "short";
        EventsService own = await(EventsService.start(
                vertx,
                EventsOptions.read(
                        Map.of("addr", "127.0.0.1:0", "events-backend", "memory"),
                        Map.of("BUS_EVENTS_JWT_SECRET", secret))));
        var plan = new LocalServices.Plan(
                Map.of("HOME", data.toString(), "BUS_API_JWT_SECRET", secret),
                "http://127.0.0.1:" + own.port(),
                data,
                secret,
                0,
                false,
                Optional.empty(),
                _ -> {},
                _ -> {},
                new CompletableFuture<>());
        try (LocalServices services = LocalServices.start(vertx, plan);
                HttpClient http = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create(services.url() + "/api/v1/auth/register"))
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"email\":\"user@example.com\"}"));
            assertEquals(
                    200, http.send(request.build(), BodyHandlers.ofString()).statusCode());
        }
        await(own.stop());
    }
}
