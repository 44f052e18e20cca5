package com.busdk.cli.auth;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A request and the whole of its answer, within one time: that of {@link HttpRequest} ends where the answer begins. Stateless;
 * on the caller's thread, which waits.
 */
public final class Exchange {
    private Exchange() {}

    /**
     * Sends and reads.
     *
     * @param request what is asked
     * @param timeout for all of it, from connecting to the last byte
     * @param maxBytes of the answer's body
     * @return the answer
     * @throws HttpTimeoutException if that took longer
     * @throws IOException if the service cannot be reached, or its answer is longer
     * @throws InterruptedException when the command is interrupted
     */
    public static HttpResponse<byte[]> of(HttpRequest request, Duration timeout, int maxBytes)
            throws IOException, InterruptedException {
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout)
                .build();
        try {
            CompletableFuture<HttpResponse<byte[]>> whole =
                    client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), maxBytes));
            return whole.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            throw new HttpTimeoutException("the answer did not end in time");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException problem ? problem : new IOException(e.getCause());
        } finally {
            client.shutdownNow(); // an answer that goes on for ever would keep close() waiting
        }
    }
}
