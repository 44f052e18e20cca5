package com.busdk.cli.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.ListenOptions;
import com.busdk.client.worker.Reply;
import com.busdk.gateway.usage.MemoryUsage;
import com.busdk.gateway.usage.UsageRecord;
import com.busdk.gateway.vm.VmProvider;
import com.busdk.gateway.vm.VmProviderOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class VmProviderTest {
    private static final String ALICE = "11111111-1111-4111-8111-111111111111";
    private static final String[] VM = {"bus.vm.status.request", "bus.vm.start.request", "bus.vm.stop.request"};

    private final Platform platform = new Platform();
    private final String token = Platform.user(ALICE, "vm:read vm:write");
    private final AtomicInteger asked = new AtomicInteger();

    @AfterEach
    void close() {
        platform.close();
    }

    private void worker(String payload) {
        platform.worker(
                "vm",
                _ -> {
                    asked.incrementAndGet();
                    return Future.succeededFuture(Reply.of(payload));
                },
                VM);
    }

    private void failing(String type) {
        platform.worker("vm", _ -> Future.succeededFuture(Reply.failed(type, "the machine is on fire")), VM);
    }

    private Platform.Reply status(VmProvider provider) {
        return platform.get(provider.url() + "/api/v1/vm/status", token);
    }

    private Platform.Reply start(VmProvider provider) {
        return platform.post(provider.url() + "/api/v1/vm/start", token, null);
    }

    // --- the answers ---

    @Test
    void shouldAnswerByItselfWhereItIsStatic() {
        VmProvider provider = platform.vm("backend", "static", "usage-backend", "memory");
        assertEquals(
                "{\"status\":{\"state\":\"ready\",\"provider\":\"static\",\"details\":{}}}",
                status(provider).text());
        Platform.Reply start = start(provider);
        assertEquals(202, start.status());
        assertEquals("{\"accepted\":true,\"action\":\"start\"}", start.text());
        assertEquals(
                "{\"accepted\":true,\"action\":\"stop\"}",
                platform.post(provider.url() + "/api/v1/vm/stop", token, "{}").text());
        List<UsageRecord> records = ((MemoryUsage) provider.usage()).records();
        assertEquals(
                List.of(
                        "runtime_start_requested",
                        "runtime_start_finished",
                        "runtime_stop_requested",
                        "runtime_stop_finished"),
                records.stream().map(UsageRecord::type).toList());
        assertEquals(0, platform.history(VM).size());
    }

    @Test
    void shouldAskTheWorkerForTheCallerAndForNobodyElse() {
        worker("{\"state\":\"frozen\",\"provider\":\"upcloud\",\"details\":{\"zone\":\"fi-hel2\"},\"more\":1}");
        VmProvider provider = platform.vm();
        assertEquals(
                "{\"status\":{\"state\":\"frozen\",\"provider\":\"upcloud\",\"details\":{\"zone\":\"fi-hel2\"}}}",
                status(provider).text());
        Envelope request = platform.history("bus.vm.status.request").getFirst();
        assertEquals(ALICE, request.identityId());
        assertEquals("{}", request.payload());
        Envelope response = platform.history("bus.vm.status.response").getFirst();
        assertEquals(request.correlationId(), response.correlationId());
        assertEquals(ALICE, response.identityId());
    }

    @Test
    void shouldPassTheRuntimeOn() {
        worker("{\"accepted\":true,\"action\":\"start\",\"state\":\"starting\"}");
        VmProvider provider = platform.vm();
        Platform.Reply started = platform.post(provider.url() + "/api/v1/vm/start", token, "{\"runtime\":\"gpu-1\"}");
        assertEquals(202, started.status());
        assertEquals(
                "{\"runtime\":\"gpu-1\"}",
                platform.history("bus.vm.start.request").getFirst().payload());
    }

    @ParameterizedTest
    @CsvSource({
        "null",
        "[]",
        "{}",
        "{\"state\":\"ready\"}",
        "'{\"state\":7,\"provider\":\"x\"}'",
        "'{\"state\":\"\",\"provider\":\"x\"}'",
        "'{\"state\":\"ready\",\"provider\":\"x\",\"details\":[]}'"
    })
    void shouldPassOnNoAnswerOfAnotherShape(String payload) {
        worker(payload.equals("null") ? "null" : payload);
        VmProvider provider = platform.vm();
        Platform.Reply reply = status(provider);
        assertEquals(502, reply.status(), reply.text());
        assertEquals("bad_gateway", reply.errorType());
    }

    @ParameterizedTest
    @CsvSource({
        "vm_unavailable,503,unavailable",
        "timeout,503,unavailable",
        "bad_request,400,bad_request",
        "conflict,409,conflict",
        "upcloud_error,502,bad_gateway",
        "surprise,502,bad_gateway"
    })
    void shouldSayWhatTheWorkerSays(String type, int status, String word) {
        failing(type);
        Platform.Reply reply = status(platform.vm());
        assertEquals(status, reply.status());
        assertEquals(word, reply.errorType());
        assertTrue(reply.message().contains("the machine is on fire"), reply.message());
    }

    @Test
    void shouldSayAtOnceThatNobodyListens() {
        VmProvider provider = platform.vm("request-timeout", "10m"); // nobody would wait for that
        Platform.Reply reply = status(provider);
        assertEquals(503, reply.status());
        assertEquals("unavailable", reply.errorType());
        assertTrue(reply.message().contains("no worker listens to bus.vm.status.request"), reply.message());
        assertEquals(List.of("1"), reply.headers().get("retry-after"));
    }

    @Test
    void shouldGiveUpOnAWorkerThatDoesNotAnswer() {
        platform.worker("vm", _ -> Promise.<Reply>promise().future(), VM);
        Platform.Reply reply = status(platform.vm("request-timeout", "100ms"));
        assertEquals(503, reply.status());
        assertEquals("unavailable", reply.errorType());
        assertTrue(reply.message().contains("within 100ms"), reply.message());
    }

    @Test
    void shouldSayThatTheEventsServiceIsGone() {
        worker("{\"state\":\"ready\",\"provider\":\"x\"}");
        var elsewhere = new HashMap<>(platform.environment());
        elsewhere.put("BUS_EVENTS_API_URL", "http://127.0.0.1:1");
        Platform.Reply reply = status(platform.vm(elsewhere));
        assertEquals(503, reply.status());
        assertEquals("unavailable", reply.errorType());
    }

    @Test
    void shouldGiveEachCallerItsOwnAnswerWhereTwoProvidersStandSideBySide() throws Exception {
        platform.worker(
                "vm",
                request -> Future.succeededFuture(
                        Reply.of("{\"state\":\"ready\",\"provider\":\"" + request.identityId() + "\"}")),
                VM);
        List<VmProvider> providers = List.of(platform.vm(), platform.vm());
        Map<String, CompletableFuture<HttpResponse<String>>> answers = new HashMap<>();
        for (int i = 0; i < 60; i++) {
            String who = "user-" + i;
            var request = Platform.request(
                    "GET", providers.get(i % 2).url() + "/api/v1/vm/status", Platform.user(who, "vm:read"), null);
            answers.put(who, platform.http.sendAsync(request, BodyHandlers.ofString()));
        }
        for (var answer : answers.entrySet()) {
            assertEquals(
                    answer.getKey(),
                    Platform.json(answer.getValue().get().body())
                            .path("status")
                            .path("provider")
                            .asText());
        }
    }

    @Test
    void shouldShowNobodyAnAnswerThatBelongsToAnother() {
        // A worker that is no Worker of ours: it answers in another's name.
        platform.client.listen(
                ListenOptions.of("bus.vm.status.request").build(),
                request -> platform.client
                        .publish(Envelope.builder("bus.vm.status.response")
                                .correlationId(request.correlationId())
                                .identityId("somebody-else")
                                .payload("{\"state\":\"ready\",\"provider\":\"x\"}")
                                .build())
                        .mapEmpty());
        VmProvider provider = platform.vm();
        Platform.Reply reply = status(provider);
        while (reply.message().contains("no worker listens")) {
            reply = status(provider); // until that listener is there
        }
        assertEquals(403, reply.status(), reply.text());
        assertEquals("insufficient_access", reply.errorType());
    }

    // --- who may ---

    @Test
    void shouldAskForATokenAndForItsScope() {
        VmProvider provider = platform.vm("backend", "static");
        String url = provider.url() + "/api/v1/vm/";
        Platform.Reply none = platform.get(url + "status", null);
        assertEquals(401, none.status());
        assertEquals("invalid_auth", none.errorType());
        assertEquals(List.of("Bearer"), none.headers().get("www-authenticate"));
        assertEquals(401, platform.get(url + "status", "garbage").status());

        Platform.Reply reader = platform.post(url + "start", Platform.user(ALICE, "vm:read"), null);
        assertEquals(403, reader.status());
        assertEquals("insufficient_access", reader.errorType());
        assertEquals("vm:write", reader.json().path("error").path("scope").asText());
        assertEquals(
                403,
                platform.get(url + "status", Platform.user(ALICE, "vm:write")).status());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET|/api/v1/vm/start||405|method_not_allowed",
                "DELETE|/api/v1/vm/status||405|method_not_allowed",
                "GET|/api/v1/vm/||404|not_found",
                "GET|/api/v1/vm/status/||404|not_found",
                "GET|/api/v1/vm/status?runtime=a%20b||400|bad_request",
                "GET|/api/v1/vm/status?runtime=a&runtime=b||400|bad_request",
                "POST|/api/v1/vm/start|[]|400|bad_request",
                "POST|/api/v1/vm/start|{|400|bad_request",
                "POST|/api/v1/vm/start|{} {}|400|bad_request",
                "POST|/api/v1/vm/start|{\"runtime\":7}|400|bad_request",
                "POST|/api/v1/vm/stop|{\"runtime\":\"../x\"}|400|bad_request"
            })
    void shouldRefuseBadRequests(String method, String path, String body, int status, String word) {
        VmProvider provider = platform.vm("backend", "static");
        Platform.Reply reply = platform.send(method, provider.url() + path, token, body);
        assertEquals(status, reply.status(), reply.text());
        assertEquals(word, reply.errorType());
    }

    @Test
    void shouldRefuseABodyThatIsTooLargeOrNoJson() {
        VmProvider provider = platform.vm("backend", "static");
        assertEquals(
                413,
                platform.post(provider.url() + "/api/v1/vm/start", token, "x".repeat(5_000))
                        .status());
        assertEquals(
                400,
                platform.send("GET", provider.url() + "/api/v1/vm/status", token, "{}")
                        .status());
        assertEquals(200, status(provider).status());
    }

    // --- billing and usage ---

    /** What goes on for longer than a stop waits has its second record all the same. */
    @Test
    void shouldLeaveNoRecordAloneWhenItStops() throws Exception {
        platform.worker("vm", _ -> Promise.<Reply>promise().future(), VM);
        VmProvider provider = platform.vm("usage-backend", "events");
        Thread asking = Thread.ofVirtual().start(() -> {
            try {
                start(provider);
            } catch (RuntimeException | AssertionError _) {
                // its connection ends with the provider
            }
        });
        platform.historyOf(1, "bus.vm.start.request");

        Platform.await(provider.close());

        asking.join();
        List<Envelope> records = platform.history("bus.usage.record.request");
        assertEquals(2, records.size());
        var failed = Platform.json(records.getLast().payload());
        assertEquals("runtime_start_failed", failed.path("event_type").asText());
        assertEquals("unavailable", failed.path("data").path("error").asText());
    }

    private void billing(String answer) {
        platform.worker(
                "billing", _ -> Future.succeededFuture(Reply.of(answer)), "bus.billing.entitlement.check.request");
    }

    @Test
    void shouldSendAndRecordNothingForAnAccountThatMayNot() {
        worker("{\"state\":\"ready\",\"provider\":\"x\"}");
        billing("{\"allowed\":false,\"reason\":\"billing_required\",\"command\":\"bus billing setup\"}");
        VmProvider provider = platform.vm("billing-backend", "events", "usage-backend", "events");
        Platform.Reply denied = start(provider);
        assertEquals(402, denied.status());
        assertEquals("billing_required", denied.errorType());
        assertEquals(
                "bus billing setup", denied.json().path("error").path("command").asText());
        assertEquals("setup_billing", denied.json().path("error").path("action").asText());
        assertEquals(0, asked.get());
        assertEquals(List.of(), platform.history("bus.usage.record.request", "bus.vm.start.request"));
        Envelope question =
                platform.history("bus.billing.entitlement.check.request").getFirst();
        assertEquals("{\"account_id\":\"" + ALICE + "\",\"scope\":\"vm:write\"}", question.payload());

        assertEquals(200, status(provider).status(), "looking costs nothing");
        assertEquals(
                1, platform.history("bus.billing.entitlement.check.request").size());
    }

    @Test
    void shouldSayWhichPlanHasMore() {
        billing("{\"allowed\":false,\"reason\":\"quota_exceeded\",\"command\":\"bus billing upgrade\","
                + "\"recommended_plan\":\"pro\",\"usage\":[{\"feature\":\"vm:write\",\"window\":\"week\",\"used\":7,"
                + "\"limit\":5,\"resets_at\":\"2026-02-02T00:00:00Z\"}]}");
        Platform.Reply denied = start(platform.vm("backend", "static", "billing-backend", "events"));
        assertEquals(402, denied.status());
        assertEquals("quota_exceeded", denied.errorType());
        assertEquals(
                "the plan's quota for vm:write is used up, 7 of 5 in the window week, which ends at"
                        + " 2026-02-02T00:00:00Z; the plan pro has more: run bus billing upgrade",
                denied.message());
    }

    @Test
    void shouldGiveNothingAwayWhereNobodyKnowsWhoMay() {
        Platform.Reply nobody = start(platform.vm("backend", "static", "billing-backend", "events"));
        assertEquals(503, nobody.status());
        billing("{\"allowed\":\"yes\"}");
        Platform.Reply nonsense = start(platform.vm("backend", "static", "billing-backend", "events"));
        assertEquals(502, nonsense.status());
    }

    @Test
    void shouldRecordEachUseOnceWithAnIdOfItsOwn() {
        worker("{\"accepted\":true,\"action\":\"start\",\"state\":\"starting\"}");
        billing("{\"allowed\":true,\"reason\":\"billing_active\"}");
        VmProvider provider = platform.vm("billing-backend", "events", "usage-backend", "events");
        assertEquals(202, start(provider).status());
        assertEquals(202, start(provider).status());
        List<Envelope> records = platform.historyOf(4, "bus.usage.record.request");
        List<String> types = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        for (Envelope event : records) {
            var payload = Platform.json(event.payload());
            types.add(payload.path("event_type").asText());
            ids.add(payload.path("event_id").asText());
            assertEquals(ALICE, payload.path("account_id").asText());
        }
        assertEquals(2, types.stream().filter("runtime_start_requested"::equals).count());
        assertEquals(2, types.stream().filter("runtime_start_finished"::equals).count());
        assertEquals(4, ids.stream().distinct().count());
        List<String> requests = platform.history("bus.vm.start.request").stream()
                .map(request -> String.valueOf(request.correlationId()))
                .toList();
        assertEquals(2, requests.size());
        for (String correlationId : requests) {
            // By which another provider finds the response, should this one be killed.
            String operation = correlationId.substring("vm-".length());
            assertTrue(ids.containsAll(List.of(operation + "-requested", operation + "-ended")), correlationId);
        }
    }

    @Test
    void shouldRecordWhatFailed() {
        failing("vm_unavailable");
        assertEquals(503, start(platform.vm("usage-backend", "events")).status());
        List<Envelope> records = platform.historyOf(2, "bus.usage.record.request");
        var failed = Platform.json(records.getLast().payload());
        assertEquals("runtime_start_failed", failed.path("event_type").asText());
        assertEquals("unavailable", failed.path("data").path("error").asText());
    }

    // --- readiness and start ---

    @Test
    void shouldBeReadyWhenItHearsTheResponses() {
        var environment = new HashMap<>(platform.environment());
        environment.put("BUS_EVENTS_LISTENER_REQUIRED", "1");
        VmProvider provider = platform.vm(environment, "billing-backend", "events", "usage-backend", "events");
        Platform.Reply ready = platform.get(provider.url() + "/readyz", null);
        while (ready.status() == 503) {
            assertEquals("unavailable", ready.errorType());
            ready = platform.get(provider.url() + "/readyz", null);
        }
        assertEquals("{\"ok\":true}", ready.text());
        assertEquals(200, platform.get(provider.url() + "/healthz", null).status());
        assertTrue(platform.get(provider.url() + "/metrics", null).text().contains("bus_vm_api_requests"), "figures");
    }

    @Test
    void shouldNotBeReadyWithATokenThatMayNotHear() {
        var environment = new HashMap<>(platform.environment());
        environment.put("BUS_EVENTS_LISTENER_REQUIRED", "1");
        environment.put("BUS_API_TOKEN", Platform.token("provider", "ai.hg.fi/api", "vm:read", true));
        VmProvider provider = platform.vm(environment);
        Platform.Reply ready = platform.get(provider.url() + "/readyz", null);
        while (ready.message().contains("not connected yet")) {
            ready = platform.get(provider.url() + "/readyz", null);
        }
        assertEquals(503, ready.status());
        assertTrue(ready.message().contains("vm:write"), ready.message());
        environment.remove("BUS_EVENTS_LISTENER_REQUIRED");
        assertEquals(
                200,
                platform.get(platform.vm(environment).url() + "/readyz", null).status());
    }

    @Test
    void shouldRefuseToStartWithoutAToken() {
        var environment = new HashMap<>(platform.environment());
        environment.remove("BUS_API_TOKEN");
        var failure = assertThrows(
                ExecutionException.class,
                () -> VmProvider.start(platform.vertx, VmProviderOptions.read(Map.of(), environment))
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get());
        assertTrue(failure.getCause() instanceof ConfigException, failure.toString());
        assertTrue(failure.getMessage().contains("BUS_API_TOKEN"), failure.getMessage());
        assertTrue(failure.getMessage().contains("--backend events"), failure.getMessage());
    }

    @Test
    void shouldServeOthersThanThisMachineOnlyWithASecretThatCannotBeGuessed() {
        var weak = Map.of("BUS_VM_JWT_SECRET", "short");
        var failure = assertThrows(
                ExecutionException.class,
                () -> VmProvider.start(
                                platform.vertx,
                                VmProviderOptions.read(Map.of("addr", "0.0.0.0:0", "backend", "static"), weak))
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get());
        assertTrue(failure.getMessage().contains("BUS_VM_JWT_SECRET"), failure.getMessage());
        platform.vm(weak, "backend", "static");
    }
}
