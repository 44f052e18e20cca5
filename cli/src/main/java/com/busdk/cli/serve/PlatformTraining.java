package com.busdk.cli.serve;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.events.EventsClient;
import com.busdk.gateway.Gateway;
import com.busdk.gateway.GatewayOptions;
import com.busdk.gateway.vm.VmProvider;
import com.busdk.gateway.vm.VmProviderOptions;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerRun;
import com.busdk.workers.run.WorkerSettings;
import com.busdk.workers.vm.VmWorkerKind;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whole requests for the start-up cache of services: gateway, provider, worker and whoever serves the events, in this
 * process. What is recorded of them lets a service that has just started compile at once what each request goes through;
 * without it the first thousands of requests are interpreted, at a hundredth of the speed.
 *
 * <p>Thread: the caller's, which waits.
 */
public final class PlatformTraining {
    /** Enough for what a request goes through to be compiled with what was seen of it. */
    private static final int REQUESTS = 6_000;

    /** Ends it on a machine that is too slow for so many. */
    private static final Duration LONGEST = Duration.ofSeconds(15);

    /** At a time, so that paths for several at once are taken too. */
    private static final int CONCURRENT = 16;

    private static final Duration STEP = Duration.ofSeconds(30);
    private static final String SCOPES = "vm:read vm:write";

    private final Vertx vertx = Vertx.vertx();
    private final String events;
    private final String secret;
    private final String token;

    private PlatformTraining(String events, String secret) {
        this.events = events;
        this.secret = secret;
        this.token = new TokenMinter(Hs256Secret.parse(secret), Clock.systemUTC())
                .mint(TokenMinter.Grant.service("training", Scopes.parse(SCOPES)));
    }

    /**
     * Runs it to its end.
     *
     * @param events URL of an events service
     * @param secret that its tokens are signed with
     * @throws Exception if a part does not start; what was recorded until then is good all the same
     */
    public static void run(String events, String secret) throws Exception {
        var training = new PlatformTraining(events, secret);
        try {
            training.all();
        } finally {
            await(training.vertx.close());
        }
    }

    private void all() throws Exception {
        Map<String, String> variables = Map.of(
                "BUS_EVENTS_API_URL", events,
                "BUS_API_TOKEN", token,
                "BUS_API_JWT_SECRET", secret);
        WorkerSettings settings = WorkerSettings.read("vm", Map.of(), variables, _ -> {});
        EventsClient client = EventsClient.create(vertx, settings.events(), TokenSource.fixed(token));
        var context = new WorkerContext("vm", vertx, client, settings, Map.of(), variables);
        WorkerRun worker = await(WorkerRun.start(new VmWorkerKind(), context));
        await(worker.running());
        VmProvider provider = await(
                VmProvider.start(vertx, VmProviderOptions.read(Map.of("addr", LocalParts.address(0)), variables)));
        Gateway gateway = await(Gateway.start(
                vertx,
                GatewayOptions.read(
                        Map.of(
                                "addr",
                                LocalParts.address(0),
                                "events-url",
                                events,
                                "vm-url",
                                provider.url(),
                                "containers-url",
                                "none"),
                        Map.of())));
        requests(gateway.port());
        await(gateway.close());
        await(provider.close());
        await(worker.stop());
        await(client.close());
    }

    private void requests(int port) throws Exception {
        HttpClient http = vertx.createHttpClient();
        var to = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setHost("127.0.0.1")
                .setPort(port)
                .setURI("/api/v1/vm/status")
                .putHeader("Authorization", "Bearer " + token);
        var left = new AtomicInteger(REQUESTS);
        long end = System.nanoTime() + LONGEST.toNanos();
        List<Future<Void>> lines = new ArrayList<>();
        for (int i = 0; i < CONCURRENT; i++) {
            lines.add(oneAfterTheOther(http, to, left, end));
        }
        await(Future.join(lines));
        await(http.close());
    }

    private static Future<Void> oneAfterTheOther(HttpClient http, RequestOptions to, AtomicInteger left, long end) {
        if (left.getAndDecrement() <= 0 || System.nanoTime() - end > 0) {
            return Future.succeededFuture();
        }
        return http.request(to)
                .compose(request -> request.send().compose(HttpClientResponse::body))
                .compose(_ -> oneAfterTheOther(http, to, left, end));
    }

    private static <T> T await(Future<T> future) throws InterruptedException, ExecutionException, TimeoutException {
        return future.toCompletionStage().toCompletableFuture().get(STEP.toSeconds(), TimeUnit.SECONDS);
    }
}
