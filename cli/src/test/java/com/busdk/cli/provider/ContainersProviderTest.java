package com.busdk.cli.provider;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.Scopes;
import com.busdk.client.event.Envelope;
import com.busdk.client.worker.Reply;
import com.busdk.gateway.containers.ContainersProvider;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs, and requests that are none. */
class ContainersProviderTest extends ContainersFixture {
    @Test
    void shouldRunForTheCallerWhateverTheBodySays() {
        honest();
        ContainersProvider provider = platform.containers();
        Platform.Reply reply = run(
                provider,
                alice,
                "{\"profile\":\"codex\",\"args\":[\"ls\"],\"owner_identity_id\":\"" + BOB + "\",\"run_id\":\"mine\","
                        + "\"timeout_seconds\":60}");
        assertEquals(200, reply.status(), reply.text());
        JsonNode run = reply.json();
        assertEquals(ALICE, run.path("owner_identity_id").asText());
        assertTrue(run.path("run_id").asText().matches("run_[0-9a-f]{32}"), reply.text());
        assertEquals(7, run.path("exit_code").asInt());
        assertEquals("OK", run.path("stdout").asText());
        assertEquals("e", run.path("stderr").asText());
        assertEquals("[\"ls\"]", run.path("args").toString());
        assertEquals("r1", run.path("runner_name").asText());
        assertEquals("alpine", run.path("image").asText());
        assertEquals("static", run.path("runtime").asText());
        assertEquals(12, run.path("duration_ms").asInt());

        Envelope request = platform.history("bus.containers.run.request").getFirst();
        assertEquals(ALICE, request.identityId());
        JsonNode payload = Platform.json(request.payload());
        assertEquals("[\"ls\"]", payload.path("command").toString());
        assertEquals(60, payload.path("timeout_seconds").asInt());
        assertEquals(run.path("run_id").asText(), request.correlationId());
        assertEquals(1 << 20, payload.path("output_limit").asInt());
    }

