package com.busdk.gateway.requests;

import com.busdk.client.events.EventsClient;
import com.busdk.client.events.ListenOptions;
import com.busdk.client.events.RetryPolicy;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Tells whether the responses that a provider needs can be heard: a stream of all their names is open, with the
 * provider's token. It asks for a correlation id that nobody uses, so that it costs the service one idle connection: each
 * request waits for its response on its own.
 *
 * <p>Any thread may ask.
 */
public final class ResponseWatch {
    private final KeptListening listening;

    private ResponseWatch(KeptListening listening) {
        this.listening = listening;
    }

    /**
     * Begins to watch.
     *
     * @param vertx runs it
     * @param client listens; stays the caller's to close
     * @param names of the responses
     * @return the watch
     */
    public static ResponseWatch start(Vertx vertx, EventsClient client, List<String> names) {
        String nobodys = "watch-" + UUID.randomUUID();
        ListenOptions options = ListenOptions.of(names)
                .correlationId(nobodys)
                .retry(RetryPolicy.DEFAULT.includingFirstConnect())
                .build();
        var kept = new KeptListening(
                vertx, client, "the stream of responses", _ -> options, _ -> Future.succeededFuture());
        kept.start();
        return new ResponseWatch(kept);
    }

    /**
     * The answer to who asks whether the provider is ready.
     *
     * @param parts a reason for each part that is not, empty for one that is
     * @return nothing, or a failure with the first reason
     */
    public static Future<Void> ready(List<Supplier<String>> parts) {
        for (Supplier<String> part : parts) {
            String because = part.get();
            if (!because.isEmpty()) {
                return Future.failedFuture(ApiException.of(ErrorType.UNAVAILABLE, "not ready: " + because)
                        .withRetryAfter(1));
            }
        }
        return Future.succeededFuture();
    }

    /**
     * Why not.
     *
     * @return a sentence, empty while it is connected
     */
    public String because() {
        return listening.because();
    }

    /**
     * Ends the watch.
     *
     * @return completes when it has ended
     */
    public Future<Void> close() {
        return listening.close();
    }
}
