package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertThrows;

import com.busdk.client.event.Delivery;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.client.http.ApiException;
import com.busdk.client.worker.Reply;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;

/** What tests of the handler share: a real sshd, and requests as they are delivered. */
abstract class SshRunnerTestCase extends SshTestCase {
    /** The worker's group is there, so that it need not be made. */
    static final String GROUPS = "{\"groups\":[{\"group\":\"ssh-runner\"}]}";

    Sshd server;
    SshRunner runner;

    @BeforeEach
    void startServer() throws Exception {
        server = sshd("127.0.0.1");
        know(server);
        runner = SshRunner.with(executor());
    }

    static Envelope request(String payload, String correlationId, String identity) {
        return Envelope.builder(SshRunner.REQUEST)
                .id(newId())
                .payload(payload)
                .correlationId(correlationId)
                .identityId(identity)
                .build();
    }

    static Reply reply(Future<Reply> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    static ApiException failed(Future<Reply> future) {
        var thrown = assertThrows(java.util.concurrent.ExecutionException.class, () -> reply(future));
        return (ApiException) thrown.getCause();
    }

    WorkerContext context(Vertx vertx, String url, Map<String, String> more) {
        WorkerSettings settings = WorkerSettings.read(
                SshRunner.NAME, more, Map.of("BUS_EVENTS_API_URL", url, "BUS_API_TOKEN", "a.b.c"), ignored -> {});
        EventsClient client = EventsClient.create(vertx, settings.events(), settings.token());
        Map<String, String> flags = Map.of(
                "ssh-private-key",
                key.toString(),
                "ssh-known-hosts",
                knownHosts().toString(),
                "max-sessions",
                "10");
        return new WorkerContext(SshRunner.NAME, vertx, client, settings, flags, Map.of());
    }

    static Envelope delivered(Envelope request, int attempt) {
        return request.toBuilder()
                .delivery(new Delivery(SshRunner.NAME, "c", attempt, "token"))
                .build();
    }
}
