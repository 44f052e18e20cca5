package com.busdk.cli.events;

import com.busdk.cli.command.CliException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Posts each event to an HTTP address; 2xx means that it was done. Redirects are not followed: a POST is not repeated. */
final class ForwardWork implements WorkTaker.Work {
    /** A receiver that needs longer should answer 202 and work on. */
    private static final long TIMEOUT_SECONDS = 30;

    private static final int HTTP_OK = 200;
    private static final int HTTP_FIRST_NOT_OK = 300;

    private final HttpClient client;
    private final URI target;

    ForwardWork(HttpClient client, URI target) {
        this.client = client;
        this.target = target;
    }

    /**
     * Reads the address.
     *
     * @throws CliException usage, when events cannot be posted to it
     */
    static URI target(String text) {
        try {
            URI uri = new URI(text);
            String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
            if ((scheme.equals("http") || scheme.equals("https"))
                    && uri.getHost() != null
                    && uri.getUserInfo() == null) {
                return uri;
            }
        } catch (URISyntaxException _) {
            // Falls through to the one message about such addresses.
        }
        throw CliException.usage(
                "--forward-to is no address to post to: write http://HOST/PATH or https://HOST/PATH, without a"
                        + " user in it");
    }

    @Override
    public @Nullable String run(byte[] envelope) throws InterruptedException {
        var options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setAbsoluteURI(target.toString())
                .setFollowRedirects(false)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
        Future<Integer> status = client.request(options)
                // Joined on the connection's own thread: looked at from another one, the answer may have gone by.
                .compose(request -> request.send(Buffer.buffer(envelope)).compose(ForwardWork::drained));
        try {
            int code = status.toCompletionStage().toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            return code >= HTTP_OK && code < HTTP_FIRST_NOT_OK ? null : where() + " answered " + code;
        } catch (ExecutionException e) {
            return where() + " cannot be reached: "
                    + String.valueOf(e.getCause() == null ? e : e.getCause().getMessage());
        } catch (TimeoutException _) {
            return where() + " did not answer within " + TIMEOUT_SECONDS + " s";
        }
    }

    /** The status, when the rest of the answer is through: only then is the connection free for the next event. */
    private static Future<Integer> drained(HttpClientResponse response) {
        int status = response.statusCode();
        response.handler(_ -> {});
        return response.end().map(status);
    }

    /** The receiver without its path and query, which may hold what is nobody's business. */
    private String where() {
        return target.getScheme() + "://" + target.getRawAuthority();
    }
}
