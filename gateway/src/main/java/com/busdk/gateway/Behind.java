package com.busdk.gateway;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Whether all that is behind the gateway is ready. However many ask, each service is asked once at a time.
 *
 * <p>Any thread.
 */
final class Behind {
    /** A service that takes longer to say so is not ready. */
    private static final long TIMEOUT_MILLIS = 5_000;

    private final HttpClient client;
    private final List<Upstream> upstreams;
    private final AtomicReference<@Nullable Future<Void>> asking = new AtomicReference<>();

    Behind(HttpClient client, Collection<Upstream> upstreams) {
        this.client = client;
        this.upstreams = List.copyOf(upstreams);
    }

    /** Completes if all are ready; fails with the name of one that is not. */
    Future<Void> ready() {
        Future<Void> under = asking.get();
        if (under != null && !under.isComplete()) {
            return under;
        }
        Future<Void> all =
                Future.all(upstreams.stream().map(this::ask).toList()).mapEmpty();
        asking.set(all);
        return all;
    }

    private Future<Void> ask(Upstream upstream) {
        return client.request(upstream.request(HttpMethod.GET, "/readyz").setConnectTimeout(TIMEOUT_MILLIS))
                // Joined on the connection's own thread: looked at from another one, the answer may have gone by.
                .compose(request -> request.idleTimeout(TIMEOUT_MILLIS)
                        .send()
                        .compose(response -> response.statusCode() / 100 == 2
                                ? response.end()
                                : response.end().compose(_ -> Future.failedFuture("status " + response.statusCode()))))
                .recover(_ -> Future.failedFuture(
                        ApiException.of(ErrorType.UNAVAILABLE, "the " + upstream.name() + " service is not ready")
                                .withRetryAfter(1)));
    }
}
