package com.busdk.cli.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.Scopes;
import com.busdk.client.event.Envelope;
import com.busdk.client.worker.Reply;
import com.busdk.gateway.containers.ContainersProvider;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is told of runs and of their runner, and what is deleted. */
class ContainersRunnerTest extends ContainersFixture {
    @Test
    void shouldDeleteOnesOwnRunsOnly() {
        honest();
        ContainersProvider provider = platform.containers();
        String id = run(provider, alice, CODEX).json().path("run_id").asText();
        runs(provider, alice, list -> list.size() == 1);
        assertLikeUnknown(provider, id, 503, "no worker listens");

        platform.worker(
                "delete",
                request -> Future.succeededFuture(
                        isAlices(request, id)
                                ? deleted(request)
                                : Reply.failed("not_found", "you have no such run: bus containers runs lists yours")),
                "bus.containers.delete.request");
        assertLikeUnknown(provider, id, 404, "there is no such run of yours");

        Platform.Reply own = delete(provider, alice, id);
        assertEquals(
                "{\"deleted\":true,\"run_id\":\"" + id + "\",\"owner_identity_id\":\"" + ALICE + "\"}", own.text());
        runs(provider, alice, JsonNode::isEmpty);
    }

    private static boolean isAlices(Envelope request, String id) {
        return ALICE.equals(request.identityId())
                && Platform.json(request.payload()).path("run_id").asText().equals(id);
    }

    private static Reply deleted(Envelope request) {
        return Reply.of("{\"deleted\":true,\"run_id\":"
                + Platform.json(request.payload()).path("run_id") + ",\"owner_identity_id\":\""
                + request.identityId() + "\"}");
    }

    private Platform.Reply delete(ContainersProvider provider, String token, String id) {
        return platform.send("DELETE", provider.url() + RUNS + "/" + id, token, null);
    }

    /** Whoever tries out ids learns nothing: neither from the words nor from who is asked. */
    private void assertLikeUnknown(ContainersProvider provider, String id, int status, String words) {
        int asked = platform.history("bus.containers.delete.request").size();
        Platform.Reply another = delete(provider, bob, id);
        int askedForAnothers = platform.history("bus.containers.delete.request").size() - asked;
        Platform.Reply unknown = delete(provider, bob, "run_" + "0".repeat(32));
        assertEquals(status, another.status(), another.text());
        assertTrue(another.message().contains(words), another.text());
        assertEquals(unknown.status(), another.status());
        assertEquals(unknown.text(), another.text());
        assertEquals(
                platform.history("bus.containers.delete.request").size() - asked - askedForAnothers,
                askedForAnothers,
                "workers are asked alike");
    }

    @Test
    void shouldNotSayThatAnothersRunIsDeletedWhateverAWorkerSays() {
        honest();
        platform.worker("delete", request -> Future.succeededFuture(deleted(request)), "bus.containers.delete.request");
        ContainersProvider provider = platform.containers();
        String id = run(provider, alice, CODEX).json().path("run_id").asText();
        runs(provider, alice, list -> list.size() == 1);
        assertEquals(404, delete(provider, bob, id).status());
        assertEquals(1, runs(provider, alice, list -> list.size() == 1).size());
    }

    @Test
    void shouldSayThatAnUnknownRunIsNotThere() {
        platform.worker(
                "delete",
                _ -> Future.succeededFuture(Reply.failed("not_found", "no such run")),
                "bus.containers.delete.request");
        Platform.Reply reply = platform.send("DELETE", platform.containers().url() + RUNS + "/run_x", alice, null);
        assertEquals(404, reply.status());
    }

    @Test
    void shouldTellOfTheRunnerAndOfOnesOwnRuns() {
        honest();
        platform.worker(
                "status",
                _ -> Future.succeededFuture(
                        Reply.of("{\"items\":[{\"id\":\"r1\",\"state\":\"ready\",\"details\":{\"zone\":\"z\"}}]}")),
                "bus.containers.status.request");
        ContainersProvider provider = platform.containers();
        String id = run(provider, alice, CODEX).json().path("run_id").asText();
        runs(provider, alice, list -> list.size() == 1);
        JsonNode items = platform.get(provider.url() + "/api/v1/containers/status", alice)
                .json()
                .path("items");
        assertEquals(List.of("r1", id), items.findValuesAsText("id"));
        assertEquals(
                "{\"id\":\"r1\",\"state\":\"ready\",\"details\":{\"zone\":\"z\"},\"owner_identity_id\":null}",
                items.path(0).toString());
        assertEquals(ALICE, items.path(1).path("owner_identity_id").asText());
        JsonNode bobs = platform.get(provider.url() + "/api/v1/containers/status", bob)
                .json()
                .path("items");
        assertEquals(List.of("r1"), bobs.findValuesAsText("id"));
    }

