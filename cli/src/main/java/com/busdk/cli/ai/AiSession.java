package com.busdk.cli.ai;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Common;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.events.ClientVertx;
import com.busdk.cli.events.EventsFailures;
import com.busdk.cli.logging.Logs;
import com.busdk.client.auth.TokenException;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.config.BusDirs;
import com.busdk.client.config.ConfigException;
import com.busdk.client.config.ServiceUrls;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A client of the VM and container APIs for one command, with the event loop that it needs. Made and closed on the
 * command's thread, whose waiting it does.
 */
public final class AiSession implements AutoCloseable {
    /** How long a short request may take unless {@code --timeout} says otherwise: longer than a provider waits. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(60);

    private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

    /** Twice the output of a run with every byte escaped, and the list of many runs. */
    private static final int MAX_ANSWER_BYTES = 64 << 20;

    private static final long CLOSE_MILLIS = 1_000;
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Vertx vertx;
    private final URI root;
    private final String token;
    private final HttpClient client;

    private AiSession(Vertx vertx, URI root, String token) {
        this.vertx = vertx;
        this.root = root;
        this.token = token;
        this.client = vertx.createHttpClient(new HttpClientOptions().setConnectTimeout(CONNECT_TIMEOUT_MILLIS));
    }

    /**
     * A client for the API and with the token that the options and the environment name. It connects when it is used.
     *
     * @throws CliException usage, when the URL is wrong; no permission, when there is no token
     */
    public static AiSession open(Invocation invocation) {
        Map<String, String> variables = invocation.environment().variables();
        Common common = invocation.common();
        URI root;
        String token;
        try {
            root = ServiceUrls.of(variables).ai(common.apiUrl());
            token = TokenSource.resolve(
                            common.tokenFile() == null ? null : invocation.resolve(common.tokenFile()),
                            variables,
                            TokenSource.AI_VARIABLES,
                            BusDirs.of(variables),
                            invocation::note)
                    .token();
        } catch (ConfigException | TokenException e) {
            throw EventsFailures.explain(e);
        }
        Logs.forClient(invocation);
        return new AiSession(ClientVertx.create(), root, token);
    }

    /**
     * Sends a request.
     *
     * @param method the method
     * @param path below the API's root, with its query
     * @param body JSON, or null for none
     * @param headers besides those of every request
     * @return the answer's JSON; fails with what {@link #explain} understands
     */
    public Future<JsonNode> send(HttpMethod method, String path, @Nullable String body, Map<String, String> headers) {
        boolean ssl = "https".equals(root.getScheme());
        String host = root.getHost();
        String base = root.getRawPath() == null ? "" : root.getRawPath();
        RequestOptions to = new RequestOptions()
                .setMethod(method)
                .setSsl(ssl)
                .setHost(host.startsWith("[") ? host.substring(1, host.length() - 1) : host)
                .setPort(root.getPort() >= 0 ? root.getPort() : ssl ? HTTPS_PORT : HTTP_PORT)
                .setURI(base + path)
                .putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + token)
                .putHeader(HttpHeaders.ACCEPT, "application/json");
        headers.forEach(to::putHeader);
        if (body != null) {
            to.putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
        }
        return client.request(to)
                .recover(cause -> Future.failedFuture(unreachable(cause)))
                .compose(request -> (body == null ? request.send() : request.send(Buffer.buffer(body)))
                        .compose(this::answer)
                        .recover(cause -> Future.failedFuture(cause instanceof ApiException ? cause : lost(cause))));
    }

    /**
     * Sends a request and waits for its answer, for as long as {@code --timeout} says.
     *
     * @throws CliException what the failure means to a user
     * @throws InterruptedException when the command is interrupted
     */
    public JsonNode call(Invocation invocation, HttpMethod method, String path) throws InterruptedException {
        return call(invocation, method, path, null);
    }

    /**
     * Sends a request with a body and waits for its answer, for as long as {@code --timeout} says.
     *
     * @param body JSON, or null for none
     * @throws CliException what the failure means to a user
     * @throws InterruptedException when the command is interrupted
     */
    public JsonNode call(Invocation invocation, HttpMethod method, String path, @Nullable String body)
            throws InterruptedException {
        Duration timeout = invocation.common().timeoutOr(DEFAULT_TIMEOUT);
        try {
            return send(method, path, body, Map.of())
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw explain(e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw new CliException(ExitCode.TIMED_OUT, "no answer in time; give it more with --timeout DURATION", e);
        }
    }

    /** What a failure of {@link #send} means to a user. */
    public static CliException explain(Throwable failure) {
        return EventsFailures.explain(failure);
    }

    private Future<JsonNode> answer(HttpClientResponse response) {
        Promise<JsonNode> whole = Promise.promise();
        Buffer body = Buffer.buffer();
        response.exceptionHandler(whole::tryFail);
        response.handler(chunk -> {
            if (body.length() + chunk.length() > MAX_ANSWER_BYTES) {
                whole.tryFail(ApiException.of(ErrorType.BAD_GATEWAY, "the answer is larger than any should be"));
                response.request().reset();
            } else {
                body.appendBuffer(chunk);
            }
        });
        response.endHandler(_ -> {
            if (response.statusCode() / 100 != 2) {
                whole.tryFail(ApiException.parse(
                        response.statusCode(), body.getBytes(), response.getHeader(HttpHeaders.RETRY_AFTER)));
                return;
            }
            try {
                whole.tryComplete(MAPPER.readTree(body.toString(StandardCharsets.UTF_8)));
            } catch (JsonProcessingException e) {
                whole.tryFail(ApiException.of(
                        ErrorType.BAD_GATEWAY, "the answer is not JSON: check that " + root + " is a Bus API"));
            }
        });
        return whole.future();
    }

    private CliException unreachable(Throwable cause) {
        return new CliException(
                ExitCode.UNREACHABLE,
                "cannot reach " + root + " (" + Echo.of(String.valueOf(cause.getMessage()))
                        + "): check that the service is running (`bus up` starts one here), and --api-url,"
                        + " BUS_AI_API_URL or BUS_API_BASE_URL",
                cause);
    }

    private CliException lost(Throwable cause) {
        return new CliException(
                ExitCode.UNREACHABLE,
                "lost the connection to " + root + " (" + Echo.of(String.valueOf(cause.getMessage()))
                        + "); what was asked for may have happened or not: look before you repeat it",
                cause);
    }

    @Override
    public void close() {
        try {
            vertx.close().toCompletionStage().toCompletableFuture().get(CLOSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException _) {
            // The process ends all the same.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