    @Test
    void shouldShowNobodyARunThatBelongsToAnother() {
        worker(request -> Future.succeededFuture(Reply.of(result(request, BOB, "secret"))));
        Platform.Reply reply = run(platform.containers(), alice, CODEX);
        assertEquals(403, reply.status());
        assertEquals("insufficient_access", reply.errorType());
        assertFalse(reply.text().contains("secret"), reply.text());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "null",
                "{}",
                "[]",
                "{\"exit_code\":\"0\"}",
                "{\"exit_code\":0,\"stdout\":7}",
                "{\"exit_code\":0,\"duration_ms\":-1}",
                "{\"exit_code\":0,\"image\":{}}"
            })
    void shouldPassOnNoResultOfAnotherShape(String payload) {
        worker(_ -> Future.succeededFuture(Reply.of(payload)));
        Platform.Reply reply = run(platform.containers(), alice, CODEX);
        assertEquals(502, reply.status());
        assertEquals("bad_gateway", reply.errorType());
    }

    @ParameterizedTest
    @ValueSource(strings = {"stdout", "stderr", "runtime", "image", "runner_name"})
    void shouldShowWhatAWorkerLeavesOutAsEmpty(String field) {
        Platform.Reply reply = runAnsweredWithout(field);
        assertEquals(200, reply.status(), reply.text());
        assertEquals("", reply.json().path(field).asText("-"), reply.text());
    }

    @Test
    void shouldTakeTheTimeThatItWaitedWhereAWorkerDoesNotSayHowLongARunTook() {
        Platform.Reply reply = runAnsweredWithout("duration_ms");
        assertEquals(200, reply.status(), reply.text());
        assertTrue(reply.json().path("duration_ms").isIntegralNumber(), reply.text());
    }

    @Test
    void shouldPassOnNoResultThatDoesNotSayHowTheRunEnded() {
        Platform.Reply reply = runAnsweredWithout("exit_code");
        assertEquals(502, reply.status(), reply.text());
        assertEquals("bad_gateway", reply.errorType());
    }

    private Platform.Reply runAnsweredWithout(String field) {
        worker(request -> {
            var result = (ObjectNode) Platform.json(result(request, request.identityId(), "OK"));
            result.remove(field);
            return Future.succeededFuture(Reply.of(result.toString()));
        });
        return run(platform.containers(), alice, CODEX);
    }

    @Test
    void shouldPassOnNoResultOfAnotherRun() {
        worker(request -> {
            var result = (ObjectNode) Platform.json(result(request, request.identityId(), "OK"));
            return Future.succeededFuture(
                    Reply.of(result.put("run_id", "run_other").toString()));
        });
        Platform.Reply reply = run(platform.containers(), alice, CODEX);
        assertEquals(502, reply.status(), reply.text());
        assertFalse(reply.text().contains("run_other"), reply.text());
    }

    @Test
    void shouldRefuseALongerRunThanItAllowsBeforeAnybodyIsAsked() {
        honest();
        ContainersProvider provider =
                platform.containers("run-timeout", "60s", "billing-backend", "events", "usage-backend", "events");
        Platform.Reply reply = run(provider, alice, "{\"profile\":\"codex\",\"timeout_seconds\":61}");
        assertEquals(400, reply.status(), reply.text());
        assertTrue(reply.message().contains("60") && reply.message().contains("--run-timeout"), reply.message());
        assertEquals(List.of(), platform.history("bus.billing.entitlement.check.request", "bus.usage.record.request"));
    }

    @Test
    void shouldBoundTheOutputOfAWorkerThatDoesNot() {
        worker(request -> Future.succeededFuture(Reply.of(result(request, request.identityId(), "äöü"))));
        JsonNode run =
                run(platform.containers("output-limit", "5"), alice, CODEX).json();
        assertEquals("äö", run.path("stdout").asText());
        assertTrue(run.path("stdout_truncated").asBoolean());
        assertFalse(run.has("stderr_truncated"));
    }

    @Test
    void shouldSayAtOnceThatNoRunnerListensAndListNoRun() {
        ContainersProvider provider = platform.containers("usage-backend", "events");
        Platform.Reply reply = run(provider, alice, CODEX);
        assertEquals(503, reply.status());
        assertEquals("unavailable", reply.errorType());
        platform.historyOf(1, "bus.containers.run.refused");
        assertEquals(0, runs(provider, alice, JsonNode::isEmpty).size());
        List<String> types = platform.historyOf(2, "bus.usage.record.request").stream()
                .map(event -> Platform.json(event.payload()).path("event_type").asText())
                .toList();
        assertEquals(List.of("container_run_requested", "container_run_failed"), types);
    }

    @ParameterizedTest
    @ValueSource(strings = {"vm_unavailable", "unavailable", "no_responders"})
    void shouldListARunThatAWorkerTookAndFailed(String type) {
        worker(_ -> Future.succeededFuture(Reply.failed(type, "the runner does not come up")));
        ContainersProvider provider = platform.containers("usage-backend", "events");
        Platform.Reply reply = run(provider, alice, CODEX);
        assertEquals(503, reply.status(), reply.text());
        platform.historyOf(2, "bus.usage.record.request"); // what follows a failure has been sent
        JsonNode run = runs(
                        provider,
                        alice,
                        list -> list.size() == 1
                                && !list.get(0).path("state").asText().equals("running"))
                .get(0);
        assertEquals("failed", run.path("state").asText());
        assertEquals(type, run.path("error").path("type").asText());
        assertEquals(List.of(), platform.history("bus.containers.run.refused"));
    }

    @Test
    void shouldGoOnWithoutItsCallerAndListTheRun() throws Exception {
        Promise<Reply> end = Promise.promise();
        worker(request -> {
            begun.complete(request);
            return end.future();
        });
        ContainersProvider provider = platform.containers("usage-backend", "events");
        CompletableFuture<HttpResponse<String>> caller = platform.http.sendAsync(
                Platform.request("POST", provider.url() + RUNS, alice, CODEX), BodyHandlers.ofString());
        Envelope request = Platform.await(begun.future());
        JsonNode running = runs(provider, alice, list -> list.size() == 1).get(0);
        assertEquals("running", running.path("state").asText());
        caller.cancel(true);

        end.complete(Reply.of(result(request, ALICE, "late")));
        JsonNode ended = runs(
                        provider,
                        alice,
                        list -> !list.get(0).path("state").asText().equals("running"))
                .get(0);
        assertEquals("finished", ended.path("state").asText());
        assertEquals(7, ended.path("exit_code").asInt());
        assertEquals(running.path("run_id"), ended.path("run_id"));
        assertFalse(ended.has("stdout"), ended.toString());
        assertEquals(
                "container_run_finished",
                Platform.json(platform.historyOf(2, "bus.usage.record.request")
                                .getLast()
                                .payload())
                        .path("event_type")
                        .asText());
    }

    @Test
    void shouldShowTheSameRunsWhereverAndWheneverAProviderIsStarted() {
        honest();
        ContainersProvider first = platform.containers();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ids.addFirst(run(first, alice, CODEX).json().path("run_id").asText());
        }
        run(first, bob, CODEX);
        ContainersProvider second = platform.containers();
        for (ContainersProvider provider : List.of(first, second)) {
            JsonNode list = runs(provider, alice, runs -> runs.size() == 3);
            assertEquals(ids, list.findValuesAsText("run_id"));
            assertEquals(1, runs(provider, bob, runs -> runs.size() == 1).size());
            Platform.Reply page = platform.get(provider.url() + RUNS + "?limit=1&after=" + ids.getFirst(), alice);
            assertEquals(List.of(ids.get(1)), page.json().findValuesAsText("run_id"));
            assertEquals(ids.get(1), page.json().path("next_after").asText());
        }
    }

    @Test
    void shouldGiveEachCallerItsOwnResultWhereTwoProvidersStandSideBySide() throws Exception {
        worker(request ->
                Future.succeededFuture(Reply.of(result(request, request.identityId(), request.identityId()))));
        List<ContainersProvider> providers = List.of(platform.containers(), platform.containers());
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            String token = Platform.user("user-" + i, SCOPES);
            answers.add(platform.http.sendAsync(
                    Platform.request("POST", providers.get(i % 2).url() + RUNS, token, CODEX),
                    BodyHandlers.ofString()));
        }
        for (int i = 0; i < 40; i++) {
            JsonNode run = Platform.json(answers.get(i).get().body());
            assertEquals("user-" + i, run.path("stdout").asText());
            assertEquals("user-" + i, run.path("owner_identity_id").asText());
        }
    }

    // --- bad input ---

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST|/runs||400|bad_request",
                "POST|/runs|{}|400|bad_request",
                "POST|/runs|{\"profile\":\"codex\"} x|400|bad_request",
                "POST|/runs|{\"image\":\"a\"}|400|bad_request",
                "POST|/runs|{\"profile\":\"codex\",\"timeout_seconds\":-5}|400|bad_request",
                "POST|/runs|{\"profile\":\"codex\",\"args\":[\"a\\u0000\"]}|400|bad_request",
                "GET|/runs?limit=0||400|bad_request",
                "GET|/runs?limit=x||400|bad_request",
                "GET|/runs?limit=201||400|bad_request",
                "GET|/runs?limit=1&limit=2||400|bad_request",
                "GET|/runs?after=run_nobody||400|bad_request",
                "DELETE|/runs||405|method_not_allowed",
                "PUT|/runs|{}|405|method_not_allowed",
                "GET|/runs/run_1||405|method_not_allowed",
                "DELETE|/runs/||404|not_found",
                "DELETE|/runs/a/b||404|not_found",
                "DELETE|/runs/%2e%2e||404|not_found",
                "POST|/status|{}|405|method_not_allowed",
                "GET|/nothing||404|not_found"
            })
    void shouldRefuseBadRequests(String method, String path, String body, int status, String word) {
        ContainersProvider provider = platform.containers();
        runs(provider, alice, JsonNode::isEmpty);
        Platform.Reply reply = platform.send(method, provider.url() + "/api/v1/containers" + path, alice, body);
        assertEquals(status, reply.status(), reply.text());
        assertEquals(word, reply.errorType());
        assertEquals(List.of(), platform.history("bus.containers.run.request", "bus.containers.run.accepted"));
    }

    /** Some clients send an empty object with every POST and DELETE. */
    @Test
    void shouldTakeAnEmptyObjectForNoBody() {
        platform.worker(
                "delete",
                request -> Future.succeededFuture(Reply.of("{\"deleted\":true,\"accepted\":true}")),
                "bus.containers.delete.request",
                "bus.containers.runner.start.request",
                "bus.containers.runner.delete.request");
        ContainersProvider provider = platform.containers();
        String runner = provider.url() + "/api/internal/containers/runner";
        String admin = Platform.token("operator", Scopes.AUDIENCE_INTERNAL, "container:admin", true);
        for (String body : List.of("{}", " { }\n", "")) {
            Platform.Reply deleted = platform.send("DELETE", provider.url() + RUNS + "/run_x", alice, body);
            assertEquals(200, deleted.status(), deleted.text());
            assertEquals(202, platform.send("POST", runner, admin, body).status());
            assertEquals(200, platform.send("DELETE", runner, admin, body).status());
        }
    }

    /** A token for services says nothing about which of them may act for a user. */
    @ParameterizedTest
    @CsvSource({
        "GET,/api/v1/containers/status",
        "GET,/api/v1/containers/runs",
        "POST,/api/v1/containers/runs",
        "DELETE,/api/v1/containers/runs/run_1"
    })
    void shouldRefuseATokenOfTheInternalAudience(String method, String path) {
        ContainersProvider provider = platform.containers();
        String internal = Platform.token(ALICE, Scopes.AUDIENCE_INTERNAL, SCOPES, true);
        Platform.Reply refused = platform.send(method, provider.url() + path, internal, null);
        assertEquals(401, refused.status(), refused.text());
        assertEquals("invalid_auth", refused.errorType());
        assertTrue(refused.message().contains("--audience ai.hg.fi/api"), refused.message());
        assertEquals(List.of("Bearer"), refused.headers().get("www-authenticate"));
    }

    @Test
    void shouldTakeATokenOfBothAudiences() throws Exception {
        long now = Instant.now().getEpochSecond();
        String both = signed("{\"sub\":\"" + ALICE + "\",\"aud\":[\"ai.hg.fi/internal\",\"ai.hg.fi/api\"],\"iat\":"
                + now + ",\"exp\":" + (now + 60) + ",\"scope\":\"" + SCOPES + " container:admin\"}");
        platform.worker(
                "status", _ -> Future.succeededFuture(Reply.of("{\"items\":[]}")), "bus.containers.status.request");
        platform.worker(
                "runner",
                _ -> Future.succeededFuture(Reply.of("{\"accepted\":true}")),
                "bus.containers.runner.start.request");
        String url = platform.containers().url();
        assertEquals(200, platform.get(url + "/api/v1/containers/status", both).status());
        assertEquals(
                202,
                platform.send("POST", url + "/api/internal/containers/runner", both, null)
                        .status());
    }

    private static String signed(String claims) throws GeneralSecurityException {
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        String text = base64.encodeToString("{\"alg\":\"HS256\"}".getBytes(UTF_8)) + "."
                + base64.encodeToString(claims.getBytes(UTF_8));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(Platform.SECRET.getBytes(UTF_8), "HmacSHA256"));
        return text + "." + base64.encodeToString(mac.doFinal(text.getBytes(UTF_8)));
    }

    /** What a caller was told is in its lists at once, although they are made of what the events service tells. */
    @Test
    void shouldListWhatItHasJustAnswered() {
        honest();
        platform.worker(
                "delete",
                request -> Future.succeededFuture(Reply.of("{\"deleted\":true}")),
                "bus.containers.delete.request");
        ContainersProvider provider = platform.containers();
        runs(provider, alice, JsonNode::isEmpty);
        for (int i = 0; i < 30; i++) {
            String id = run(provider, alice, CODEX).json().path("run_id").asText();
            JsonNode listed = platform.get(provider.url() + RUNS, alice).json().path("runs");
            assertEquals(1, listed.size(), listed.toString());
            assertEquals(id, listed.path(0).path("run_id").asText());
            assertEquals("finished", listed.path(0).path("state").asText());
            assertEquals(
                    200,
                    platform.send("DELETE", provider.url() + RUNS + "/" + id, alice, null)
                            .status());
            assertEquals(
                    "{\"runs\":[]}", platform.get(provider.url() + RUNS, alice).text());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/api/v1/containers/status,container:read",
        "GET,/api/v1/containers/runs,container:read",
        "POST,/api/v1/containers/runs,container:run",
        "DELETE,/api/v1/containers/runs/run_1,container:delete",
        "GET,/api/internal/containers/runner,container:admin",
        "POST,/api/internal/containers/runner,container:admin",
        "DELETE,/api/internal/containers/runner,container:admin"
    })
    void shouldNameTheScopeThatIsMissing(String method, String path, String scope) {
        ContainersProvider provider = platform.containers();
        Platform.Reply none = platform.send(method, provider.url() + path, null, null);
        assertEquals(401, none.status());
        assertEquals("invalid_auth", none.errorType());
        Platform.Reply other = platform.send(method, provider.url() + path, Platform.user(ALICE, "vm:read"), null);
        assertEquals(403, other.status());
        assertEquals("insufficient_access", other.errorType());
        assertEquals(scope, other.json().path("error").path("scope").asText());
    }
}
