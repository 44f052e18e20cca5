package com.busdk.cli.provider;

import com.busdk.client.event.Envelope;
import com.busdk.client.worker.Reply;
import com.busdk.gateway.containers.ContainersProvider;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Function;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** What the tests of the container API have in common: a hub, two callers, and a worker that answers as a test says. */
@Timeout(120)
abstract class ContainersFixture {
    static final String ALICE = "11111111-1111-4111-8111-111111111111";
    static final String BOB = "22222222-2222-4222-8222-222222222222";
    static final String SCOPES = "container:read container:run container:delete";
    static final String CODEX = "{\"profile\":\"codex\",\"args\":[\"sh\",\"-c\",\"printf OK\"]}";
    static final String RUNS = "/api/v1/containers/runs";

    final Platform platform = new Platform();
    final String alice = Platform.user(ALICE, SCOPES);
    final String bob = Platform.user(BOB, SCOPES);
    final Promise<Envelope> begun = Promise.promise();

    @AfterEach
    final void close() {
        platform.close();
    }

    /** The result of a run, as a worker gives it. */
    static String result(Envelope request, String owner, String stdout) {
        JsonNode payload = Platform.json(request.payload());
        return "{\"run_id\":" + payload.path("run_id") + ",\"owner_identity_id\":\"" + owner
                + "\",\"runner_name\":\"r1\",\"image\":\"alpine\",\"args\":" + payload.path("command")
                + ",\"exit_code\":7,\"stdout\":\"" + stdout
                + "\",\"stderr\":\"e\",\"duration_ms\":12,\"runtime\":\"static\"}";
    }

    final void worker(Function<Envelope, Future<Reply>> handler) {
        platform.worker("runner", handler::apply, "bus.containers.run.request");
    }

    final void honest() {
        worker(request -> Future.succeededFuture(Reply.of(result(request, request.identityId(), "OK"))));
    }

    final Platform.Reply run(ContainersProvider provider, String token, String body) {
        return platform.post(provider.url() + RUNS, token, body);
    }

    /** The caller's runs, once they are as the test wants them: what is published is heard a moment later. */
    final JsonNode runs(ContainersProvider provider, String token, Predicate<JsonNode> wanted) {
        while (true) {
            Platform.Reply reply = platform.get(provider.url() + RUNS, token);
            if (reply.status() == 200 && wanted.test(reply.json().path("runs"))) {
                return reply.json().path("runs");
            }
        }
    }
}
