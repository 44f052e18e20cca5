package com.busdk.cli.auth;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.events.EventsFailures;
import com.busdk.cli.logging.Logs;
import com.busdk.client.config.ConfigException;
import com.busdk.client.config.ServiceUrls;
import com.busdk.client.http.ApiException;
import com.busdk.client.text.Echo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A client of the auth service for one command. Tokens go in a header, addresses and codes in a body; neither is shown.
 * On the command's thread, which waits; the JDK's own client, so that no event loop is started for one request.
 */
public final class AuthApi {
    /** An answer is a line or two; a list of many waiting addresses is the longest. */
    private static final int MAX_ANSWER_BYTES = 16 << 20;

    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);
    private static final int UNAUTHORIZED = 401;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI root;
    private final Duration timeout;

    private AuthApi(URI root, Duration timeout) {
        this.root = root;
        this.timeout = timeout;
    }

    /**
     * The service that the options and the environment name. It connects when it is used.
     *
     * @param invocation of the command
     * @return the client
     * @throws CliException usage, when the URL is wrong
     */
    public static AuthApi of(Invocation invocation) {
        Logs.forClient(invocation);
        try {
            URI root = ServiceUrls.of(invocation.environment().variables())
                    .auth(invocation.common().apiUrl());
            return new AuthApi(root, invocation.common().timeoutOr(DEFAULT_TIMEOUT));
        } catch (ConfigException e) {
            throw EventsFailures.explain(e);
        }
    }

    /**
     * An object for a body.
     *
     * @return empty
     */
    public static ObjectNode object() {
        return JSON.createObjectNode();
    }

    /**
     * Asks.
     *
     * @param path below the service's URL, such as {@code /status}
     * @param token goes with it
     * @return the answer
     * @throws CliException what the failure means to a user
     * @throws InterruptedException when the command is interrupted
     */
    public JsonNode get(String path, String token) throws InterruptedException {
        return send(path, token, null);
    }

    /**
     * Has something done.
     *
     * @param path below the service's URL, such as {@code /token}
     * @param token goes with it, or null for none
     * @param body what it is asked with
     * @return the answer, a missing node where it has no body
     * @throws CliException what the failure means to a user
     * @throws InterruptedException when the command is interrupted
     */
    public JsonNode post(String path, @Nullable String token, ObjectNode body) throws InterruptedException {
        return send(path, token, body);
    }

    private JsonNode send(String path, @Nullable String token, @Nullable ObjectNode body) throws InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(root + path)).header("Accept", "application/json");
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (body != null) {
            request.header("Content-Type", "application/json").POST(BodyPublishers.ofString(body.toString()));
        }
        try {
            HttpResponse<byte[]> response = Exchange.of(request.build(), timeout, MAX_ANSWER_BYTES);
            return read(response, response.body());
        } catch (HttpTimeoutException e) {
            throw new CliException(
                    ExitCode.TIMED_OUT,
                    "the auth service did not answer in time; give it more with --timeout DURATION",
                    e);
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.UNREACHABLE,
                    "cannot reach the auth service at " + Echo.of(root.getAuthority())
                            + ": check that it is running (`bus up` starts one here), and --api-url or"
                            + " BUS_AUTH_API_URL",
                    e);
        }
    }

    private JsonNode read(HttpResponse<?> response, byte[] body) {
        int status = response.statusCode();
        if (status / 100 != 2) {
            String retry = response.headers().firstValue("Retry-After").orElse(null);
            throw explain(ApiException.parse(status, body, retry));
        }
        if (body.length == 0) {
            return JSON.missingNode();
        }
        try {
            return JSON.readTree(new String(body, StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    "the answer is not that of an auth service: check --api-url or BUS_AUTH_API_URL",
                    e);
        }
    }

    private static CliException explain(ApiException error) {
        CliException plain = EventsFailures.explain(error);
        return error.status() == UNAUTHORIZED && !plain.text().contains("bus auth")
                ? new CliException(
                        plain.exitCode(),
                        plain.text() + "; get a new one with `bus auth login` and `bus auth verify`",
                        error)
                : plain;
    }
}