    @Test
    void shouldNotShowAStatusThatNamesAnother() {
        platform.worker(
                "status",
                _ -> Future.succeededFuture(Reply.of(
                        "{\"items\":[{\"id\":\"x\",\"state\":\"running\",\"owner_identity_id\":\"" + BOB + "\"}]}")),
                "bus.containers.status.request");
        Platform.Reply reply = platform.get(platform.containers().url() + "/api/v1/containers/status", alice);
        assertEquals(403, reply.status());
        assertFalse(reply.text().contains(BOB), reply.text());
    }

    @Test
    void shouldManageTheRunnerForInternalServicesAlone() {
        platform.worker(
                "runner-admin",
                request -> Future.succeededFuture(Reply.of(
                        switch (request.name()) {
                            case "bus.containers.runner.status.request" ->
                                "{\"status\":{\"state\":\"ready\",\"provider\":\"static\",\"details\":{}}}";
                            case "bus.containers.runner.start.request" -> "{\"accepted\":true,\"action\":\"start\"}";
                            default -> "{\"deleted\":true}";
                        })),
                "bus.containers.runner.status.request",
                "bus.containers.runner.start.request",
                "bus.containers.runner.delete.request");
        String url = platform.containers().url() + "/api/internal/containers/runner";
        String internal = Platform.token("op", Scopes.AUDIENCE_INTERNAL, "container:admin", true);
        assertEquals(
                "{\"status\":{\"state\":\"ready\",\"provider\":\"static\",\"details\":{}}}",
                platform.get(url, internal).text());
        Platform.Reply started = platform.post(url, internal, null);
        assertEquals(202, started.status());
        assertEquals("{\"accepted\":true,\"action\":\"start\"}", started.text());
        assertEquals(
                "{\"deleted\":true}",
                platform.send("DELETE", url, internal, null).text());

        Platform.Reply user = platform.get(url, Platform.user(ALICE, "container:admin"));
        assertEquals(403, user.status());
        assertTrue(user.message().contains("ai.hg.fi/internal"), user.message());
    }

    @Test
    void shouldWaitForADeletionForAsLongAsAWorkerMayTake() throws Exception {
        Promise<Reply> deleted = Promise.promise();
        Promise<Reply> never = Promise.promise();
        platform.worker(
                "runner-admin",
                request -> {
                    begun.tryComplete(request);
                    return request.name().contains("delete") ? deleted.future() : never.future();
                },
                "bus.containers.runner.status.request",
                "bus.containers.runner.delete.request");
        String url = platform.containers("request-timeout", "1s").url() + "/api/internal/containers/runner";
        String internal = Platform.token("op", Scopes.AUDIENCE_INTERNAL, "container:admin", true);
        CompletableFuture<HttpResponse<String>> deletion =
                platform.http.sendAsync(Platform.request("DELETE", url, internal, null), BodyHandlers.ofString());
        Platform.await(begun.future());
        assertEquals(503, platform.get(url, internal).status(), "the time for all else is over");
        assertFalse(deletion.isDone());
        deleted.complete(Reply.of("{\"deleted\":true}"));
        assertEquals("{\"deleted\":true}", deletion.get().body());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"status\":{\"state\":\"ready\",\"details\":{}}}",
                "{\"status\":{\"provider\":\"static\",\"details\":{}}}",
                "{\"status\":{\"state\":\"ready\",\"provider\":\"static\",\"details\":[]}}",
                "{\"state\":\"ready\",\"provider\":\"static\",\"details\":{}}"
            })
    void shouldPassOnNoStatusOfARunnerOfAnotherShape(String payload) {
        platform.worker(
                "runner-admin", _ -> Future.succeededFuture(Reply.of(payload)), "bus.containers.runner.status.request");
        String internal = Platform.token("op", Scopes.AUDIENCE_INTERNAL, "container:admin", true);
        Platform.Reply reply = platform.get(platform.containers().url() + "/api/internal/containers/runner", internal);
        assertEquals(502, reply.status(), reply.text());
    }
}
